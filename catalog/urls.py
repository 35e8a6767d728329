"""Pages of this app."""

from django.urls import URLPattern, URLResolver, include, path

from catalog import views

app_name = "catalog"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("browse/", views.browse, name="browse"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/rate/", views.rate, name="rate"),
    path("items/<int:pk>/shelf/", views.shelve, name="shelve"),
    path("items/<int:pk>/view/", views.view, name="view"),
    path("", include("catalog.library.urls")),
    path("", include("catalog.privacy_urls")),
    path("covers/<int:pk>-<slug:version>.svg", views.cover, name="cover"),
]
