"""Pages of this app."""

from django.urls import URLPattern, path

from recommendations import how_ranking, steering_views, views, welcome_views
from recommendations.in_company.urls import urlpatterns as company
from recommendations.measuring import pages as measuring
from recommendations.my_taste import views as taste
from recommendations.widget import api as widget

app_name = "recommendations"
urlpatterns: list[URLPattern] = [
    path("for-you/", views.for_you, name="for_you"),
    path("lists/for/<slug:name>/", views.surface, name="surface"),
    path("items/<int:pk>/similar/", views.similar, name="similar"),
    path("items/<int:pk>/dismiss/", views.dismiss, name="dismiss"),
    path("items/<int:pk>/leave-out/", steering_views.leave_out, name="leave_out"),
    path("my/steering/", steering_views.my_steering, name="steering"),
    path("how-ranking-works/", how_ranking.page, name="how_ranking"),
    path("my/dismissed/", views.my_dismissed, name="my_dismissed"),
    path("widget.js", widget.script, name="widget_script"),
    path("seen/", measuring.seen, name="seen"),
    path("panels/for-you/", views.for_you_panel, name="for_you_panel"),
    path("welcome/", welcome_views.welcome, name="welcome"),
    path("welcome/others/", welcome_views.others, name="welcome_others"),
    path("welcome/<int:pk>/", welcome_views.answer, name="welcome_answer"),
    path("my/taste/", taste.my_taste, name="my_taste"),
    path("my/taste/ratings.json", taste.rated, name="taste_ratings"),
    path("my/taste/<int:year>/", taste.year, name="taste_year"),
    path("my/taste/<int:year>/<slug:shape>.png", taste.picture, name="taste_picture"),
    path("catalogue-map/<slug:version>.json", taste.catalogue_map, name="catalogue_map"),
    *company,
]
