"""Addresses of people's own pages, and of what they made public."""

from django.urls import URLPattern, path

from catalog.library import downloads, lists, pages, public, reviews, undo

urlpatterns: list[URLPattern] = [
    path("my/ratings/", pages.my_ratings, name="my_ratings"),
    path("my/views/", pages.my_views, name="my_views"),
    path("my/shelves/", pages.my_shelves, name="my_shelves"),
    path("my/remove/<slug:tab>/<int:pk>/", pages.remove, name="remove"),
    path("my/lists/", lists.my_lists, name="my_lists"),
    path("my/lists/<int:pk>/", lists.my_list, name="my_list"),
    path("my/lists/<int:pk>/remove/", lists.remove_list, name="remove_list"),
    path("my/lists/<int:pk>/items/<int:item_pk>/", lists.list_item, name="list_item"),
    path("my/reviews/", reviews.my_reviews, name="my_reviews"),
    path("my/profile/", public.profile, name="profile"),
    path("items/<int:pk>/lists/", lists.item_lists, name="item_lists"),
    path("items/<int:pk>/reviews/", reviews.item_reviews, name="item_reviews"),
    path("items/<int:pk>/review/", reviews.review, name="review"),
    path("items/<int:pk>/review/remove/", reviews.remove_review, name="remove_review"),
    path("lists/<int:pk>/feed/", public.ListFeed(), name="list_feed"),
    path("lists/<int:pk>/<str:slug>/", public.list_page, name="list"),
    path("people/<int:pk>/", public.person_page, name="person"),
    path("my/export/", downloads.my_export, name="my_export"),
    path("my/export/everything.zip", downloads.csv_download, name="csv_download"),
    path("my/export/everything.json", downloads.json_download, name="json_download"),
    path("my/undo/", undo.undo, name="undo"),
]
