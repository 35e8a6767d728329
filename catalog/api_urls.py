"""API routes of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from catalog import api
from catalog.tokens.api import TokenView

router = SimpleRouter()
router.register("items", api.ItemViewSet, basename="api-item")
router.register("me/ratings", api.RatingViewSet, basename="api-rating")
router.register("me/views", api.ViewViewSet, basename="api-view")
router.register("me/shelves", api.ShelfViewSet, basename="api-shelf")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("token/", TokenView.as_view(), name="api-token"),
]
