"""Signing up with a checked address, wrong passwords, second factors, sessions, the admin."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client
from django.urls import reverse

from catalog.models import User
from tests.test_settings import SECRET, read_settings, run_command

pytestmark = pytest.mark.django_db
PASSWORD = "a-quiet-lighthouse-42"
SEED = "JBSWY3DPEHPK3PXP"
VERIFIED = {
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "email*", "password1*", "password2*"],
}


def code_now():
    return format_hotp_value(hotp_value(SEED, int(time.time()) // 30))


def signed_in(client):
    return client.get("/").wsgi_request.user.is_authenticated


def sign_up(client, name="ann", email="ann@example.com"):
    fields = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), fields)


def sign_in(client, password=PASSWORD, name="ann"):
    return client.post(reverse("account_login"), {"login": name, "password": password})


@pytest.fixture
def with_mail(settings):
    for name, value in VERIFIED.items():
        setattr(settings, name, value)


@pytest.fixture
def ann():
    return User.objects.create_user("ann", email="ann@example.com", password=PASSWORD)


@pytest.fixture
def guarded(ann):
    """Ann has an authenticator app."""
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    TOTP.activate(ann, SEED)
    return ann


# --- signing up -----------------------------------------------------------------------------------
def test_where_mail_is_sent_an_account_opens_with_the_code_from_the_mail(
    client, with_mail, mailoutbox
):
    page = sign_up(client)
    assert not signed_in(client)
    code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", mailoutbox[0].body, re.M).group(1)
    client.post(page["Location"], {"code": "WRONG1"})
    assert not signed_in(client)
    client.post(page["Location"], {"code": code})
    assert signed_in(client)
    assert EmailAddress.objects.get().verified


def test_without_mail_an_account_opens_at_once(client):
    sign_up(client, email="")
    assert signed_in(client)


def test_signing_up_with_a_known_address_looks_the_same_and_writes_to_its_owner(
    with_mail, mailoutbox, ann
):
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    known = sign_up(Client(), name="ben", email=ann.email)
    unknown = sign_up(Client(), name="cid", email="cid@example.com")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert "already" in mailoutbox[0].body
    assert not User.objects.filter(username="ben").exists()


def test_asking_for_a_new_password_does_not_say_who_is_known(ann, mailoutbox):
    pages = [
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in ("ann@example.com", "nobody@example.com")
    ]
    assert pages[0].status_code == pages[1].status_code == 302
    assert pages[0]["Location"] == pages[1]["Location"]
    assert len(mailoutbox) == 2


def test_a_mail_server_that_is_away_is_said_in_words(client, with_mail, monkeypatch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    def refuse(self):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "open", refuse)
    page = sign_up(client)
    assert page.status_code == 302
    assert "could not be sent" in client.get(page["Location"]).content.decode()


# --- wrong passwords ------------------------------------------------------------------------------
def test_wrong_passwords_are_slowed_down_and_another_address_still_gets_in(ann, client):
    for _ in range(6):
        page = sign_in(client, "wrong")
    assert "Too many failed login attempts" in page.content.decode()
    sign_in(client)
    assert not signed_in(client)
    other = Client(REMOTE_ADDR="10.0.0.9")
    other.post(reverse("account_login"), {"login": "ann@example.com", "password": PASSWORD})
    assert signed_in(other)


def test_a_forged_proxy_header_is_no_way_round(ann):
    for n in range(6):
        page = Client(HTTP_X_FORWARDED_FOR=f"10.1.1.{n}").post(
            reverse("account_login"), {"login": "ann", "password": "wrong"}
        )
    assert "Too many failed login attempts" in page.content.decode()


def test_the_admins_own_door_is_slowed_down_too(client):
    User.objects.create_superuser("keeper", password=PASSWORD)
    fields = {"username": "keeper", "password": "wrong"}
    for _ in range(6):
        page = client.post("/admin/login/", fields)
    assert "Too many failed login attempts" in page.content.decode()
    client.post("/admin/login/", {**fields, "password": PASSWORD})
    assert not signed_in(client)


# --- second factors -------------------------------------------------------------------------------
def test_with_a_second_factor_a_password_is_half_the_way(guarded, client):
    page = sign_in(client)
    assert page["Location"].startswith(reverse("mfa_authenticate"))
    assert not signed_in(client)
    client.post(page["Location"], {"code": "000000"})
    assert not signed_in(client)
    client.post(page["Location"], {"code": code_now()})
    assert signed_in(client)


def test_an_authenticator_app_is_set_up_and_gives_recovery_codes(ann, client):
    sign_in(client)
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    kinds = set(Authenticator.objects.values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    other = Client()
    page = sign_in(other)
    other.post(page["Location"], {"code": recovery[0]})
    assert signed_in(other)
    again = Client()
    page = sign_in(again)
    again.post(page["Location"], {"code": recovery[0]})
    assert not signed_in(again)


def test_the_admins_door_does_not_let_a_password_alone_in_where_there_is_more(client):
    keeper = User.objects.create_superuser("keeper", password=PASSWORD)
    TOTP.activate(keeper, SEED)
    page = client.post("/admin/login/", {"username": "keeper", "password": PASSWORD})
    assert "second factor" in page.content.decode()
    assert not signed_in(client)


def test_programs_need_the_second_factor_too(guarded):
    said = {"username": "ann", "password": PASSWORD}
    assert Client().post("/api/v1/token/", said).status_code == 400
    assert Client().post("/api/v1/token/", said | {"code": "000000"}).status_code == 400
    assert Client().post("/api/v1/token/", said | {"code": code_now()}).status_code == 200


def test_staff_can_be_required_to_have_one(settings, client):
    keeper = User.objects.create_superuser("keeper", password=PASSWORD)
    client.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    assert client.get("/admin/catalog/item/")["Location"] == reverse("mfa_index")
    assert client.get("/").status_code == 200
    TOTP.activate(keeper, SEED)
    assert client.get("/admin/catalog/item/").status_code == 200


# --- sessions -------------------------------------------------------------------------------------
def test_a_session_elsewhere_is_seen_and_ended_by_its_owner_alone(ann):
    here, there, stranger = Client(), Client(HTTP_USER_AGENT="A telephone"), Client()
    User.objects.create_user("ben", password=PASSWORD)
    sign_in(here)
    sign_in(there)
    sign_in(stranger, name="ben")
    assert "A telephone" in here.get(reverse("usersessions_list")).content.decode()
    assert "A telephone" not in stranger.get(reverse("usersessions_list")).content.decode()
    stranger.post(reverse("usersessions_list"))
    assert signed_in(there)
    here.post(reverse("usersessions_list"))
    assert signed_in(here)
    assert not signed_in(there)


def test_a_session_that_began_at_the_admins_door_is_among_them(client):
    User.objects.create_superuser("keeper", password=PASSWORD)
    there = Client(HTTP_USER_AGENT="A telephone")
    there.post("/admin/login/", {"username": "keeper", "password": PASSWORD})
    assert signed_in(there)
    sign_in(client, name="keeper")
    assert "A telephone" in client.get(reverse("usersessions_list")).content.decode()


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_add_webauthn", "usersessions_list", "mfa_reauthenticate"]
)
def test_pages_of_second_factors_are_dressed(ann, client, name):
    sign_in(client)
    page = client.get(reverse(name), follow=True).content.decode()
    assert "catalog/site.css" in page
    assert 'class="top"' in page
    assert "<script>" not in page
    assert " onclick=" not in page


# --- settings -------------------------------------------------------------------------------------
MAIL = "EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://me:p%40ss@mail.example.org", "mail.example.org 587 me p@ss True False"),
        ("smtps://mail.example.org", "mail.example.org 465   False True"),
        ("smtp://localhost:25?tls=0", "localhost 25   False False"),
    ],
)
def test_mail_is_set_up_by_one_address(url, said):
    expression = ", ".join(f"settings.{name}" for name in MAIL.split(", "))
    done = read_settings(
        f"{expression}, settings.ACCOUNT_EMAIL_VERIFICATION",
        DJANGO_SECRET_KEY=SECRET,
        EMAIL_URL=url,
    )
    assert done.stdout == f"{said} mandatory\n", done.stderr


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_a_bad_mail_address_is_refused_without_its_password(url):
    done = read_settings("1", DJANGO_SECRET_KEY=SECRET, EMAIL_URL=url)
    assert done.returncode != 0
    assert "EMAIL_URL" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("mail", ["", "smtp://localhost:25"])
def test_django_finds_nothing_wrong_with_either_way(mail, tmp_path):
    command = ["manage.py", "check", "--fail-level", "WARNING"]
    var = {"VAR_DIR": str(tmp_path), "DJANGO_SECRET_KEY": SECRET, "EMAIL_URL": mail}
    done = run_command(command, **var)
    assert done.returncode == 0, done.stderr
