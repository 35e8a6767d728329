"""The layers, and all of the site."""

from django.urls import include, path

from benchmarks.api_layers import views

handler500 = "config.errors.server_error"

urlpatterns = [
    path("api/v1/layers/django/", views.constant),
    path("api/v1/layers/drf/", views.WithoutAnybodyView.as_view()),
    path("api/v1/layers/token/", views.OfSomebodyView.as_view()),
    path("api/v1/layers/database/", views.FromTheDatabaseView.as_view()),
    path("", include("config.urls")),
]
