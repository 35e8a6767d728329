"""Addresses of *My privacy*, of receipts, and of what is reported or blocked."""

from django.urls import URLPattern, path

from catalog import privacy_pages

urlpatterns: list[URLPattern] = [
    path("my/privacy/", privacy_pages.my_privacy, name="my_privacy"),
    path("my/privacy/delete/", privacy_pages.delete_everything, name="delete_everything"),
    path("my/privacy/delete/<slug:name>/", privacy_pages.delete_kind, name="delete_kind"),
    path("my/privacy/<slug:what>/<int:pk>/", privacy_pages.keep_private, name="keep_private"),
    path("receipts/<uuid:token>/", privacy_pages.receipt, name="receipt"),
]
