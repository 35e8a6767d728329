"""Figures of the whole site, for /metrics: read from the database and Redis when asked for.

They are the same whichever process answers, so none keeps them: each is a question to a server,
waited for briefly and remembered for a while (`config.watching`). A server that does not answer
leaves its figures out, and `catalogue_source_up` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.db.models import Count, Model
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.watching import Watch
from recommendations import consumers, dataset
from recommendations.models import ModelRun

LIMIT = 2.0
FRESH = 10.0
FRESH_COUNTS = 60.0
EXACT_UP_TO = 100_000
"""Tables larger than this are counted by PostgreSQL's own estimate."""


@dataclass(frozen=True)
class Figure:
    """A metric, and its values by the value of its one label; without a label, by ""."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""

    def metric(self) -> Metric:
        family = GaugeMetricFamily(
            f"catalogue_{self.name}", self.help, labels=[self.label] if self.label else []
        )
        for value, number in self.values.items():
            family.add_metric([value] if self.label else [], number)
        return family


@dataclass(eq=False)
class SiteFigures(Collector):
    """Everything that is not counted while pages are made."""

    limit: float = LIMIT
    watches: list[Watch[list[Figure]]] = field(init=False)

    def __post_init__(self) -> None:
        self.watches = [
            self._watch("runs", runs, fresh=FRESH),
            self._watch("events", events, fresh=FRESH_COUNTS),
        ]
        if settings.REDIS_URL:
            self.watches.append(self._watch("queues", queues, fresh=FRESH))

    def _watch(
        self, name: str, question: Callable[[], list[Figure]], *, fresh: float
    ) -> Watch[list[Figure]]:
        return Watch(name, question, limit=self.limit, fresh=fresh)

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        for watch in self.watches:
            watch.begin()
        answers = {watch.name: watch.look().answer for watch in self.watches}
        for figures in answers.values():
            yield from (figure.metric() for figure in figures or ())
        up = {name: float(figures is not None) for name, figures in answers.items()}
        yield Figure("source_up", "Whether these figures could be read.", up, "source").metric()


def runs() -> list[Figure]:
    """What trainings came to, and the model that serves."""
    statuses = dict.fromkeys(ModelRun.Status.values, 0.0)
    counted = ModelRun.objects.order_by().values_list("status").annotate(Count("pk"))
    statuses |= {status: float(number) for status, number in counted}
    damaged = ModelRun.objects.servable().exclude(artifact_problem="").count()
    figures = [
        Figure("runs", "Trainings, by what they came to.", statuses, "status"),
        Figure("artifact_problems", "Kept models that cannot be served.", {"": float(damaged)}),
    ]
    live = ModelRun.objects.live()
    if live is not None:
        figures.append(Figure("live_run", "The run whose model is live.", {"": float(live.pk)}))
        if live.finished_at is not None:
            age = (timezone.now() - live.finished_at).total_seconds()
            figures.append(
                Figure("model_age_seconds", "Since the live model was trained.", {"": age})
            )
    return figures


def events() -> list[Figure]:
    counts = {source.name: float(count(source.model)) for source in dataset.SOURCES}
    return [Figure("events", "Rows of each table of events, about.", counts, "table")]


def queues() -> list[Figure]:
    waiting = {queue: float(number) for queue, number in consumers.lengths().items()}
    working = {queue: float(len(names)) for queue, names in consumers.consumers().items()}
    return [
        Figure("queue_length", "Messages that wait in a queue.", waiting, "queue"),
        Figure("queue_consumers", "Workers that consume a queue.", working, "queue"),
    ]


def count(model: type[Model]) -> int:
    """The number of rows: exact for tables that are quickly counted, else an estimate."""
    estimate = _estimate(model._meta.db_table) if connection.vendor == "postgresql" else 0
    return estimate if estimate > EXACT_UP_TO else model._default_manager.count()


def _estimate(table: str) -> int:
    """What PostgreSQL's statistics say of a table and its partitions; 0 before it was analysed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COALESCE(SUM(GREATEST(reltuples, 0)), 0) FROM pg_class
            WHERE relkind = 'r' AND (
                oid = to_regclass(%s)
                OR oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s)))
            )
            """,
            [table, table],
        )
        return int(cursor.fetchone()[0])
