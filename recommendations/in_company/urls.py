"""Addresses of groups and of people of like taste."""

from django.urls import URLPattern, path

from recommendations.in_company import like_pages, pages

urlpatterns: list[URLPattern] = [
    path("for-us/", pages.for_us, name="for_us"),
    path("for-us/new/", pages.make, name="make_group"),
    path("for-us/join/<str:token>/", pages.join, name="join_group"),
    path("for-us/invitations/<int:pk>/", pages.answer, name="answer_invitation"),
    path("for-us/<int:pk>/", pages.group, name="group"),
    path("for-us/<int:pk>/floor/", pages.set_floor, name="group_floor"),
    path("for-us/<int:pk>/leave/", pages.leave, name="leave_group"),
    path("for-us/<int:pk>/rename/", pages.rename, name="rename_group"),
    path("for-us/<int:pk>/delete/", pages.delete, name="delete_group"),
    path("for-us/<int:pk>/invite/", pages.invite, name="invite"),
    path("for-us/<int:pk>/link/", pages.link, name="group_link"),
    path("for-us/<int:pk>/members/<int:member>/", pages.remove, name="remove_member"),
    path("for-us/<int:pk>/invitations/<int:invitation>/", pages.withdraw, name="withdraw"),
    path("like-taste/", like_pages.like_taste, name="like_taste"),
    path("like-taste/choose/", like_pages.choose, name="choose_like_taste"),
    path("items/<int:pk>/like-taste/", like_pages.of_item, name="like_taste_item"),
]
