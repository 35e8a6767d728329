"""Every address of the site."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from config import metrics, oauth
from recommendations import admin_chances, admin_inspector, admin_overview
from recommendations.measuring import admin_page as measuring

handler500 = "config.errors.server_error"

urlpatterns = [
    path("api/v1/", include("config.api_urls")),
    path(
        "admin/recommendations/measuring/",
        admin.site.admin_view(measuring.page),
        name="measuring",
    ),
    path(
        "admin/recommendations/measuring.csv",
        admin.site.admin_view(measuring.table),
        name="measuring_table",
    ),
    path(
        "admin/recommendations/new-items/",
        admin.site.admin_view(admin_chances.page),
        name="new_items",
    ),
    path("admin/recommendations/", admin.site.admin_view(admin_overview.page)),
    path(
        "admin/recommendations/inspector/",
        admin.site.admin_view(admin_inspector.page),
        name="admin_inspector",
    ),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    *oauth.patterns(),
    path("language/", set_language, name="set_language"),
    path("metrics", metrics.staff_page, name="metrics"),
    path("", include("recommendations.urls")),
    path("", include("catalog.urls")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
