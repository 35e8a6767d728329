"""Pages of this app."""

from django.urls import URLPattern

app_name = "recommendations"
urlpatterns: list[URLPattern] = []
