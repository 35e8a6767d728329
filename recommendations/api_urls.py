"""API routes of this app."""

from django.urls import URLPattern, path

from recommendations import api, api_runs

urlpatterns: list[URLPattern] = [
    path("recommendations/for-you/", api.ForYouView.as_view(), name="api-for-you"),
    path("items/<int:id>/similar/", api.SimilarView.as_view(), name="api-similar"),
    path("model-runs/", api_runs.ModelRunsView.as_view(), name="api-model-runs"),
    path("model-runs/<int:pk>/", api_runs.ModelRunView.as_view(), name="api-model-run"),
]
