"""Every address of the API by every method, for everybody: who is answered, and who is not.

The table is complete: an address that it lacks, or a method that an address knows and the table
does not, is a failure. Add a row with a new address, and say in `World` what its body is.

The columns: the scope that a token needs (`any`: each will do), then what is answered to
nobody, the owner of what is asked for, another member, a service for one of its people, a service
for itself, and staff with all rights.
"""

from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from catalog import services
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.blocks import Block, Hiding
from catalog.models import Attribute, Item, ItemView, Person, Rating, ShelfEntry, User
from catalog.own.models import List, ListEntry, Review
from catalog.private import Receipt
from catalog.tokens.models import OutsidePerson, Service
from catalog.tokens.scopes import SCOPES, Access
from recommendations import dismissals, steering
from recommendations.company import groups
from recommendations.experimenting import running
from recommendations.models import Dismissal, Group, Invitation, LeftOut, Member, ModelRun, Rule
from recommendations.rules import changes
from tests.catalog.made import Made
from tests.recommendations.experiments.trials import written
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
API = "api/v1/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WHO = ("nobody", "owner", "other", "service", "itself", "staff")
TABLE = """
api-docs                GET    any        200 200 200 200 200 200
api-widget              GET    any        200 200 200 200 200 200
api-schema              GET    any        200 200 200 200 200 200
api-problems            GET    any        200 200 200 200 200 200
api-problem             GET    any        200 200 200 200 200 200
api-token               POST   any        200 200 200 403 403 200
api-token               DELETE any        401 204 204 403 403 204

api-item-list           GET    read       200 200 200 200 200 200
api-item-list           POST   catalogue  401 403 403 403 403 201
api-item-detail         GET    read       200 200 200 200 200 200
api-item-detail         PUT    catalogue  401 403 403 403 403 200
api-item-detail         PATCH  catalogue  401 403 403 403 403 200
api-item-detail         DELETE catalogue  401 403 403 403 403 204
api-items-bulk          POST   catalogue  401 403 403 403 403 200
api-facets              GET    read       200 200 200 200 200 200
api-suggest             GET    read       200 200 200 200 200 200
api-map                 GET    read       404 404 404 404 404 404
api-map-places          GET    read       404 404 404 404 404 404
api-why                 GET    read       200 200 200 200 403 200
api-similar             GET    read       200 200 200 200 200 200
api-item-like-taste     GET    read       401 200 200 403 403 200

api-attribute-list      GET    read       200 200 200 200 200 200
api-attribute-list      POST   catalogue  401 403 403 403 403 201
api-attribute-detail    GET    read       200 200 200 200 200 200
api-attribute-detail    PATCH  catalogue  401 403 403 403 403 200
api-attribute-detail    DELETE catalogue  401 403 403 403 403 204

api-rating-list         GET    read       401 200 200 200 403 200
api-rating-list         POST   events     401 200 201 201 403 201
api-rating-detail       GET    read       401 200 404 404 403 404
api-rating-detail       PUT    events     401 200 201 201 403 201
api-rating-detail       PATCH  events     401 200 404 404 403 404
api-rating-detail       DELETE events     401 204 404 404 403 404
api-shelf-list          GET    read       401 200 200 200 403 200
api-shelf-list          POST   events     401 200 201 201 403 201
api-shelf-detail        GET    read       401 200 404 404 403 404
api-shelf-detail        PUT    events     401 200 201 201 403 201
api-shelf-detail        PATCH  events     401 200 404 404 403 404
api-shelf-detail        DELETE events     401 204 404 404 403 404
api-view-list           GET    read       401 200 200 200 403 200
api-view-list           POST   events     401 200 201 201 403 201
api-view-detail         DELETE events     401 204 404 404 403 404
api-dismissal-list      GET    read       401 200 200 200 403 200
api-dismissal-list      POST   events     401 200 201 201 403 201
api-dismissal-detail    DELETE events     401 204 404 404 403 404
api-left-out-list       GET    read       401 200 200 200 403 200
api-left-out-list       POST   events     401 200 201 201 403 201
api-left-out-detail     DELETE events     401 204 404 404 403 404
api-events              POST   events     401 200 200 200 403 200

api-own-lists           GET    read       401 200 200 200 403 200
api-own-lists           POST   profile    401 201 201 201 403 201
api-own-list            GET    read       401 200 404 404 403 404
api-own-list            PATCH  profile    401 200 404 404 403 404
api-own-list            DELETE profile    401 204 404 404 403 404
api-own-list-restore    POST   profile    401 200 404 404 403 404
api-own-list-items      GET    read       401 200 404 404 403 404
api-own-list-items      POST   profile    401 201 404 404 403 404
api-own-list-item       GET    read       401 200 404 404 403 404
api-own-list-item       PATCH  profile    401 200 404 404 403 404
api-own-list-item       DELETE profile    401 204 404 404 403 404
api-list                GET    read       200 200 200 200 200 200
api-list-items          GET    read       200 200 200 200 200 200
api-reviews             GET    read       200 200 200 200 200 200
api-own-reviews         GET    read       401 200 200 200 403 200
api-own-review          GET    read       401 200 404 404 403 404
api-own-review          PUT    profile    401 200 201 201 403 201
api-own-review          DELETE profile    401 204 404 404 403 404
api-own-profile         GET    read       401 200 200 403 403 200
api-own-profile         PATCH  profile    401 200 200 403 403 200
api-profile             GET    read       200 200 200 200 200 200
api-profile-lists       GET    read       200 200 200 200 200 200
api-profile-reviews     GET    read       200 200 200 200 200 200
api-blocks              GET    read       401 200 200 200 403 200
api-blocks              POST   profile    401 400 201 201 403 201
api-block               DELETE profile    401 204 404 404 403 404
api-hidden              GET    read       401 200 200 200 403 200
api-hidden              POST   profile    401 400 201 201 403 201
api-hidden-thing        DELETE profile    401 204 404 404 403 404
api-reports             GET    moderate   401 403 403 403 403 200
api-reports             POST   profile    201 400 201 201 403 201
api-report              GET    moderate   401 403 403 403 403 200
api-report-act          POST   moderate   401 403 403 403 403 200
api-imports             GET    read       401 200 200 200 403 200
api-imports             POST   events     401 201 201 201 403 201
api-import              GET    read       401 200 404 404 403 404
api-import              DELETE events     401 204 404 404 403 404
api-import-take         POST   events     401 200 404 404 403 404
api-import-undo         POST   events     401 200 404 404 403 404
api-import-rows         GET    read       401 200 404 404 403 404
api-import-row          GET    read       401 200 404 404 403 404
api-import-row          PATCH  events     401 200 404 404 403 404

api-me                  GET    read       401 200 200 403 403 200
api-me                  PATCH  profile    401 200 200 403 403 200
api-me                  DELETE profile    401 200 200 403 403 200
api-export              GET    profile    401 200 200 403 403 200
api-track-record        GET    read       401 200 200 200 403 200
api-welcome             GET    read       401 200 200 200 403 200
api-welcome             POST   events     401 200 200 200 403 200
api-my-taste            GET    read       401 200 200 200 403 200
api-my-taste-year       GET    read       401 200 200 200 403 200
api-my-taste-picture    GET    read       401 200 404 404 403 404
api-my-taste-map        GET    read       401 200 200 200 403 200
api-kept                GET    read       401 200 200 200 403 200
api-kept-kind           DELETE profile    401 200 200 404 403 404
api-receipt             GET    read       200 200 200 200 200 200

api-for-you             GET    read       200 200 200 200 403 200
api-for-items           POST   read       200 200 200 200 200 200
api-predictions         POST   read       401 200 200 200 403 200
api-impressions         POST   events     200 200 200 200 403 200
api-surfaces            GET    read       200 200 200 200 200 200
api-surface             GET    read       200 200 200 200 403 200
api-surface-settings    GET    govern     401 403 403 403 403 200
api-surface-settings    PATCH  govern     401 403 403 403 403 200
api-surface-preview     POST   govern     401 403 403 403 403 200
api-taste               GET    read       401 200 200 200 403 200
api-taste               PUT    profile    401 200 200 200 403 200

api-people              GET    read       401 403 403 403 200 403
api-people-events       POST   events     401 403 403 403 200 403
api-people-events       DELETE profile    401 403 403 403 404 403
api-people-recommendations POST read      401 403 403 403 200 403
api-people-recommendations DELETE profile 401 403 403 403 404 403
api-person              DELETE profile    401 403 403 403 200 403

api-groups              GET    read       401 200 200 403 403 200
api-groups              POST   profile    401 201 201 403 403 201
api-groups-join         POST   profile    401 200 200 403 403 200
api-groups-linked       GET    read       401 200 200 403 403 200
api-group               GET    read       401 200 404 403 403 404
api-group               PUT    profile    401 200 404 403 403 404
api-group               DELETE profile    401 204 404 403 403 404
api-group-list          GET    read       401 200 404 403 403 404
api-group-me            PUT    profile    401 200 404 403 403 404
api-group-me            DELETE profile    401 204 404 403 403 404
api-group-link          POST   profile    401 200 404 403 403 404
api-group-link          DELETE profile    401 204 404 403 403 404
api-member              DELETE profile    401 204 404 403 403 404
api-group-invitations   POST   profile    401 201 404 403 403 404
api-group-invitation    DELETE profile    401 204 404 403 403 404
api-invitations         GET    read       401 200 200 403 403 200
api-invitation          POST   profile    401 200 404 403 403 404
api-like-taste          GET    read       401 200 200 403 403 200
api-like-taste          PUT    profile    401 200 200 403 403 200

api-experiments         GET    govern     401 403 403 403 403 200
api-experiments         POST   govern     401 403 403 403 403 201
api-experiment          GET    govern     401 403 403 403 403 200
api-experiment          DELETE govern     401 403 403 403 403 204
api-experiment-days     GET    govern     401 403 403 403 403 200
api-experiment-changes  GET    govern     401 403 403 403 403 200
api-experiment-share    POST   govern     401 403 403 403 403 200
api-experiment-stop     POST   govern     401 403 403 403 403 200
api-model-runs          GET    govern     401 403 403 403 403 200
api-model-runs          POST   govern     401 403 403 403 403 202
api-model-run           GET    govern     401 403 403 403 403 200
api-run-cancel          POST   govern     401 403 403 403 403 409
api-models              GET    govern     401 403 403 403 403 200
api-model-live          POST   govern     401 403 403 403 403 409
api-models-roll-back    POST   govern     401 403 403 403 403 409
api-models-canary       POST   govern     401 403 403 403 403 400
api-models-canary       DELETE govern     401 403 403 403 403 409
api-models-promote      POST   govern     401 403 403 403 403 409
api-rules               GET    govern     401 403 403 403 403 200
api-rules               POST   govern     401 403 403 403 403 201
api-rules-preview       POST   govern     401 403 403 403 403 200
api-rule                GET    govern     401 403 403 403 403 200
api-rule                PATCH  govern     401 403 403 403 403 200
api-rule                DELETE govern     401 403 403 403 403 204
api-rule-preview        POST   govern     401 403 403 403 403 200
api-rule-changes        GET    govern     401 403 403 403 403 200
api-rule-revert         POST   govern     401 403 403 403 403 200
"""
ROWS = {
    (name, method): (scope, dict(zip(WHO, map(int, codes), strict=True)))
    for name, method, scope, *codes in map(str.split, filter(None, TABLE.splitlines()))
}
PASSWORD = "a-long-enough-one"


