"""A database that is away is said to be away, and costs a page its panels at most."""

import pytest
from django.db import DataError, InternalError, OperationalError
from django.test import Client, override_settings
from django.urls import path

from catalog.models import Item
from config.urls import handler500
from config.urls import urlpatterns as real_patterns
from recommendations import selectors


def _raising(error: Exception):
    def view(request):
        raise error

    return view


assert handler500 == "config.errors.server_error"
urlpatterns = [
    *real_patterns,
    path("break/away", _raising(OperationalError("database is locked"))),
    path("break/read-only", _raising(InternalError("cannot execute INSERT"))),
    path("break/broken", _raising(DataError("wrong"))),
    path("api/v1/break/away", _raising(OperationalError("gone"))),
    path("api/v1/break/broken", _raising(ValueError("a bug"))),
]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/break/away", 503, "does not answer just now"),
        ("/break/read-only", 503, "does not answer just now"),
        ("/break/broken", 500, "Something went wrong"),
        ("/api/v1/break/away", 503, "Nothing was changed"),
        ("/api/v1/break/broken", 500, "Something went wrong"),
    ],
)
@override_settings(ROOT_URLCONF="tests.test_errors")
def test_a_database_that_is_away_is_no_bug(address, status, said):
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert ("Retry-After" in answer) == (status == 503)
    assert answer["Content-Type"].startswith(
        "application/problem+json" if "api" in address else "text/html"
    )


@pytest.mark.django_db
def test_one_panel_that_waits_in_vain_is_enough_for_a_page(client, monkeypatch):
    waits = []

    def wait(*_args, **_kwargs):
        waits.append(1)
        raise OperationalError("canceling statement due to statement timeout")

    Item.objects.create(title="A book")
    for name in ("for_you", "carry_on", "popular", "newest"):
        monkeypatch.setattr(selectors, name, wait)
    assert client.get("/").status_code == 200
    assert len(waits) == 1


@pytest.mark.django_db
def test_an_address_that_only_takes_forms_says_so_in_a_page():
    answer = Client().get("/items/1/rate/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "This is no page" in answer.text
