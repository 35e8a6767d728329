"""Pages of this app."""

from django.urls import URLPattern, path

from catalog import library, privacy_pages, views

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("browse/", views.browse, name="browse"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/rate/", views.rate, name="rate"),
    path("items/<int:pk>/shelf/", views.shelve, name="shelve"),
    path("items/<int:pk>/view/", views.view, name="view"),
    path("my/ratings/", library.my_ratings, name="my_ratings"),
    path("my/views/", library.my_views, name="my_views"),
    path("my/shelves/", library.my_shelves, name="my_shelves"),
    path("my/privacy/", privacy_pages.my_privacy, name="my_privacy"),
    path("my/privacy/delete/", privacy_pages.delete_everything, name="delete_everything"),
    path("my/privacy/delete/<slug:name>/", privacy_pages.delete_kind, name="delete_kind"),
    path("my/privacy/<slug:what>/<int:pk>/", privacy_pages.keep_private, name="keep_private"),
    path("receipts/<uuid:token>/", privacy_pages.receipt, name="receipt"),
    path("covers/<int:pk>-<slug:version>.svg", views.cover, name="cover"),
]
