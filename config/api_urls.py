"""The API, version 1: both apps' routes, the schema and its page."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from catalog.tokens.scopes import ANY, Services, allow
from config.api import views


class SchemaView(SpectacularAPIView):
    access = allow(GET=ANY, services=Services.BOTH)


class ApiPageView(SpectacularSwaggerSplitView):
    """The schema as a page to try things on, without inline scripts or styles."""

    access = allow(GET=ANY, services=Services.BOTH)
    metadata_class = None  # a page has nothing to say to OPTIONS
    url_name = "api-schema"
    template_name = "api_docs.html"


urlpatterns = [
    path("", include("recommendations.api_urls")),  # first, as most questions are for its lists
    path("", include("catalog.api_urls")),
    path("problems/", views.ProblemsView.as_view(), name="api-problems"),
    path("problems/<slug:kind>/", views.ProblemView.as_view(), name="api-problem"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", ApiPageView.as_view(), name="api-docs"),
]
