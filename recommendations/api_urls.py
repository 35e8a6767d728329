"""API routes of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from recommendations import (
    api,
    api_asked,
    api_events,
    api_experiment_days,
    api_experiments,
    api_measuring,
    api_models,
    api_own,
    api_people,
    api_placements,
    api_profile,
    api_receipts,
    api_rule_preview,
    api_rules,
    api_runs,
    api_surfaces,
    api_taste,
    api_welcome,
)
from recommendations.in_company.api_urls import urlpatterns as company
from recommendations.my_taste.api_urls import urlpatterns as my_taste
from recommendations.widget.api import WidgetView

router = SimpleRouter()
router.register("me/dismissals", api_own.DismissalViewSet, basename="api-dismissal")
router.register("me/left-out", api_own.LeftOutViewSet, basename="api-left-out")

urlpatterns: list[URLPattern | URLResolver] = [
    path("recommendations/for-you/", api.ForYouView.as_view(), name="api-for-you"),
    path("items/<int:id>/similar/", api.SimilarView.as_view(), name="api-similar"),
    path("recommendations/for-items/", api_asked.ForItemsView.as_view(), name="api-for-items"),
    path("predictions/", api_asked.PredictionsView.as_view(), name="api-predictions"),
    path("me/events/", api_events.EventsView.as_view(), name="api-events"),
    path("people/", api_people.PeopleView.as_view(), name="api-people"),
    path("people/events/", api_people.PeopleEventsView.as_view(), name="api-people-events"),
    path(
        "people/recommendations/",
        api_people.PeopleRecommendationsView.as_view(),
        name="api-people-recommendations",
    ),
    path("people/<path:key>/", api_people.PersonView.as_view(), name="api-person"),
    path("me/", api_profile.MeView.as_view(), name="api-me"),
    path("me/export/", api_profile.ExportView.as_view(), name="api-export"),
    path("me/track-record/", api_own.TrackRecordView.as_view(), name="api-track-record"),
    path("me/welcome/", api_welcome.WelcomeView.as_view(), name="api-welcome"),
    path("me/kept/", api_receipts.KeptView.as_view(), name="api-kept"),
    path("me/kept/<slug:name>/", api_receipts.KeptKindView.as_view(), name="api-kept-kind"),
    path("receipts/<uuid:token>/", api_receipts.ReceiptView.as_view(), name="api-receipt"),
    *router.urls,
    path("items/<int:id>/why/", api_own.WhyView.as_view(), name="api-why"),
    path("impressions/", api_measuring.ImpressionsView.as_view(), name="api-impressions"),
    path("surfaces/", api_surfaces.SurfacesView.as_view(), name="api-surfaces"),
    path("surfaces/<slug:name>/", api_surfaces.SurfaceView.as_view(), name="api-surface"),
    path(
        "surfaces/<slug:name>/settings/",
        api_placements.SettingsView.as_view(),
        name="api-surface-settings",
    ),
    path(
        "surfaces/<slug:name>/settings/preview/",
        api_placements.PreviewView.as_view(),
        name="api-surface-preview",
    ),
    path("widget/<slug:name>/", WidgetView.as_view(), name="api-widget"),
    path("taste/", api_taste.TasteView.as_view(), name="api-taste"),
    path("experiments/", api_experiments.ExperimentsView.as_view(), name="api-experiments"),
    path("experiments/<int:pk>/", api_experiments.ExperimentView.as_view(), name="api-experiment"),
    path(
        "experiments/<int:pk>/days/",
        api_experiment_days.DaysView.as_view(),
        name="api-experiment-days",
    ),
    path(
        "experiments/<int:pk>/changes/",
        api_experiment_days.ExperimentChangesView.as_view(),
        name="api-experiment-changes",
    ),
    path(
        "experiments/<int:pk>/share/",
        api_experiments.ShareView.as_view(),
        name="api-experiment-share",
    ),
    path(
        "experiments/<int:pk>/stop/",
        api_experiments.StopView.as_view(),
        name="api-experiment-stop",
    ),
    path("rules/", api_rules.RulesView.as_view(), name="api-rules"),
    path("rules/preview/", api_rule_preview.PreviewView.as_view(), name="api-rules-preview"),
    path("rules/<int:pk>/", api_rules.RuleView.as_view(), name="api-rule"),
    path(
        "rules/<int:pk>/preview/",
        api_rule_preview.RulePreviewView.as_view(),
        name="api-rule-preview",
    ),
    path("rules/<int:pk>/changes/", api_rules.ChangesView.as_view(), name="api-rule-changes"),
    path(
        "rules/<int:pk>/changes/<int:change>/revert/",
        api_rules.RevertView.as_view(),
        name="api-rule-revert",
    ),
    path("models/", api_models.ModelsView.as_view(), name="api-models"),
    path("models/roll-back/", api_models.RollBackView.as_view(), name="api-models-roll-back"),
    path("models/canary/", api_models.CanaryView.as_view(), name="api-models-canary"),
    path("models/canary/promote/", api_models.PromoteView.as_view(), name="api-models-promote"),
    path("models/<int:pk>/make-live/", api_models.MakeLiveView.as_view(), name="api-model-live"),
    path("model-runs/", api_runs.ModelRunsView.as_view(), name="api-model-runs"),
    path("model-runs/<int:pk>/", api_runs.ModelRunView.as_view(), name="api-model-run"),
    path("model-runs/<int:pk>/cancel/", api_models.CancelView.as_view(), name="api-run-cancel"),
    *company,
    *my_taste,
]
