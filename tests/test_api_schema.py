"""What the schema promises is what the API does, whoever asks and whatever they send.

Schemathesis makes requests from the schema, such as make sense and such as make none, sends them to
the real site and holds every answer against the schema. The seed is fixed: a run is like the last.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import URLResolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from catalog import services as events
from catalog.models import Person, User
from catalog.tokens.models import Service
from config.api_urls import urlpatterns
from recommendations import engine
from recommendations.company import groups
from tests.catalog.made import Made
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import secret_of

SCHEMA = json.loads(
    OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))
)
SEED = 20
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 429]
ROW_BY_ROW = ("me_events_send", "people_events_send", "items_bulk", "impressions_send")
"""What refuses each row by itself."""
FIXED = {"deterministic": True, "database": "none", "no-shrink": True}


def of(*, headers=None, **phases):
    """The schema as Schemathesis takes it, with these phases and headers."""
    config = schemathesis.config.SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": headers or {},
            "generation": {"max-examples": 5, "allow-extra-parameters": False, **FIXED},
            "checks": {
                # What makes sense may still name what is not there, or what is taken.
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": REFUSALS},
            },
            "operations": [
                {
                    "include-operation-id": name,
                    "checks": {"negative_data_rejection": {"enabled": False}},
                }
                for name in ROW_BY_ROW
            ],
            "phases": {name: {"enabled": enabled} for name, enabled in phases.items()},
        }
    )
    schema = schemathesis.openapi.from_dict(deepcopy(SCHEMA), config=config)
    schema.app = get_wsgi_application()
    return schema


whole = of(examples=True, coverage=True, fuzzing=True, stateful=True)
light = of(examples=False, coverage=False, fuzzing=True, stateful=False)


@pytest.fixture(scope="module")
def tokens(django_db_setup, django_db_blocker, tmp_path_factory):
    """A small world with a model, and the token of each kind of asker; kept for the module."""
    artifacts = settings.ARTIFACTS_ROOT
    with django_db_blocker.unblock(), transaction.atomic():
        settings.ARTIFACTS_ROOT = tmp_path_factory.mktemp("artifacts")
        engine.forget_all()
        shelf, _crowd = checkerboard()
        events.recount()
        published("markov", has_map=True)
        found = {"nobody": None}
        for name, flags in (("member", {}), ("staff", {"is_staff": True, "is_superuser": True})):
            user = User.objects.create_user(name, password="a-long-enough-one", **flags)
            person = Person.objects.create(user=user)
            reader_of(shelf[0:6:2], person=person)
            groups.make(person, name="Film night", floor=5)
            Made(person, shelf[1])
            found[name] = secret_of(user)
        found["service"] = found["itself"] = secret_of(Service.objects.create(name="Shop"))
        yield found
        transaction.set_rollback(True)
    settings.ARTIFACTS_ROOT = artifacts
    engine.forget_all()


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "1000000/s")


def headers(token, who=""):
    plain = {"Accept-Encoding": "identity"}
    if who == "service":
        plain["Act-For"] = "c-1"
    return plain | ({"Authorization": f"Token {token}"} if token else {})


@pytest.mark.django_db
@whole.parametrize()
def test_staff_get_what_the_schema_says(case, tokens):
    case.call_and_validate(headers=headers(tokens["staff"]))


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "member", "service", "itself"])
@light.parametrize()
def test_others_get_what_the_schema_says(case, tokens, who):
    case.call_and_validate(headers=headers(tokens[who], who))


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["member", "staff"])
def test_what_one_answer_leads_to_keeps_the_promises_too(tokens, who):
    schema = of(headers=headers(None), stateful=True)

    @schema.auth()
    class Signed:
        def get(self, case, context):
            return headers(tokens[who])

        def set(self, case, data, context):
            case.headers.update(data)

    workflow = schema.as_state_machine()
    workflow.run(
        settings=hypothesis.settings(
            workflow.TestCase.settings,
            max_examples=12,
            stateful_step_count=8,
            derandomize=True,
            database=None,
        )
    )


# --- the schema itself ---------------------------------------------------------------------------
def test_it_is_made_without_a_warning_and_is_openapi(tmp_path):
    call_command("spectacular", "--file", tmp_path / "schema.yaml", "--validate", "--fail-on-warn")
    assert SCHEMA["openapi"] == "3.1.0"


def routes(patterns, prefix=""):
    """The addresses below /api/v1/, without what they take."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, prefix + str(one.pattern))
        else:
            yield re.sub(r"<[^>]*>|\(\?P.*?\)", "*", prefix + str(one.pattern))


def test_every_route_is_described():
    described = {re.sub(r"\{\w+\}", "*", path) for path in SCHEMA["paths"]}
    there = {
        f"/api/v1/{route.replace('^', '').replace('/$', '/')}" for route in routes(urlpatterns)
    }
    assert there - {"/api/v1/schema/", "/api/v1/docs/"} == described


def test_every_operation_says_what_it_is():
    for operations in SCHEMA["paths"].values():
        for operation in operations.values():
            assert {"summary", "tags", "security"} <= {*operation}, operation["operationId"]
            assert {"400", "429", "503"} <= {*operation["responses"]}, operation["operationId"]
