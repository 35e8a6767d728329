"""API routes of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from catalog import api, api_attributes, api_items, api_search
from catalog.arriving.api_urls import urlpatterns as arriving
from catalog.library.api_urls import urlpatterns as library
from catalog.tokens.api import TokenView

router = SimpleRouter()
router.register("items", api.ItemViewSet, basename="api-item")
router.register("attributes", api_attributes.AttributeViewSet, basename="api-attribute")
router.register("me/ratings", api.RatingViewSet, basename="api-rating")
router.register("me/views", api.ViewViewSet, basename="api-view")
router.register("me/shelves", api.ShelfViewSet, basename="api-shelf")

urlpatterns: list[URLPattern | URLResolver] = [
    path("items/bulk/", api_items.ItemsBulkView.as_view(), name="api-items-bulk"),
    path("items/facets/", api_search.FacetsView.as_view(), name="api-facets"),
    path("items/suggest/", api_search.SuggestView.as_view(), name="api-suggest"),
    *router.urls,
    path("token/", TokenView.as_view(), name="api-token"),
    *library,
    *arriving,
]
