"""API routes of this app."""

from django.urls import URLPattern, path

from recommendations import api, api_runs, api_taste
from recommendations.company.api_urls import urlpatterns as company

urlpatterns: list[URLPattern] = [
    path("recommendations/for-you/", api.ForYouView.as_view(), name="api-for-you"),
    path("items/<int:id>/similar/", api.SimilarView.as_view(), name="api-similar"),
    path("taste/", api_taste.TasteView.as_view(), name="api-taste"),
    path("model-runs/", api_runs.ModelRunsView.as_view(), name="api-model-runs"),
    path("model-runs/<int:pk>/", api_runs.ModelRunView.as_view(), name="api-model-run"),
    *company,
]
