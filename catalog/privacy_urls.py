"""Addresses of *My privacy*, of receipts, and of what is reported or blocked."""

from django.urls import URLPattern, path

from catalog import privacy_pages
from catalog.moderation import pages

urlpatterns: list[URLPattern] = [
    path("my/privacy/", privacy_pages.my_privacy, name="my_privacy"),
    path("my/privacy/unseen/", pages.unseen, name="unseen"),
    path("my/privacy/unseen/unblock/<int:pk>/", pages.unblock, name="unblock"),
    path("my/privacy/unseen/<slug:kind>/<int:pk>/", pages.show_again, name="show_again"),
    path("my/privacy/delete/", privacy_pages.delete_everything, name="delete_everything"),
    path("my/privacy/delete/<slug:name>/", privacy_pages.delete_kind, name="delete_kind"),
    path("my/privacy/<slug:what>/<int:pk>/", privacy_pages.keep_private, name="keep_private"),
    path("report/<slug:kind>/<int:pk>/", pages.report, name="report"),
    path("report/<slug:kind>/<int:pk>/hide/", pages.hide, name="hide"),
    path("report/<slug:kind>/<int:pk>/block/", pages.block, name="block"),
    path("receipts/<uuid:token>/", privacy_pages.receipt, name="receipt"),
]
