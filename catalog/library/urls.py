"""Addresses of people's own pages, and of what they made public."""

from django.urls import URLPattern, path

from catalog.library import pages, undo

urlpatterns: list[URLPattern] = [
    path("my/ratings/", pages.my_ratings, name="my_ratings"),
    path("my/views/", pages.my_views, name="my_views"),
    path("my/shelves/", pages.my_shelves, name="my_shelves"),
    path("my/remove/<slug:tab>/<int:pk>/", pages.remove, name="remove"),
    path("my/undo/", undo.undo, name="undo"),
]
