"""Tiny worlds with known answers, as rows in the database."""

from datetime import UTC, datetime, timedelta

import numpy as np

from catalog.models import Attribute, Item, ItemAttribute, Person, Rating
from ml.artifact import save_artifact
from ml.baselines import fit_baseline
from ml.layout import with_layout
from recommendations import services, store
from recommendations.dataset import build_snapshot
from recommendations.lease import Lease
from recommendations.models import ModelRun

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def checkerboard(*, items=24, people=60, events=8, seed=3):
    """Two halves of a catalogue, and people who like one of them only, in time's order.

    Gives the items and the people; even ones belong together, and so do odd ones.
    """
    rng = np.random.default_rng(seed)
    shelf = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(items))
    tastes = Attribute.objects.bulk_create(
        Attribute(kind="genres", name=name) for name in ("Even", "Odd")
    )
    ItemAttribute.objects.bulk_create(
        ItemAttribute(item=item, attribute=tastes[n % 2]) for n, item in enumerate(shelf)
    )
    crowd = Person.objects.bulk_create(Person(name=f"Person {n}") for n in range(people))
    ratings = []
    for n, person in enumerate(crowd):
        liked = rng.permutation(np.arange(n % 2, items, 2))[:events]
        start = NOON + timedelta(hours=n % 7)
        ratings += [
            Rating(
                person=person,
                item=shelf[chosen],
                half_stars=int(rng.integers(7, 11)),
                rated_at=start + timedelta(days=at),
            )
            for at, chosen in enumerate(liked)
        ]
    Rating.objects.bulk_create(ratings)
    return shelf, crowd


def published(kind="popularity", *, has_map=False):
    """A run that ended well: a baseline, fitted on what is in the database, and live."""
    run = ModelRun.objects.create(trigger=ModelRun.Trigger.COMMAND)
    lease = Lease.take(run)
    snapshot = build_snapshot()
    artifact = fit_baseline(snapshot, kind)
    if has_map:
        artifact = with_layout(artifact, snapshot, seed=1)
    name = services.artifact_name(lease)
    digest = store.publish(save_artifact(artifact, store.folder_of(name)))
    names = {"artifact": name, "artifact_digest": digest, "chosen": kind}
    services.publish(lease, **names, label=artifact.manifest["label"])
    run.refresh_from_db()
    return run
