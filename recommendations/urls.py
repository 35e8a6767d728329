"""Pages of this app."""

from django.urls import URLPattern, path

from recommendations import views

app_name = "recommendations"
urlpatterns: list[URLPattern] = [
    path("for-you/", views.for_you, name="for_you"),
    path("items/<int:pk>/similar/", views.similar, name="similar"),
    path("panels/for-you/", views.for_you_panel, name="for_you_panel"),
]
