"""Webhooks in the admin: made, their secret seen once, tested, rotated, sent again."""

import re

import pytest
from django.contrib.auth.models import Permission

from catalog.models import User
from catalog.webhooks import sending, signing
from catalog.webhooks.models import Webhook, WebhookDelivery
from tests.catalog.webhooks.receiver import is_signed, receiving

pytestmark = pytest.mark.django_db
ADD = "/admin/catalog/webhook/add/"
MADE = {"name": "Shop", "events": ["model.published"], "is_active": "on"}


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiving() as started:
        yield started


def secret_in(page):
    return re.search(r"whsec_[A-Za-z0-9+/=]+", page.content.decode())


def test_its_secret_is_shown_once_and_signs_what_is_sent(admin_client, receiver):
    page = admin_client.post(ADD, MADE | {"url": receiver.url})
    secret = secret_in(page).group()
    assert "no-store" in page["Cache-Control"]
    hook = Webhook.objects.get()
    again = admin_client.get(f"/admin/catalog/webhook/{hook.pk}/change/")
    assert again.status_code == 200
    assert secret_in(again) is None
    assert hook.seed not in again.content.decode()
    admin_client.post(f"/admin/catalog/webhook/{hook.pk}/test/")
    sending.send_due()
    ((_path, headers, body),) = receiver.got
    assert is_signed(secret, headers, body)
    assert b"webhook.test" in body


def test_a_private_address_is_refused_at_its_field(admin_client):
    page = admin_client.post(ADD, MADE | {"url": "https://192.168.0.1/hook"})
    assert "is not on the public internet" in page.content.decode()
    assert not Webhook.objects.exists()


def test_a_new_secret_is_another_one(admin_client, receiver):
    hook = Webhook.objects.create(name="Shop", url=receiver.url, events=["import.done"])
    before = signing.secret_text(hook)
    address = f"/admin/catalog/webhook/{hook.pk}/rotate/"
    assert admin_client.get(address).status_code == 405
    assert secret_in(admin_client.post(address)).group() not in ("", before)


def test_a_delivery_is_looked_at_and_sent_again(admin_client, receiver):
    hook = Webhook.objects.create(name="Shop", url=receiver.url, events=["import.done"])
    receiver.answers = [500, 200]
    delivery = sending.send_test(hook)
    sending.send_due()
    WebhookDelivery.objects.update(status="given-up")
    listed = admin_client.get("/admin/catalog/webhookdelivery/").content.decode()
    assert "It answered 500." in listed
    address = f"/admin/catalog/webhookdelivery/{delivery.pk}"
    assert "webhook.test" in admin_client.get(f"{address}/change/").content.decode()
    admin_client.post(f"{address}/again/")
    assert sending.send_due() == (1, 0)
    first, second = (headers["webhook-id"] for _path, headers, _body in receiver.got)
    assert first == second


def test_who_may_only_look_presses_nothing(client, receiver):
    hook = Webhook.objects.create(name="Shop", url=receiver.url, events=["import.done"])
    delivery = sending.send_test(hook)
    looker = User.objects.create_user("looker", password="secret-of-looker", is_staff=True)
    names = ("view_webhook", "view_webhookdelivery")
    looker.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(looker)
    hook_page = f"/admin/catalog/webhook/{hook.pk}"
    delivery_page = f"/admin/catalog/webhookdelivery/{delivery.pk}"
    assert client.get(f"{hook_page}/change/").status_code == 200
    assert "again/" not in client.get(f"{delivery_page}/change/").content.decode()
    for address in (f"{hook_page}/rotate/", f"{hook_page}/test/", f"{delivery_page}/again/"):
        assert client.post(address).status_code == 403
    hook.refresh_from_db()
    assert hook.old_seed == ""


def test_who_may_not_look_sees_nothing(client):
    nobody = User.objects.create_user("nobody", password="secret-of-nobody", is_staff=True)
    client.force_login(nobody)
    assert client.get("/admin/catalog/webhook/").status_code == 403
    assert client.get("/admin/catalog/webhookdelivery/").status_code == 403
