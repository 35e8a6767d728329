"""E-mails of accounts come under the site's name, as text and as HTML that says the same."""

import re

import pytest
from django.test import override_settings
from django.urls import reverse

from catalog.mail import Piece, as_html, pieces_of
from catalog.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-quiet-lighthouse-42"


@pytest.fixture
def ann():
    return User.objects.create_user("ann", email="ann@example.com", password=PASSWORD)


def html_of(letter):
    return next(part.content for part in letter.alternatives if part.mimetype == "text/html")


@override_settings(SITE_NAME="Night & Day")
def test_a_forgotten_password_is_answered_by_a_letter_with_a_button(client, ann, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": "ann@example.com"})
    letter = mailoutbox[0]
    address = re.search(r"http://\S+/account/password/reset/key/\S+", letter.body)[0]
    assert letter.subject == "Night & Day: Choose a new password"
    assert "at Night & Day" in letter.body
    assert f'<a class="button" href="{address}">' in html_of(letter)
    assert "Night &amp; Day" in html_of(letter)
    assert client.get(address.partition("testserver")[2], follow=True).status_code == 200


def test_an_address_is_verified_by_a_letter(client, ann, mailoutbox):
    client.force_login(ann)
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.com"})
    letter = next(letter for letter in mailoutbox if "new@example.com" in letter.to)
    assert letter.subject == "The Open Shelf: Is this address yours?"
    assert "/account/confirm-email/" in letter.body
    assert 'class="button"' in html_of(letter)


def test_a_changed_password_is_told(client, ann, mailoutbox, settings):
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    client.force_login(ann)
    fields = {"oldpassword": PASSWORD, "password1": PASSWORD + "x", "password2": PASSWORD + "x"}
    client.post(reverse("account_change_password"), fields)
    assert mailoutbox[0].subject.startswith("The Open Shelf: ")
    assert "sent by The Open Shelf" in html_of(mailoutbox[0])


def test_a_paragraph_is_words_an_address_or_a_code():
    assert pieces_of("Hello\n\nGo to https://a.example/x?y\n\nAB3-9QZ\n\nBye\nAnn") == [
        Piece("Hello"),
        Piece("Go to"),
        Piece("https://a.example/x?y", "address"),
        Piece("AB3-9QZ", "code"),
        Piece("Bye\nAnn"),
    ]


def test_no_name_writes_html_into_a_letter():
    told = as_html("Hello <img src=x>\n\nhttps://a.example/\"onclick='x'", subject="<b>")
    assert "<img" not in told
    assert '"onclick' not in told
    assert "<title>&lt;b&gt;</title>" in told
