"""Pages whose lists are read as `seen.js` reads them."""

import json
import re

from django.test import Client
from django.urls import reverse

from catalog.models import Person

LIST = re.compile(r'data-seen="([^"]+)"')
SAID = re.compile(r'data-said="([^"]+)"')


def member(shelf, count=5):
    """A browser whose person rated some even items."""
    client = Client()
    for item in shelf[0 : 2 * count : 2]:
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    return client, Person.objects.get(pk=client.session["person_id"])


def tokens_on(client, address="/"):
    return LIST.findall(client.get(address).content.decode())


def said_on(client, address):
    return SAID.findall(client.get(address).content.decode())


def post(client, *lists, said=(), **headers):
    """Lists are (token, seen) or (token, seen, opened)."""
    report = {
        "lists": [
            {"token": token, "seen": list(seen), "opened": list(*opened)}
            for token, seen, *opened in lists
        ],
        "said": list(said),
    }
    return raw(client, json.dumps(report), **headers)


def raw(client, body, **headers):
    return client.post("/seen/", body, content_type="text/plain", **headers)
