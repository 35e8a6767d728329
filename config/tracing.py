"""Traces with OpenTelemetry: requests, tasks across the broker, statements, stages of a training.

Imported only where OTEL_EXPORTER_OTLP_ENDPOINT is set; the SDK reads it and the other OTEL_
variables itself. Requests and tasks are the libraries' own instrumentation. Statements are seen
through Django's wrappers, the same on SQLite and PostgreSQL, with their text and without their
values. Spans are sent in the background; a collector that is away costs nothing but the spans.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import Token
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from config.logs import Redactor, request_id, secrets_in
from recommendations.context import stage_listeners

BEHIND_REQUEST_IDS = 2
"""The place in MIDDLEWARE: probes are not traced, and the id of the request is known."""
LONGEST_STATEMENT = 1000
tracer = trace.get_tracer("catalogue")


def start(*, service: str) -> None:
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(Discreet(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(
        middleware_position=BEHIND_REQUEST_IDS, request_hook=_note_request_id
    )
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    connection_created.connect(_watch_statements, dispatch_uid="tracing")
    stage_listeners.append(StageSpans())


class Discreet(BatchSpanProcessor):
    """Sends spans without what a log line may not say: exceptions and addresses may quote it."""

    def on_end(self, span: ReadableSpan) -> None:
        redact = Redactor(secrets_in(os.environ))
        said = {
            name: redact(value) if isinstance(value, str) else value
            for name, value in (span.attributes or {}).items()
        }
        super().on_end(
            ReadableSpan(
                name=redact(span.name),
                context=span.get_span_context(),
                parent=span.parent,
                resource=span.resource,
                attributes=said,
                links=span.links,
                kind=span.kind,
                status=trace.Status(span.status.status_code),
                start_time=span.start_time,
                end_time=span.end_time,
                instrumentation_scope=span.instrumentation_scope,
            )
        )


def _note_request_id(span: trace.Span, request: WSGIRequest) -> None:
    span.set_attribute("request.id", request_id.get())


def _watch_statements(connection: BaseDatabaseWrapper, **_: object) -> None:
    if _traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(_traced)


def _traced(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """A span for a statement, where something is traced already: loops of workers are not."""
    if not trace.get_current_span().get_span_context().is_valid:
        return execute(sql, params, many, context)
    vendor = context["connection"].vendor
    with tracer.start_as_current_span(
        sql.split(None, 1)[0].upper() if sql.strip() else "statement",
        kind=trace.SpanKind.CLIENT,
        attributes={"db.system.name": vendor, "db.query.text": sql[:LONGEST_STATEMENT]},
        record_exception=False,  # a database's complaint may quote what people wrote
    ):
        return execute(sql, params, many, context)


class StageSpans:
    """A span for each stage of a training, one after the other."""

    def __init__(self) -> None:
        self._span: trace.Span | None = None
        self._token: Token[Context] | None = None

    def __call__(self, run_id: int, stage: str) -> None:
        if self._span is not None and self._token is not None:
            context.detach(self._token)
            self._span.end()
        self._span = self._token = None
        if stage:
            self._span = tracer.start_span(f"training {stage}", attributes={"run.id": run_id})
            self._token = context.attach(trace.set_span_in_context(self._span))
