"""What is put together once is the policy that django-csp would send."""

import pytest
from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from config.middleware import PolicyMiddleware

HEADER = "Content-Security-Policy"


def view(_request):
    return HttpResponse("hello")


@csp_update({"img-src": ["https://pictures.example"]})
def with_pictures(_request):
    return HttpResponse("hello")


def with_nonce(request):
    return HttpResponse(str(request.csp_nonce))


def with_its_own(_request):
    return HttpResponse("hello", headers={HEADER: "default-src 'none'"})


def lost(_request):
    return HttpResponse("lost", status=404)


@pytest.mark.parametrize("asked", [view, with_pictures, with_its_own, lost])
def test_the_header_is_the_same(asked):
    request = RequestFactory().get("/")
    ours, theirs = PolicyMiddleware(asked), CSPMiddleware(asked)
    expected = theirs(request)[HEADER]
    for _ in range(2):
        assert ours(RequestFactory().get("/"))[HEADER] == expected


def test_a_nonce_is_in_the_header(settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [SELF, NONCE]}}
    ours = PolicyMiddleware(with_nonce)
    said = [ours(RequestFactory().get("/")) for _ in range(2)]
    for response in said:
        assert f"'nonce-{response.content.decode()}'" in response[HEADER]
    assert said[0][HEADER] != said[1][HEADER]


def test_another_setting_counts_at_once(settings):
    ours = PolicyMiddleware(view)
    before = ours(RequestFactory().get("/"))[HEADER]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'none'"]}}
    assert ours(RequestFactory().get("/"))[HEADER] == "default-src 'none'"
    assert "script-src" in before


def test_after_the_header_a_nonce_is_refused():
    request = RequestFactory().get("/")
    PolicyMiddleware(view)(request)
    with pytest.raises(Exception, match="csp_nonce"):
        str(request.csp_nonce)
