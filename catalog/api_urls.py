"""API routes of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from catalog import api, api_attributes, api_items, api_reports, api_search, api_unseen
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
    path("me/blocks/", api_unseen.BlocksView.as_view(), name="api-blocks"),
    path("me/blocks/<int:pk>/", api_unseen.BlockView.as_view(), name="api-block"),
    path("me/hidden/", api_unseen.HiddenView.as_view(), name="api-hidden"),
    path(
        "me/hidden/<slug:kind>/<int:id>/",
        api_unseen.HiddenThingView.as_view(),
        name="api-hidden-thing",
    ),
    path("reports/", api_reports.ReportsView.as_view(), name="api-reports"),
    path("reports/<int:pk>/", api_reports.ReportView.as_view(), name="api-report"),
    path(
        "reports/<int:pk>/<slug:act>/", api_reports.ReportActView.as_view(), name="api-report-act"
    ),
    path("token/", TokenView.as_view(), name="api-token"),
    *library,
    *arriving,
]
