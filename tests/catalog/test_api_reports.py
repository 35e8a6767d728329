"""Reports, blocks and hiding in the API: the rules of the pages and of the admin, without them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.blocks import Block, Hiding
from catalog.models import Item, Person, User
from catalog.moderation import acts, things
from catalog.own import writing
from catalog.own.models import Review
from catalog.reports import MAX_WORDS, Report
from catalog.tokens.models import Service
from tests.problems import problem, wrong_fields
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
API = "/api/v1/"
REPORTS, BLOCKS, HIDDEN = f"{API}reports/", f"{API}me/blocks/", f"{API}me/hidden/"


class Somebody:
    """A member with a public page, and a client of the API."""

    def __init__(self, name, **flags):
        self.user = User.objects.create_user(name, **flags)
        self.person = Person.objects.get_or_create(user=self.user)[0]
        writing.introduce(self.person, name="", is_public=True)
        self.client = APIClient()
        self.client.force_login(self.user)

    def post(self, address, **said):
        return self.client.post(address, said, format="json")

    def ids(self, address):
        return [row["id"] for row in self.client.get(address).json()["results"]]


@pytest.fixture
def ann():
    return Somebody("ann")


@pytest.fixture
def ben():
    return Somebody("ben")


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def review(ann, emma):
    return writing.write_review(ann.person, emma, text="You all are fools.", is_public=True)


@pytest.fixture
def public_list(ann):
    return writing.make_list(ann.person, writing.ListWords(title="For fools", is_public=True))


def about(review, **more):
    return {"kind": "review", "id": review.pk, **more}


def report(who, review, **more):
    return who.post(REPORTS, **about(review, reason="abuse", **more))


def reviews_seen(who, item):
    return who.ids(f"{API}items/{item.pk}/reviews/")


# --- reporting -----------------------------------------------------------------------------------
def test_a_review_a_list_and_a_name_are_reported_with_their_words(review, public_list, ann, ben):
    answer = report(ben, review, words=" Really. ")
    assert answer.status_code == 201
    said = answer.json()
    assert {*said} == {"kind", "id", "reason", "words", "made_at"}
    assert (said["kind"], said["id"], said["words"]) == ("review", review.pk, "Really.")
    assert ben.post(REPORTS, kind="list", id=public_list.pk, reason="spam").status_code == 201
    assert ben.post(REPORTS, kind="name", id=ann.person.pk, reason="hate").status_code == 201
    rows = Report.objects.order_by("pk").values_list("kind", "text", "about", "reporter", "status")
    assert list(rows) == [
        (kind, text, ann.person.pk, ben.person.pk, "open")
        for kind, text in [("review", review.text), ("list", "For fools"), ("name", "ann")]
    ]


def test_visitors_and_people_of_a_service_report_too(review):
    said = about(review, reason="law")
    assert APIClient().post(REPORTS, said, format="json").status_code == 201
    shop = Service.objects.create(name="Shop")
    assert client_with(shop, act_for="c-1").post(REPORTS, said, format="json").status_code == 201
    assert client_with(shop).post(REPORTS, said, format="json").status_code == 403
    assert Report.objects.values("reporter").distinct().count() == 2


def test_the_same_again_changes_nothing_until_it_was_read(review, ben, ann):
    report(ben, review, words="First.")
    again = ben.post(REPORTS, **about(review, reason="spam", words="Second."))
    assert (again.status_code, again.json()["reason"], again.json()["words"]) == (
        200,
        "abuse",
        "First.",
    )
    assert Report.objects.count() == 1
    acts.dismiss(Report.objects.get(), by=User.objects.create_superuser("keeper"))
    assert report(ben, review).status_code == 201
    assert Report.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "item"}, "kind"),
        ({"id": "1"}, "id"),
        ({"id": 0}, "id"),
        ({"id": 10**17}, "id"),
        ({"reason": ""}, "reason"),
        ({"words": "x" * (MAX_WORDS + 1)}, "words"),
        ({"hide": "yes"}, "hide"),
        ({"kind": "name", "hide": True}, "hide"),
    ],
)
def test_what_cannot_be_reported_is_refused_by_its_field(review, ann, ben, wrong, field):
    answer = ben.post(REPORTS, **{**about(review, reason="abuse"), **wrong})
    assert wrong_fields(answer) == [field]
    assert not Report.objects.exists()


def test_one_s_own_is_not_reported_hidden_or_blocked(review, ann):
    for address in (REPORTS, HIDDEN, BLOCKS):
        assert wrong_fields(ann.post(address, **about(review, reason="abuse"))) == ["id"]
    assert Report.objects.count() == Hiding.objects.count() == Block.objects.count() == 0


def test_it_can_be_hidden_meanwhile_and_said_twice(review, emma, ben):
    assert report(ben, review, hide=True).status_code == 201
    assert reviews_seen(ben, emma) == []
    assert ben.ids(HIDDEN) == [review.pk]
    assert report(ben, review, hide=True).status_code == 200
    assert Report.objects.count() == Hiding.objects.count() == 1


def test_ten_an_hour_by_one_person_then_wait(ann, ben):
    made = [
        writing.write_review(
            ann.person, Item.objects.create(title=f"Item {n}"), text="Bad.", is_public=True
        )
        for n in range(acts.MOST_REPORTS + 1)
    ]
    assert {report(ben, one).status_code for one in made[:-1]} == {201}
    Report.objects.update(made_at=timezone.now() - timedelta(minutes=50))
    refused = report(ben, made[-1])
    assert "a lot in the last hour" in problem(refused, 429)["detail"]
    assert 500 < int(refused["Retry-After"]) <= 600
    assert report(ben, made[0]).status_code == 200  # the same again is no report more
    Report.objects.update(made_at=timezone.now() - timedelta(minutes=61))
    assert report(ben, made[-1]).status_code == 201


def test_reports_from_one_address_are_limited_with_those_of_the_pages(review, ann, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "report": "2/1h/ip"}
    page = Client().post(f"/report/review/{review.pk}/", {"reason": "abuse"})
    assert page.status_code == 302
    said = about(review, reason="abuse")
    codes = [APIClient().post(REPORTS, said, format="json").status_code for _n in range(2)]
    assert codes == [201, 429]
    assert Report.objects.count() == 2


# --- what one does not see -----------------------------------------------------------------------
def private(review, ann, ben):
    Review.objects.update(is_public=False)


def hidden_by_a_moderator(review, ann, ben):
    Review.objects.update(is_hidden=True)


def removed(review, ann, ben):
    writing.remove_review(ann.person, review.item)


def who_blocked(review, ann, ben):
    acts.block(ann.person, ben.person)


def of_a_closed_account(review, ann, ben):
    User.objects.filter(pk=ann.user.pk).update(is_active=False)


@pytest.mark.parametrize(
    "made_so", [private, hidden_by_a_moderator, removed, who_blocked, of_a_closed_account]
)
@pytest.mark.parametrize("address", [REPORTS, HIDDEN, BLOCKS])
def test_what_one_cannot_see_is_answered_as_what_is_not_there(review, ann, ben, made_so, address):
    made_so(review, ann, ben)
    before = Block.objects.count()
    seen, unseen = (
        ben.post(address, kind="review", id=pk, reason="abuse") for pk in (review.pk, 10**9)
    )
    said, as_said = problem(seen, 400), problem(unseen, 400)
    assert said["errors"] == as_said["errors"]
    assert [error["field"] for error in said["errors"]] == ["id"]
    assert Report.objects.count() == Hiding.objects.count() == 0
    assert Block.objects.count() == before


def test_a_block_does_not_tell_whose_a_private_review_is(review, public_list, ann, ben):
    Review.objects.update(is_public=False)
    assert ben.post(BLOCKS, kind="list", id=public_list.pk).status_code == 201
    assert ben.post(BLOCKS, kind="list", id=public_list.pk).status_code == 200
    assert wrong_fields(ben.post(BLOCKS, **about(review))) == ["id"]


# --- blocking ------------------------------------------------------------------------------------
def test_blocked_people_do_not_see_each_other_until_it_is_taken_back(review, ann, ben, emma):
    by_ben = writing.write_review(ben.person, emma, text="No.", is_public=True)
    answer = ben.post(BLOCKS, **about(review))
    assert answer.status_code == 201
    made = answer.json()
    assert {*made} == {"id", "name", "blocked_at"}
    assert made["name"] == "ann"
    assert ben.client.get(BLOCKS).json()["results"] == [made]
    again = ben.post(BLOCKS, **about(review))
    assert (again.status_code, again.json()) == (200, made)
    assert reviews_seen(ben, emma) == reviews_seen(ann, emma) == []
    assert ben.client.get(f"{API}profiles/{ann.person.pk}/").status_code == 404
    assert ann.ids(BLOCKS) == []
    one = f"{BLOCKS}{made['id']}/"
    assert ann.client.delete(one).status_code == 404
    assert ben.client.delete(one).status_code == 204
    assert ben.client.delete(one).status_code == 404
    assert reviews_seen(ben, emma) == [review.pk]
    assert reviews_seen(ann, emma) == [by_ben.pk]


def test_somebody_is_blocked_by_their_name_and_known_by_a_name_that_no_moderator_hid(ann, ben):
    assert ben.post(BLOCKS, kind="name", id=ann.person.pk).status_code == 201
    things.set_hidden("name", ann.person.pk, hidden=True)
    assert [row["name"] for row in ben.client.get(BLOCKS).json()["results"]] == ["somebody"]


def test_there_is_an_end_of_blocks(review, ben, monkeypatch):
    monkeypatch.setattr(acts, "MOST_BLOCKS", 0)
    refused = problem(ben.post(BLOCKS, **about(review)), 400)
    assert "Unblock somebody first" in refused["detail"]


# --- hiding --------------------------------------------------------------------------------------
def test_what_one_hides_only_that_one_does_not_see(review, public_list, emma, ann, ben):
    answer = ben.post(HIDDEN, **about(review))
    assert answer.status_code == 201
    row = answer.json()
    assert {*row} == {"kind", "id", "title", "hidden_at"}
    assert row["title"] == "A review of Emma"
    assert ben.post(HIDDEN, kind="list", id=public_list.pk).status_code == 201
    again = ben.post(HIDDEN, **about(review))
    assert (again.status_code, again.json()) == (200, row)
    assert reviews_seen(ben, emma) == []
    assert reviews_seen(Somebody("cid"), emma) == [review.pk]
    assert ben.client.get(f"{API}lists/{public_list.pk}/").status_code == 404
    assert ben.ids(HIDDEN) == [public_list.pk, review.pk]
    one = f"{HIDDEN}review/{review.pk}/"
    assert ann.client.delete(one).status_code == 404
    assert ben.client.delete(one).status_code == 204
    assert ben.client.delete(one).status_code == 404
    assert reviews_seen(ben, emma) == [review.pk]


def test_a_hidden_review_that_is_public_no_more_keeps_its_title_to_itself(review, ben):
    ben.post(HIDDEN, **about(review))
    Review.objects.update(is_public=False)
    assert [row["title"] for row in ben.client.get(HIDDEN).json()["results"]] == ["Review"]


def test_names_are_not_hidden(ann, ben):
    assert wrong_fields(ben.post(HIDDEN, kind="name", id=ann.person.pk)) == ["kind"]
    with pytest.raises(acts.Refused, match="Block whose it is"):
        acts.hide_for(ben.person, things.find("name", ann.person.pk, viewer=ben.person))


def test_what_was_blocked_and_hidden_comes_page_by_page_in_few_queries(
    ann, ben, django_assert_max_num_queries
):
    for n in range(6):
        item, other = Item.objects.create(title=f"Item {n}"), Somebody(f"other{n}")
        made = writing.write_review(other.person, item, text="Bad.", is_public=True)
        ben.post(HIDDEN, **about(made))
        Block.objects.create(person=ben.person, blocked=other.person)
    for address in (HIDDEN, BLOCKS):
        with django_assert_max_num_queries(6):
            page = ben.client.get(address, {"page_size": 4}).json()
        rest = ben.client.get(address, {"page_size": 4, "cursor": page["next"]}).json()
        assert (len(page["results"]), len(rest["results"]), rest["next"]) == (4, 2, None)


# --- moderators ----------------------------------------------------------------------------------
@pytest.fixture
def keeper():
    """Staff who may change reports, and nothing else."""
    keeper = Somebody("keeper", is_staff=True)
    keeper.user.user_permissions.add(Permission.objects.get(codename="change_report"))
    return keeper


@pytest.fixture
def made(review, ben):
    report(ben, review, words="Really.")
    return Report.objects.get()


def act(who, made, name, code=200):
    answer = who.client.post(f"{REPORTS}{made.pk}/{name}/")
    assert answer.status_code == code, answer.content
    return answer.json()


def test_the_queue_has_what_waits_the_oldest_first_unless_others_are_asked_for(
    made, public_list, keeper, ben
):
    ben.post(REPORTS, kind="list", id=public_list.pk, reason="spam")
    second = Report.objects.latest("pk")
    assert keeper.ids(REPORTS) == [made.pk, second.pk]
    assert keeper.ids(f"{REPORTS}?kind=list") == keeper.ids(f"{REPORTS}?reason=spam") == [second.pk]
    act(keeper, made, "dismiss")
    assert keeper.ids(REPORTS) == [second.pk]
    assert keeper.ids(f"{REPORTS}?status=dismissed") == [made.pk]
    assert keeper.ids(f"{REPORTS}?status=all") == [made.pk, second.pk]
    row = keeper.client.get(REPORTS).json()["results"][0]
    said = {"kind": "list", "text": "For fools", "about": "ann", "reporter": "ben"}
    assert {name: row[name] for name in said} == said
    for wrong in ("status=shut", "kind=item", "reason=1", "about=1"):
        assert wrong_fields(keeper.client.get(f"{REPORTS}?{wrong}")) == [wrong.partition("=")[0]]


def test_a_report_is_shown_in_its_context(made, ann, keeper, emma, public_list, ben):
    writing.write_review(ann.person, emma, text="I am sorry.", is_public=True)
    ben.post(REPORTS, kind="list", id=public_list.pk, reason="spam")
    said = keeper.client.get(f"{REPORTS}{made.pk}/").json()
    assert (said["text"], said["words"]) == ("You all are fools.", "Really.")
    assert (said["now"]["text"], said["now"]["title"]) == ("I am sorry.", "Emma")
    assert said["now"]["url"].startswith("http://testserver/items/")
    assert said["has_changed"] is True
    assert said["is_hidden"] is said["is_suspended"] is False
    assert said["possible"] == ["hide", "dismiss", "suspend"]
    assert [one["kind"] for one in said["others"]] == ["list"]
    assert said["log"] == []
    ben.person.delete()
    Review.objects.all().delete()
    said = keeper.client.get(f"{REPORTS}{made.pk}/").json()
    assert (said["reporter"], said["now"]) == (None, None)


def test_a_moderator_hides_takes_it_back_and_dismisses(made, review, emma, ben, ann, keeper):
    other = Somebody("cid")
    report(other, review)
    said = act(keeper, made, "hide")
    assert (said["status"], said["is_hidden"], said["handled_by"]) == ("upheld", True, "keeper")
    assert said["possible"] == ["reopen", "suspend"]
    assert Report.objects.filter(status="upheld").count() == 2
    assert reviews_seen(ben, emma) == []
    assert act(keeper, made, "hide") == said  # it is so already
    refused = keeper.client.post(f"{REPORTS}{made.pk}/dismiss/")
    assert "it allows: reopen, suspend" in problem(refused, 409)["detail"]
    assert act(keeper, made, "reopen")["status"] == "open"
    assert reviews_seen(ben, emma) == [review.pk]
    said = act(keeper, made, "dismiss")
    assert said["status"] == "dismissed"
    assert [(one["by"], one["what"]) for one in said["log"]] == [
        ("keeper", f"Dismissed, shown: review {review.pk}"),
        ("keeper", f"Reopened, shown: review {review.pk}"),
        ("keeper", f"Hidden: review {review.pk}"),
    ]


def test_a_decision_is_not_taken_back_where_the_same_was_reported_again(made, review, ben, keeper):
    act(keeper, made, "dismiss")
    report(ben, review)
    refused = keeper.client.post(f"{REPORTS}{made.pk}/reopen/")
    assert "reported it again since" in problem(refused, 409)["detail"]


def test_an_account_is_shut_and_opened_again(made, review, emma, ann, ben, keeper):
    said = act(keeper, made, "suspend")
    assert said["is_suspended"] is True
    assert said["possible"] == ["hide", "dismiss", "readmit"]
    assert act(keeper, made, "suspend") == said
    assert reviews_seen(ben, emma) == []
    assert not ann.client.get("/").wsgi_request.user.is_authenticated
    assert act(keeper, made, "readmit")["is_suspended"] is False
    assert reviews_seen(ben, emma) == [review.pk]


def test_staff_are_not_suspended(keeper, ben):
    boss = Somebody("boss", is_staff=True)
    ben.post(REPORTS, kind="name", id=boss.person.pk, reason="other")
    refused = keeper.client.post(f"{REPORTS}{Report.objects.get().pk}/suspend/")
    assert "belongs to the staff" in problem(refused, 409)["detail"]
    boss.user.refresh_from_db()
    assert boss.user.is_active


def test_only_moderators_read_and_settle(made, ann, ben, keeper):
    helper = Somebody("helper", is_staff=True)
    reader = Somebody("reader", is_staff=True)
    reader.user.user_permissions.add(Permission.objects.get(codename="view_report"))
    one = f"{REPORTS}{made.pk}/"
    for who, codes in [(ben, [403] * 3), (helper, [403] * 3), (reader, [200, 200, 403])]:
        answers = (who.client.get(REPORTS), who.client.get(one), who.client.post(f"{one}hide/"))
        assert [answer.status_code for answer in answers] == codes
    assert keeper.client.post(f"{one}delete/").status_code == 404
    assert keeper.client.get(f"{REPORTS}{made.pk + 1}/").status_code == 404
    made.refresh_from_db()
    assert made.is_open
    assert not LogEntry.objects.exists()


def test_the_queue_takes_as_many_queries_however_long_it_is(keeper, ann):
    def asked(name):
        item = Item.objects.create(title=name)
        made = writing.write_review(ann.person, item, text="Bad.", is_public=True)
        report(Somebody(name), made)
        with CaptureQueriesContext(connection) as queries:
            length = len(keeper.client.get(REPORTS).json()["results"])
        return length, len(queries)

    (one, first), (two, second), (three, third) = map(asked, ("ben", "cid", "dan"))
    assert (one, two, three) == (1, 2, 3)
    assert first == second == third
