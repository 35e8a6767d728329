"""API routes of groups and of people of like taste."""

from django.urls import URLPattern, path

from recommendations.in_company import api, api_joining, api_like_taste

urlpatterns: list[URLPattern] = [
    path("groups/", api.GroupsView.as_view(), name="api-groups"),
    path("groups/join/", api_joining.JoinView.as_view(), name="api-groups-join"),
    path("groups/join/<str:token>/", api_joining.LinkedView.as_view(), name="api-groups-linked"),
    path("groups/invitations/", api_joining.InvitationsView.as_view(), name="api-invitations"),
    path(
        "groups/invitations/<int:pk>/",
        api_joining.InvitationView.as_view(),
        name="api-invitation",
    ),
    path("groups/<int:pk>/", api.GroupView.as_view(), name="api-group"),
    path("groups/<int:pk>/list/", api.GroupListView.as_view(), name="api-group-list"),
    path("groups/<int:pk>/me/", api.OwnMembershipView.as_view(), name="api-group-me"),
    path("groups/<int:pk>/link/", api.GroupLinkView.as_view(), name="api-group-link"),
    path("groups/<int:pk>/members/<int:member>/", api.MemberView.as_view(), name="api-member"),
    path(
        "groups/<int:pk>/invitations/",
        api.GroupInvitationsView.as_view(),
        name="api-group-invitations",
    ),
    path(
        "groups/<int:pk>/invitations/<int:invitation>/",
        api.GroupInvitationView.as_view(),
        name="api-group-invitation",
    ),
    path("like-taste/", api_like_taste.LikeTasteView.as_view(), name="api-like-taste"),
    path(
        "items/<int:id>/like-taste/",
        api_like_taste.ItemLikeTasteView.as_view(),
        name="api-item-like-taste",
    ),
]
