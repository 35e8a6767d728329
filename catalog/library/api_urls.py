"""API routes of lists, reviews and public pages."""

from django.urls import URLPattern, path

from catalog.library import api_lists, api_profiles, api_reviews

urlpatterns: list[URLPattern] = [
    path("me/lists/", api_lists.OwnListsView.as_view(), name="api-own-lists"),
    path("me/lists/<int:pk>/", api_lists.OwnListView.as_view(), name="api-own-list"),
    path(
        "me/lists/<int:pk>/restore/",
        api_lists.RestoreListView.as_view(),
        name="api-own-list-restore",
    ),
    path("me/lists/<int:pk>/items/", api_lists.OwnEntriesView.as_view(), name="api-own-list-items"),
    path(
        "me/lists/<int:pk>/items/<int:item_id>/",
        api_lists.OwnEntryView.as_view(),
        name="api-own-list-item",
    ),
    path("lists/<int:pk>/", api_lists.ListView.as_view(), name="api-list"),
    path("lists/<int:pk>/items/", api_lists.ListItemsView.as_view(), name="api-list-items"),
    path("items/<int:id>/reviews/", api_reviews.ItemReviewsView.as_view(), name="api-reviews"),
    path("items/<int:id>/review/", api_reviews.OwnReviewView.as_view(), name="api-own-review"),
    path("me/reviews/", api_reviews.OwnReviewsView.as_view(), name="api-own-reviews"),
    path("me/profile/", api_profiles.OwnProfileView.as_view(), name="api-own-profile"),
    path("profiles/<int:pk>/", api_profiles.ProfileView.as_view(), name="api-profile"),
    path(
        "profiles/<int:pk>/lists/",
        api_profiles.ProfileListsView.as_view(),
        name="api-profile-lists",
    ),
    path(
        "profiles/<int:pk>/reviews/",
        api_profiles.ProfileReviewsView.as_view(),
        name="api-profile-reviews",
    ),
]
