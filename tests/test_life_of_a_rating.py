"""One rating, from the click to the next page, through the eight files of the README's table.

Quick with a baseline; slow with the whole loop, in which the network is trained in a child process
and has to win or lose against the baselines.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Item, Person, Rating, User
from ml.artifact import load_artifact
from ml.serving import Recommender
from ml.snapshot import KINDS
from recommendations import engine, pipeline, selectors, services
from recommendations.dataset import build_snapshot
from recommendations.models import ModelRun
from tests.recommendations.worlds import checkerboard, published


@pytest.fixture(autouse=True)
def _own_artifacts(settings, tmp_path, monkeypatch):
    settings.ARTIFACTS_ROOT = tmp_path / "artifacts"
    settings.TRAIN_BUDGET, settings.TRAIN_THREADS, settings.TRAIN_TIME_LIMIT = "fast", 2, 30
    monkeypatch.setattr(engine, "PATIENCE_BESIDE", engine.PATIENCE)
    engine.forget_all()


def the_whole_loop() -> ModelRun:
    run = pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
    assert run.status == ModelRun.Status.SUCCEEDED, (run.verdict, run.error, run.log)
    hybrid = next(row for row in run.figures["candidates"] if row["name"] == "hybrid")
    assert not hybrid.get("problem"), hybrid
    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "learn",
    [
        pytest.param(lambda: published("markov"), id="with a baseline"),
        pytest.param(the_whole_loop, id="with the whole loop", marks=pytest.mark.slow),
    ],
)
def test_a_rating_becomes_a_row_an_event_a_model_and_the_next_page(
    learn: Callable[[], ModelRun], client: Client
) -> None:
    shelf, _crowd = checkerboard()
    ann = User.objects.create_user("ann", password="a long password")
    client.force_login(ann)
    rated = shelf[0]

    # 1: the click writes one row
    client.post(reverse("catalog:rate", args=[rated.pk]), {"stars": "5"})
    row = Rating.objects.get(person__user=ann)
    assert (row.item, row.stars) == (rated, 5)
    person = Person.objects.get(user=ann)

    # 3: the row is an event in arrays
    snapshot = build_snapshot()
    history = snapshot.history(snapshot.users.row(str(person.pk)))
    assert [snapshot.items.ids.ids[item] for item in history.item] == [str(rated.pk)]
    assert KINDS[history.kind[0]] == "rating"
    assert history.stars[0] == 5

    # 2 and 4: the loop learns from all events, and publishes
    run = learn()
    assert run.is_live

    # 5: what was learned is a folder of arrays whose checksums hold
    artifact = load_artifact(engine.artifact_folder(run), verify=True)
    assert set(artifact.item_ids.ids) == {str(item.pk) for item in shelf}
    assert Path(engine.artifact_folder(run) / "manifest.json").exists()

    # 6: it ranks all items for this history
    own = Recommender(artifact).for_events(history, n=5, exclude=history.item)
    assert len(own.rows) == 5
    assert history.item[0] not in own.rows

    # 7: the selectors drop what was seen, and say why
    picks = selectors.for_you(person, limit=5)
    shown = [pick.item.pk for pick in picks.items]
    assert rated.pk not in shown
    assert {shelf.index(item) % 2 for item in Item.objects.filter(pk__in=shown)} == {0}
    assert picks.items[0].reason.text == f"because you rated {rated.title} 5"

    # 8: the page and the API show it
    page = client.get(reverse("catalog:home")).text
    assert picks.items[0].item.title in page
    assert f"because you rated {rated.title} 5" in page
    answer = client.get(reverse("api-for-you"), {"limit": 5}).json()
    assert [result["item"]["id"] for result in answer["results"]] == shown
    assert answer["model"] == picks.model_label

    # and back: what is taken back is gone from the very next page
    client.post(reverse("catalog:rate", args=[rated.pk]), {"stars": ""})
    assert "because you rated" not in client.get(reverse("catalog:home")).text
