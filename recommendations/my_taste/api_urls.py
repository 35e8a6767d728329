"""API routes of one's own taste, and of the catalogue's map."""

from django.urls import URLPattern, path

from recommendations.my_taste import api

urlpatterns: list[URLPattern] = [
    path("me/taste/", api.MyTasteView.as_view(), name="api-my-taste"),
    path("me/taste/map/", api.OnMapView.as_view(), name="api-my-taste-map"),
    path("me/taste/<int:year>/", api.YearView.as_view(), name="api-my-taste-year"),
    path(
        "me/taste/<int:year>/<slug:shape>/",
        api.PictureView.as_view(),
        name="api-my-taste-picture",
    ),
    path("items/map/", api.MapView.as_view(), name="api-map"),
    path("items/map/<slug:version>/", api.PlacesView.as_view(), name="api-map-places"),
]
