"""API routes of this app."""

from django.urls import URLPattern, path

from recommendations import api

urlpatterns: list[URLPattern] = [
    path("recommendations/for-you/", api.ForYouView.as_view(), name="api-for-you"),
    path("items/<int:id>/similar/", api.SimilarView.as_view(), name="api-similar"),
]
