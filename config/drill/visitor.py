"""Somebody who visits the site by HTTP: looks at pages, signs up, rates."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds; status 0: nothing did."""

    status: int
    text: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 400


class Visitor:
    """A browser without a screen: it keeps cookies and follows redirects."""

    def __init__(self, home: str) -> None:
        self.home = home
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.home + path))

    def api(self, path: str) -> Any:
        """What the API answers, as JSON; None where it is no answer 200."""
        answer = self.get(f"/api/v1/{path}")
        return json.loads(answer.text) if answer.status == 200 else None

    def post(self, path: str, **fields: str) -> Answer:
        """A form; the token that protects it is taken from the cookies."""
        sent = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": self._token()}).encode()
        headers = {"Referer": self.home + path, "HX-Request": "true"}
        return self._ask(urllib.request.Request(self.home + path, data=sent, headers=headers))

    def sign_up(self, name: str) -> Answer:
        self.get("/account/signup/")
        secret = f"{name}-has-a-long-password-7351"
        return self.post(
            "/account/signup/", username=name, password1=secret, password2=secret, email=""
        )

    def item_ids(self) -> list[int]:
        """The items that the browse page shows."""
        found = re.findall(r'href="/items/(\d+)', self.get("/browse/").text)
        return [int(pk) for pk in dict.fromkeys(found)]

    def rate(self, item_id: int, *, stars: float) -> Answer:
        if not self._token():
            self.get(f"/items/{item_id}/")
        return self.post(f"/items/{item_id}/rate/", stars=f"{stars:g}")

    def _token(self) -> str:
        return next((cookie.value or "" for cookie in self._jar if cookie.name == "csrftoken"), "")

    def _ask(self, request: urllib.request.Request) -> Answer:
        began = time.monotonic()
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                text = response.read().decode(errors="replace")
                status, headers = int(response.status), dict(response.headers)
        except urllib.error.HTTPError as error:
            text, status = error.read().decode(errors="replace"), error.code
            headers = dict(error.headers)
        except OSError as error:
            text, status, headers = str(error), 0, {}
        return Answer(status, text, time.monotonic() - began, headers)


def percentile(seconds: list[float], share: float) -> float:
    """The smallest value that at least this share of all does not pass."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
