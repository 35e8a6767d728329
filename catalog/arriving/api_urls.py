"""API routes of people's imports."""

from django.urls import URLPattern, path

from catalog.arriving import api

urlpatterns: list[URLPattern] = [
    path("me/imports/", api.ImportsView.as_view(), name="api-imports"),
    path("me/imports/<int:pk>/", api.ImportView.as_view(), name="api-import"),
    path("me/imports/<int:pk>/take/", api.TakeView.as_view(), name="api-import-take"),
    path("me/imports/<int:pk>/undo/", api.UndoView.as_view(), name="api-import-undo"),
    path("me/imports/<int:pk>/rows/", api.RowsView.as_view(), name="api-import-rows"),
    path("me/imports/<int:pk>/rows/<int:number>/", api.RowView.as_view(), name="api-import-row"),
]
