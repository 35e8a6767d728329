"""A site with OAUTH_PROVIDER=1, in a process of its own, and a program that asks for a token there.

Prints as JSON what was answered on the way; `tests.test_oauth` says what it should be.
"""

import base64
import hashlib
import json
import secrets
import sys
from urllib.parse import parse_qs, urlsplit

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

BACK = "https://app.example/back"
PASSWORD = "a-long-enough-one"
TOKEN, RATINGS = "/oauth/token/", "/api/v1/me/ratings/"


def code_of(answer):
    return parse_qs(urlsplit(answer["Location"]).query).get("code", [""])[0]


class Program:
    """A public client: it has no secret, so it proves itself by PKCE."""

    def __init__(self, app, browser):
        self.app, self.browser, self.web = app, browser, Client()

    def question(self, scopes, **more):
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": BACK,
            "scope": scopes,
            "state": "xyz",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **more,
        }

    def agreed(self, scopes):
        """The person's browser, sent back after a yes."""
        question = self.question(scopes)
        return self.browser.post("/oauth/authorize/", {**question, "allow": "1"})

    def tokens(self, code, **more):
        said = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        said |= {"client_id": self.app.client_id, "code_verifier": self.verifier, **more}
        return self.web.post(TOKEN, {key: value for key, value in said.items() if value})

    def refreshed(self, token):
        said = {"grant_type": "refresh_token", "refresh_token": token}
        return self.web.post(TOKEN, {**said, "client_id": self.app.client_id})

    def status(self, token, method="get", address=RATINGS, **more):
        headers = {"Authorization": f"Bearer {token}"}
        return getattr(self.web, method)(address, headers=headers, **more).status_code


def walk():
    from oauth2_provider.models import AccessToken, Application

    from catalog.models import Item, User

    ann = User.objects.create_user("ann", password=PASSWORD)
    item = Item.objects.create(title="Emma")
    app = Application.objects.create(
        name="Player",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris=BACK,
    )
    said = {}
    stranger, browser = Client(), Client()
    program = Program(app, browser)
    asked = stranger.get("/oauth/authorize/", program.question("read"))
    said["stranger"] = [asked.status_code, asked["Location"].split("?")[0]]
    browser.force_login(ann, backend="django.contrib.auth.backends.ModelBackend")

    page = browser.get("/oauth/authorize/", program.question("read events"))
    shown = page.content.decode()
    said["page"] = [page.status_code, "May Player act for you" in shown, "own ratings" in shown]
    said["policy"] = "form-action 'self' https://app.example" in page["Content-Security-Policy"]
    no = browser.post("/oauth/authorize/", program.question("read"))
    said["no"] = "error=access_denied" in no["Location"]
    for name, wrong in {
        "without_pkce": {"code_challenge": "", "code_challenge_method": ""},
        "plain_pkce": {"code_challenge_method": "plain"},
        "other_scope": {"scope": "everything"},
        "implicit": {"response_type": "token"},
    }.items():
        question = program.question("read", **wrong)
        browser.get("/oauth/authorize/", question)
        answer = browser.post("/oauth/authorize/", {**question, "allow": "1"})
        said[name] = "error=" in answer.get("Location", "") or answer.status_code
    elsewhere = program.question("read", redirect_uri="https://evil.example/")
    said["elsewhere"] = browser.get("/oauth/authorize/", elsewhere).status_code

    code = code_of(program.agreed("read"))
    said["wrong_verifier"] = program.tokens(code, code_verifier="x" * 60).status_code
    code = code_of(program.agreed("read"))
    given = program.tokens(code)
    first = given.json()
    said["given"] = [given.status_code, first["scope"], first["expires_in"], first["token_type"]]
    said["code_again"] = program.tokens(code).status_code

    code = code_of(program.agreed("read"))
    first = program.tokens(code).json()
    body = {"data": json.dumps({"item": item.pk, "stars": 4}), "content_type": "application/json"}
    access, refresh = first["access_token"], first["refresh_token"]
    said["read"] = program.status(access)
    said["scope_missing"] = program.status(access, "post", **body)
    said["govern_missing"] = program.status(access, address="/api/v1/model-runs/")
    said["delete_token"] = program.status(access, "delete", "/api/v1/token/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM oauth2_provider_accesstoken")
        kept = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT token FROM oauth2_provider_refreshtoken")
        kept += [row[0] for row in cursor.fetchall()]
    said["plain_kept"] = [token for token in kept if token in (access, refresh)]

    second = program.refreshed(refresh)
    said["refreshed"] = [second.status_code, program.status(second.json()["access_token"])]
    said["old_refresh"] = program.refreshed(refresh).status_code
    said["after_reuse"] = program.status(second.json()["access_token"])

    more = program.tokens(code_of(program.agreed("read events"))).json()
    said["write"] = program.status(more["access_token"], "post", **body)
    gone = program.web.post(
        "/oauth/revoke/", {"token": more["refresh_token"], "client_id": app.client_id}
    )
    said["revoked"] = [gone.status_code, program.status(more["access_token"])]
    said["revoked_refresh"] = program.refreshed(more["refresh_token"]).status_code

    last = program.tokens(code_of(program.agreed("read"))).json()
    said["listed"] = "Player" in browser.get("/account/tokens/").content.decode()
    other = Client()
    bob = User.objects.create_user("bob")
    other.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    said["others_revoke"] = other.post(f"/oauth/apps/{app.pk}/revoke/").status_code
    said["still"] = program.status(last["access_token"])
    browser.post(f"/oauth/apps/{app.pk}/revoke/", follow=True)
    said["ended"] = [
        program.status(last["access_token"]),
        program.refreshed(last["refresh_token"]).status_code,
        "Player" in browser.get("/account/tokens/").content.decode(),
    ]

    final = program.tokens(code_of(program.agreed("read"))).json()
    User.objects.filter(pk=ann.pk).update(is_active=False)
    said["closed"] = program.status(final["access_token"])
    User.objects.filter(pk=ann.pk).update(is_active=True)
    AccessToken.objects.update(expires="2020-01-01T00:00Z")
    said["expired"] = program.status(final["access_token"])
    said["applications"] = browser.get("/oauth/applications/").status_code
    secret = browser.post(
        "/api/v1/token/", {"username": "ann", "password": PASSWORD, "scopes": "read"}
    )
    said["own"] = secret.status_code
    return said


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(walk()))
