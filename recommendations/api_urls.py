"""API routes of this app."""

from django.urls import URLPattern, path

from recommendations import (
    api,
    api_asked,
    api_events,
    api_experiments,
    api_people,
    api_runs,
    api_surfaces,
    api_taste,
)
from recommendations.company.api_urls import urlpatterns as company

urlpatterns: list[URLPattern] = [
    path("recommendations/for-you/", api.ForYouView.as_view(), name="api-for-you"),
    path("recommendations/for-items/", api_asked.ForItemsView.as_view(), name="api-for-items"),
    path("predictions/", api_asked.PredictionsView.as_view(), name="api-predictions"),
    path("me/events/", api_events.EventsView.as_view(), name="api-events"),
    path("people/", api_people.PeopleView.as_view(), name="api-people"),
    path("people/events/", api_people.PeopleEventsView.as_view(), name="api-people-events"),
    path(
        "people/recommendations/",
        api_people.PeopleRecommendationsView.as_view(),
        name="api-people-recommendations",
    ),
    path("people/<path:key>/", api_people.PersonView.as_view(), name="api-person"),
    path("items/<int:id>/similar/", api.SimilarView.as_view(), name="api-similar"),
    path("surfaces/", api_surfaces.SurfacesView.as_view(), name="api-surfaces"),
    path("surfaces/<slug:name>/", api_surfaces.SurfaceView.as_view(), name="api-surface"),
    path("taste/", api_taste.TasteView.as_view(), name="api-taste"),
    path("experiments/", api_experiments.ExperimentsView.as_view(), name="api-experiments"),
    path("experiments/<int:pk>/", api_experiments.ExperimentView.as_view(), name="api-experiment"),
    path(
        "experiments/<int:pk>/share/",
        api_experiments.ShareView.as_view(),
        name="api-experiment-share",
    ),
    path(
        "experiments/<int:pk>/stop/",
        api_experiments.StopView.as_view(),
        name="api-experiment-stop",
    ),
    path("model-runs/", api_runs.ModelRunsView.as_view(), name="api-model-runs"),
    path("model-runs/<int:pk>/", api_runs.ModelRunView.as_view(), name="api-model-run"),
    *company,
]
