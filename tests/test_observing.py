"""Traces and error reports, sent to real tiny receivers here; and none where not asked."""

import gzip
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.test_settings import SECRET, run_python

SENDERS = ("config.tracing", "opentelemetry.exporter", "sentry_sdk")
E_MAIL = "ada.lovelace@example.org"
REQUEST_ID = "asked-by-a-proxy-1"
START = """
import django, logging
django.setup()
from django.core.management import call_command
from django.test import Client
from django.urls import path
call_command("migrate", verbosity=0)
"""
TRACED = (
    START
    + f"""
assert Client().get("/healthz").status_code == 200
answer = Client().get("/api/v1/items/?q=secret", headers={{"x-request-id": {REQUEST_ID!r}}})
assert answer.status_code == 200
from config import urls
from django.db import IntegrityError

def broken(request, key):
    raise IntegrityError("Key (email)=({E_MAIL}) already exists.")

urls.urlpatterns.insert(0, path("api/v1/reset/key/<key>/", broken))
careless = Client(raise_request_exception=False)
address = "/api/v1/reset/key/3-hunter2secret/?password=hunter2secret"
assert careless.get(address).status_code == 500
from recommendations import services, tasks
tasks.retrain.apply(args=[services.ask(trigger="admin").pk])
from opentelemetry import trace
trace.get_tracer_provider().shutdown()
"""
)
BROKEN = (
    START
    + f"""
from django.db import IntegrityError
from config import urls

def broken(request):
    password = "hunter2secret"
    logging.getLogger("tests").info("a crumb about %s", {E_MAIL!r})
    raise IntegrityError("Key (email)=({E_MAIL}) already exists.")

urls.urlpatterns.insert(0, path("api/v1/broken/", broken))
client = Client(raise_request_exception=False, headers={{"x-request-id": {REQUEST_ID!r}}})
client.cookies["sessionid"] = "hunter2secret"
answer = client.post("/api/v1/broken/?password=hunter2secret", {{"login": {E_MAIL!r}}})
assert answer.status_code == 500
import sentry_sdk
sentry_sdk.flush(5)
"""
)


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeps)
        self.posts: list[tuple[str, bytes]] = []


class _Keeps(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.posts.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run(code: str, var: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_python(
        code,
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_SECRET_KEY=SECRET,
        DJANGO_ALLOWED_HOSTS="testserver",
        HTTPS_ONLY="0",
        VAR_DIR=str(var),
        **variables,
    )


@pytest.mark.slow
def test_requests_statements_tasks_and_stages_are_traced(tmp_path: Path) -> None:
    with receiver() as collector:
        address = f"http://127.0.0.1:{collector.server_port}"
        done = run(TRACED, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert done.returncode == 0, done.stderr
    assert {path for path, _ in collector.posts} == {"/v1/traces"}
    for secret in (E_MAIL, "hunter2secret", SECRET):
        assert not [body for _, body in collector.posts if secret.encode() in body]
    spans = {}
    for _, body in collector.posts:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
            assert named["service.name"] == "The Open Shelf"
            for scope in resource.scope_spans:
                spans |= {span.span_id: span for span in scope.spans}
    by_name = {span.name: span for span in spans.values()}

    requests = [span for span in spans.values() if _attribute(span, "request.id") == REQUEST_ID]
    assert len(requests) == 1, sorted(by_name)
    request = requests[0]
    selects = [span for span in spans.values() if span.name == "SELECT"]
    assert any(span.parent_span_id == request.span_id for span in selects)
    assert not [span for span in selects if "secret" in _attribute(span, "db.query.text")]

    task = by_name["run/recommendations.retrain"]
    reading = by_name["training reading"]
    assert reading.parent_span_id == task.span_id
    assert any(span.parent_span_id == reading.span_id for span in selects)


def _attribute(span: object, key: str) -> str:
    return next((a.value.string_value for a in span.attributes if a.key == key), "")  # type: ignore[attr-defined]


@pytest.mark.slow
def test_errors_are_reported_without_who_was_asking(tmp_path: Path) -> None:
    with receiver() as ingest:
        dsn = f"http://public@127.0.0.1:{ingest.server_port}/1"
        done = run(BROKEN, tmp_path, SENTRY_DSN=dsn)
    assert done.returncode == 0, done.stderr
    text = "".join(body.decode() for _, body in ingest.posts)
    events = [json.loads(line) for line in text.splitlines() if '"exception"' in line]
    assert [event["exception"]["values"][-1]["type"] for event in events] == ["IntegrityError"]
    assert events[0]["tags"]["request_id"] == REQUEST_ID
    assert "user" not in events[0]
    for secret in (E_MAIL, "hunter2secret", SECRET):
        assert secret not in text


@pytest.mark.slow
def test_a_collector_that_is_away_fails_no_request(tmp_path: Path) -> None:
    done = run(TRACED, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr


def test_with_nothing_set_nothing_of_it_is_even_loaded(tmp_path: Path) -> None:
    done = run(
        "import django, sys; django.setup(); import config.wsgi, recommendations.tasks\n"
        f"print([name for name in {SENDERS!r} if name in sys.modules])",
        tmp_path,
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "package"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "opentelemetry.sdk"),
        ("SENTRY_DSN", "http://public@127.0.0.1:1/1", "sentry_sdk"),
    ],
)
def test_a_setting_whose_packages_are_missing_refuses_the_start(
    tmp_path: Path, variable: str, value: str, package: str
) -> None:
    hide = f"""
import importlib.util
real = importlib.util.find_spec
def without(name, *rest):
    if name.split(".")[0] == {package.split(".")[0]!r}:
        raise ModuleNotFoundError(name)
    return real(name, *rest)
importlib.util.find_spec = without
import django
django.setup()
"""
    done = run(hide, tmp_path, **{variable: value})
    assert done.returncode != 0
    assert f"{variable} is set, but {package} is not installed" in done.stderr
    assert "requirements-observe.txt" in done.stderr


def test_an_address_of_sentry_that_is_none_is_refused_without_being_shown(tmp_path: Path) -> None:
    done = run("import django; django.setup()", tmp_path, SENTRY_DSN="hunter2secret")
    assert "SENTRY_DSN is no address of a Sentry project" in done.stderr
    assert "hunter2secret" not in done.stderr