def routes(patterns=None, prefix=""):
    """The name and the view of every address under the API."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        elif path.startswith(API):
            yield one.name, getattr(one.callback, "cls", None) or one.callback.view_class


OF_PEOPLE = (Rating, ShelfEntry, ItemView, Dismissal, LeftOut, List, Review, Arrival, Block, Hiding)


class World:
    """Ann, what is hers, and an address and a body for each row of the table."""

    def __init__(self):
        self.ann = User.objects.create_user("ann", password=PASSWORD)
        self.bob = User.objects.create_user("bob", password=PASSWORD)
        self.carl = User.objects.create_user("carl")
        self.boss = User.objects.create_superuser("boss", password=PASSWORD)
        own, carls, bobs = (
            Person.objects.get_or_create(user=user)[0] for user in (self.ann, self.carl, self.bob)
        )
        self.item, self.free = (Item.objects.create(title=title) for title in ("Emma", "Dracula"))
        services.rate_item(own, self.item, stars=4)
        services.shelve_item(own, self.item, shelf="done")
        services.record_view(own, self.item)
        dismissals.dismiss(own, self.item)
        steering.leave_out(own, self.item)
        self.genre = Attribute.objects.create(kind="genres", name="Comedy")
        self.receipt = Receipt.objects.create()
        self.rule = Rule(action="hide", item=self.item, note="a test")
        changes.save(self.rule, by=self.boss)
        self.group = groups.make(own, name="Film night")
        groups.join(self.group, carls, floor=3)
        groups.make_link(self.group)
        theirs = groups.make(carls, name="Another")
        self.asked = groups.invite(theirs, name="ann")
        self.asks = groups.invite(self.group, name="dora")
        self.run = ModelRun.objects.create()
        ModelRun.objects.update(status=ModelRun.Status.FAILED)
        self.experiment = written({"diversity": 0.4})
        self.shop = Service.objects.create(name="Shop")
        there = Person.objects.create()
        OutsidePerson.objects.create(service=self.shop, key="c-2", person=there)
        self.own = own
        self.made = Made(own, self.item)
        self.year = SimpleNamespace(pk=Rating.objects.get(person=own).rated_at.year)
        self.at_first = self.anns()

    def client(self, who, *scopes):
        if who == "nobody":
            return APIClient()
        owners = {"owner": self.ann, "other": self.bob, "staff": self.boss}
        owner = owners.get(who, self.shop)
        return client_with(owner, *scopes, act_for="c-1" if who == "service" else None)

    def address(self, name):
        second = {
            "api-member": {"member": Member.objects.get(group=self.group, person__user=self.carl)},
            "api-group-invitation": {"invitation": self.asks},
        }
        keys = {
            **dict.fromkeys(["api-item-detail"], {"pk": self.item}),
            **dict.fromkeys(["api-similar", "api-item-like-taste", "api-why"], {"id": self.item}),
            "api-map-places": {"version": SimpleNamespace(pk="0123abcd")},
            "api-my-taste-year": {"year": self.year},
            "api-my-taste-picture": {"year": self.year, "shape": SimpleNamespace(pk="wide")},
            "api-widget": {"name": SimpleNamespace(pk="popular")},
            "api-attribute-detail": {"pk": self.genre},
            "api-kept-kind": {"name": SimpleNamespace(pk="ratings")},
            "api-receipt": {"token": self.receipt},
            "api-problem": {"kind": SimpleNamespace(pk="invalid")},
            "api-person": {"key": SimpleNamespace(pk="c-2")},
            **dict.fromkeys(
                ["api-model-run", "api-run-cancel", "api-model-live"], {"pk": self.run}
            ),
            "api-invitation": {"pk": self.asked},
            "api-groups-linked": {"token": SimpleNamespace(pk=groups.token_of(self.group))},
        }
        if name.endswith("-detail") and name not in keys:
            keys[name] = {"item_id": self.item}
        if name.startswith("api-experiment") and name != "api-experiments":
            keys[name] = {"pk": self.experiment}
        if name.startswith("api-surface") and name != "api-surfaces":
            keys[name] = {"name": SimpleNamespace(pk="for-you")}
        if name.startswith("api-rule") and not name.startswith("api-rules"):
            keys[name] = {"pk": self.rule}
        if name == "api-rule-revert":
            keys[name]["change"] = self.rule.changes.get()
        keys |= {name: self.made.keys(name)} if self.made.knows(name) else {}
        if name in second or (name.startswith("api-group-") or name == "api-group"):
            keys[name] = {"pk": self.group, **second.get(name, {})}
        return reverse(name, kwargs={key: row.pk for key, row in keys.get(name, {}).items()})

    def body(self, name, method):
        item = {"item": self.item.pk}
        found = {
            "api-token": {"username": "ann", "password": PASSWORD},
            "api-item-list": {"title": "Persuasion"},
            "api-item-detail": {"title": "Emma, again"},
            "api-items-bulk": [{"key": "k-1", "title": "Persuasion"}],
            "api-attribute-list": {"kind": "genres", "name": "Satire"},
            "api-attribute-detail": {"name": "Farce"},
            "api-rating-list": {**item, "stars": 3},
            "api-rating-detail": {"stars": 3},
            "api-shelf-list": {**item, "shelf": "want"},
            "api-shelf-detail": {"shelf": "want"},
            "api-view-list": item,
            "api-dismissal-list": item,
            "api-left-out-list": item,
            "api-me": {"password": PASSWORD} if method == "DELETE" else {"language": "de"},
            "api-welcome": {"answers": [{**item, "stars": 3}]},
            "api-impressions": [{"token": "made up", "event": "seen"}],
            "api-surface-settings": {"size": 8},
            "api-surface-preview": {"size": 8},
            "api-models-canary": {"model": self.run.pk, "share": 10},
            "api-rules": {"action": "hide", **item, "note": "a test"},
            "api-rules-preview": {"action": "hide", **item, "note": "a test"},
            "api-rule": {"note": "another"},
            "api-rule-preview": {"note": "another"},
            "api-events": [{"kind": "rating", **item, "stars": 3}],
            "api-people-events": [{"person": "c-9", "kind": "rating", **item, "stars": 3}],
            "api-people-recommendations": {"people": ["c-1", "c-2"]},
            "api-for-items": {"items": [item]},
            "api-predictions": {"items": [self.item.pk]},
            "api-taste": {"niche": 0.5},
            "api-groups": {"name": "Mine", "floor": 3},
            "api-groups-join": {"token": groups.token_of(self.group), "floor": 3},
            "api-group": {"name": "Renamed"},
            "api-group-me": {"floor": 2},
            "api-group-invitations": {"username": "eve"},
            "api-invitation": {"accept": True, "floor": 3},
            "api-like-taste": {"agreed": True},
            "api-experiments": {"name": "New", "arms": [{}, {"changes": {"diversity": 0.3}}]},
            "api-experiment-share": {"share": 1},
            **self.made.bodies(self.free),
        }
        if method == "PATCH" and name in ("api-rating-detail", "api-shelf-detail"):
            return {"is_private": True}
        has_body = method in ("POST", "PUT", "PATCH") or name == "api-me"
        return found.get(name) if has_body and method in METHODS[1:] else None

    def ask(self, client, name, method, *, watched=False):
        """The answer, and whether all of Ann's is as at first; what was done is undone."""
        caches["default"].clear()
        with transaction.atomic():
            if name == "api-experiment-stop":
                running.start(self.experiment, by=None, share=1)
            body = self.body(name, method)
            form = "multipart" if name == "api-imports" else "json"
            said = {} if body is None else {"data": body, "format": form}
            answer = getattr(client, method.lower())(self.address(name), **said)
            if watched:
                answer.is_anns_unchanged = self.anns() == self.at_first
            transaction.set_rollback(True)
        for row in (self.experiment, self.rule, self.boss):
            row.refresh_from_db()
        return answer

    def anns(self):
        """All that is Ann's."""
        rows = [
            *(model.objects.filter(person=self.own) for model in OF_PEOPLE),
            Group.objects.filter(pk=self.group.pk),
            Member.objects.filter(group=self.group, person__in=[self.own, self.carl.person]),
            Invitation.objects.filter(group=self.group),
            Invitation.objects.filter(person=self.own),
            Person.objects.filter(pk=self.own.pk),
            ListEntry.objects.filter(list__person=self.own),
            ArrivalRow.objects.filter(arrival__person=self.own),
        ]
        return [list(some.order_by("pk").values()) for some in rows]


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """Kept for the module: what a test does to it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def world(made, settings):
    settings.REDIS_URL = ""
    return made


def test_the_table_has_every_address_of_the_api():
    assert {name for name, _view in routes()} == {name for name, _method in ROWS}


def test_every_view_says_what_a_token_needs():
    assert not [name for name, view in routes() if not isinstance(view.access, Access)]


def _who_may(name):
    """Somebody who is not refused at the door of this address."""
    return "itself" if name.startswith(("api-people", "api-person")) else "staff"


@pytest.mark.parametrize("name", sorted({name for name, _method in ROWS}))
def test_the_table_has_every_method(world, name):
    client = world.client(_who_may(name))
    others = [method for method in METHODS if (name, method) not in ROWS]
    codes = {method: world.ask(client, name, method).status_code for method in others}
    assert codes == dict.fromkeys(others, 405)


@pytest.mark.parametrize(("name", "method"), ROWS)
def test_everybody_gets_the_answer_of_the_table(world, name, method):
    _scope, expected = ROWS[name, method]
    said = {}
    for who in WHO:
        answer = world.ask(world.client(who), name, method, watched=who != "owner")
        said[who] = answer.status_code
        if who != "owner":
            assert answer.is_anns_unchanged, who
        if method == "GET":
            head = world.ask(world.client(who), name, "HEAD")
            assert head.status_code == answer.status_code, who
            assert not b"".join(head)
    assert said == expected


@pytest.mark.parametrize(("name", "method"), ROWS)
def test_a_token_needs_the_scope_of_the_table_and_no_other(world, name, method):
    scope, expected = ROWS[name, method]
    who = _who_may(name)
    if scope == "any":
        answer = world.ask(world.client(who, "read"), name, method)
        assert answer.status_code == expected[who]
        return
    assert world.ask(world.client(who, scope), name, method).status_code == expected[who]
    others = [one for one in SCOPES if one != scope]
    refused = world.ask(world.client(who, *others), name, method)
    assert refused.status_code == 403
    assert f"“{scope}”" in refused.json()["detail"]


@pytest.mark.parametrize("name", sorted({name for name, _method in ROWS}))
def test_asking_for_the_options_of_an_address_changes_nothing_and_never_breaks(world, name):
    for who in WHO:
        answer = world.ask(world.client(who), name, "OPTIONS", watched=True)
        assert answer.status_code in (200, 401, 403, 404, 405), who
        assert answer.is_anns_unchanged


@pytest.mark.parametrize(
    ("name", "method"), [row for row in ROWS if row[1] != "GET" and row[0] != "api-for-items"]
)
def test_a_session_writes_with_its_csrf_token_only(world, name, method):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.ann)
    answer = world.ask(client, name, method, watched=True)
    assert answer.status_code == 403
    assert answer.is_anns_unchanged
