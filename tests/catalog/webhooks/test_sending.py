"""What is told to whom, how it is signed, and what happens where it does not arrive."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from catalog import tasks
from catalog.webhooks import sending, signing
from catalog.webhooks.models import Event, Webhook, WebhookDelivery, WebhookMessage
from recommendations import services
from recommendations.lease import Lease
from recommendations.models import ModelRun
from tests.catalog.webhooks.receiver import is_signed, receiving
from tests.recommendations.worlds import published

pytestmark = pytest.mark.django_db
Status = WebhookDelivery.Status
DAY = timedelta(days=1)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiving() as started:
        yield started


@pytest.fixture
def hook(receiver):
    return Webhook.objects.create(name="Shop", url=receiver.url, events=list(Event.values))


def announce():
    sending.announce(Event.MODEL_PUBLISHED, {"run": 7, "model": "Mélange"})


def test_a_message_arrives_once_and_its_signature_holds(receiver, hook):
    announce()
    assert sending.send_due() == (1, 0)
    assert sending.send_due() == (0, 0)
    ((_path, headers, body),) = receiver.got
    assert is_signed(signing.secret_text(hook), headers, body)
    assert not is_signed(signing.secret_text(hook), headers, body + b" ")
    told = json.loads(body)
    assert told["type"] == "model.published"
    assert told["data"]["model"] == "Mélange"
    delivery = WebhookDelivery.objects.get()
    assert headers["webhook-id"] == str(delivery.message_id)
    assert (delivery.status, delivery.last_status, delivery.attempts) == ("delivered", 204, 1)
    hook.refresh_from_db()
    assert hook.last_result == "It answered 204."
    assert hook.last_at


def test_only_who_listens_and_is_switched_on_is_told(receiver, hook):
    Webhook.objects.create(name="Other", url=receiver.url, events=["import.done"])
    Webhook.objects.create(name="Off", url=receiver.url, events=Event.values, is_active=False)
    announce()
    assert [one.webhook for one in WebhookDelivery.objects.all()] == [hook]


def test_nobody_is_told_of_what_was_rolled_back(receiver, hook):
    with transaction.atomic():
        announce()
        transaction.set_rollback(True)
    assert sending.send_due() == (0, 0)
    assert not WebhookMessage.objects.exists()


def test_what_failed_is_sent_again_later_with_the_same_id_and_a_new_signature(receiver, hook):
    receiver.answers = [500, 503, 200]
    announce()
    now = timezone.now()
    assert sending.send_due(now=now) == (0, 1)
    delivery = WebhookDelivery.objects.get()
    assert delivery.last_error == "It answered 500."
    assert timedelta(seconds=24) <= delivery.next_at - now <= timedelta(seconds=36)
    assert sending.send_due(now=now + timedelta(seconds=20)) == (0, 0)
    assert sending.send_due(now=now + timedelta(seconds=40)) == (0, 1)
    assert sending.send_due(now=now + timedelta(seconds=200)) == (1, 0)
    ids = {headers["webhook-id"] for _path, headers, _body in receiver.got}
    times = {headers["webhook-timestamp"] for _path, headers, _body in receiver.got}
    assert (len(receiver.got), len(ids), len(times)) == (3, 1, 3)


def test_after_a_day_it_is_given_up_and_shown(receiver, hook):
    receiver.answers = [500]
    announce()
    now = begun = timezone.now()
    while WebhookDelivery.objects.filter(status=Status.WAITING).exists():
        sending.send_due(now=now)
        now = WebhookDelivery.objects.get().next_at
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == Status.GIVEN_UP
    assert 10 <= delivery.attempts == len(receiver.got) <= 14
    assert timedelta(hours=18) < delivery.last_at - begun <= DAY


def test_waiting_grows_and_is_not_the_same_for_everybody():
    assert len({sending.wait_after(3) for _ in range(20)}) > 1
    assert sending.wait_after(1) < sending.wait_after(3) < sending.wait_after(6)
    assert max(sending.wait_after(1000) for _ in range(20)) <= timedelta(hours=4.8)


def test_who_says_gone_is_switched_off(receiver, hook):
    receiver.answers = [410]
    announce()
    sending.send_due()
    hook.refresh_from_db()
    assert not hook.is_active
    assert "410" in hook.last_result
    assert WebhookDelivery.objects.get().status == Status.GIVEN_UP


def test_one_that_fails_keeps_no_other_waiting(receiver, hook):
    with receiving() as other:
        Webhook.objects.create(name="Other", url=other.url, events=Event.values)
        receiver.answers = [500]
        announce()
        announce()
        assert sending.send_due() == (2, 1)
        assert (len(receiver.got), len(other.got)) == (1, 2)


def test_what_a_worker_has_claimed_no_other_one_sends(receiver, hook):
    announce()
    delivery, same = WebhookDelivery.objects.get(), WebhookDelivery.objects.get()
    now = timezone.now()
    assert sending._claim(delivery, now)
    assert not sending._claim(same, now)
    assert sending.send_due(now=now) == (0, 0)
    assert sending.send_due(now=now + sending.CLAIMED_FOR) == (1, 0)  # that worker died


def test_a_private_address_is_not_sent_to_even_where_the_row_names_it(receiver, hook, settings):
    settings.WEBHOOK_ALLOWED_HOSTS = []
    Webhook.objects.update(url=f"https://localhost:{receiver.port}/")
    announce()
    assert sending.send_due() == (0, 1)
    assert "not on the public internet" in WebhookDelivery.objects.get().last_error
    assert receiver.got == []


def test_a_new_secret_signs_and_so_does_the_old_one_for_a_day(receiver, hook):
    old = signing.secret_text(hook)
    sending.rotate(hook)
    new = signing.secret_text(hook)
    announce()
    sending.send_due()
    assert old != new
    assert is_signed(old, *receiver.got[0][1:])
    assert is_signed(new, *receiver.got[0][1:])
    Webhook.objects.update(old_until=timezone.now())
    announce()
    sending.send_due()
    assert is_signed(new, *receiver.got[1][1:])
    assert not is_signed(old, *receiver.got[1][1:])


def test_a_new_key_of_the_site_signs_beside_the_one_before_it(receiver, hook, settings):
    old = signing.secret_text(hook)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 8
    announce()
    sending.send_due()
    assert is_signed(old, *receiver.got[0][1:])
    assert is_signed(signing.secret_text(hook), *receiver.got[0][1:])


def test_the_outbox_waits_where_no_broker_answers(
    receiver, hook, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_BROKER_URL = settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with django_capture_on_commit_callbacks(execute=True):
        announce()
    assert WebhookDelivery.objects.get().status == Status.WAITING
    assert tasks.send_webhooks() == "1 messages arrived; 0 webhooks failed"


def test_old_messages_are_forgotten(receiver, hook):
    announce()
    WebhookMessage.objects.update(made_at=timezone.now() - timedelta(days=31))
    announce()
    tasks.keep_tables_small()
    assert WebhookDelivery.objects.count() == WebhookMessage.objects.count() == 1


def test_a_model_that_goes_live_is_told_of(receiver, hook):
    run = services.ask(trigger=ModelRun.Trigger.COMMAND)
    services.publish(Lease.take(run), artifact="run-x", label="Hybrid", item_count=5)
    sending.send_due()
    told = json.loads(receiver.got[0][2])
    assert told["type"] == "model.published"
    assert told["data"]["run"] == run.pk
    assert told["data"]["model"] == "Hybrid"


def test_a_roll_back_is_told_of_as_a_model_that_goes_live(receiver, hook):
    first = published()
    published()
    assert services.roll_back() == first
    told = WebhookMessage.objects.latest("made_at")
    assert json.loads(told.body)["data"]["run"] == first.pk


def test_a_refused_training_is_told_of(receiver, hook):
    with pytest.raises(CommandError, match="refused"):
        call_command("retrain", verbosity=0)
    told = json.loads(WebhookMessage.objects.get().body)
    assert told["type"] == "model.refused"
    assert "Refused" in told["data"]["verdict"]


def test_an_import_is_told_of(receiver, hook, tmp_path: Path):
    (tmp_path / "items.csv").write_text("item_id,title\nk-1,Emma\nk-2,Persuasion\n")
    (tmp_path / "interactions.csv").write_text("user_id,item_id,rating,timestamp\n")
    call_command("import_dataset", tmp_path, verbosity=0)
    told = json.loads(WebhookMessage.objects.get().body)
    assert told["type"] == "import.done"
    assert told["data"]["rows"] == told["data"]["new"] == 2


def test_the_recipe_in_the_docs_verifies_what_is_sent(receiver, hook):
    page = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()
    recipe: dict[str, Any] = {}
    exec(re.search(r"```python\n(.+?)```", page, re.DOTALL)[1], recipe)
    announce()
    sending.send_due()
    ((_path, headers, body),) = receiver.got
    assert recipe["is_genuine"](signing.secret_text(hook), headers, body)
    assert not recipe["is_genuine"](signing.secret_text(hook), headers, body[:-1])
    stale = headers | {"webhook-timestamp": "1700000000"}
    assert not recipe["is_genuine"](signing.secret_text(hook), stale, body)
