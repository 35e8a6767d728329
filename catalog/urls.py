"""Pages of this app."""

from django.urls import URLPattern, URLResolver, include, path

from catalog import browse_views, views
from catalog.arriving.pages import URLS as IMPORTS
from catalog.outward.urls import outward_patterns
from catalog.tokens.pages import URLS as TOKENS

app_name = "catalog"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("browse/", browse_views.browse, name="browse"),
    path("search/suggest/", browse_views.suggest, name="suggest"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/actions/", views.actions, name="actions"),
    path("items/<int:pk>/rate/", views.rate, name="rate"),
    path("items/<int:pk>/shelf/", views.shelve, name="shelve"),
    path("items/<int:pk>/view/", views.view, name="view"),
    path("", include("catalog.library.urls")),
    path("", include("catalog.privacy_urls")),
    path("my/imports/", include(IMPORTS)),
    path("account/tokens/", include(TOKENS)),
    path("covers/<int:pk>-<slug:version>.svg", views.cover, name="cover"),
    *outward_patterns,
]
