"""Reporting, hiding, blocking, and the moderators' queue, with two and three people each."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from catalog import privacy, services
from catalog.blocks import Block, Hiding
from catalog.models import Item, Person, User
from catalog.moderation import acts, things
from catalog.own import writing
from catalog.own.models import List, Review
from catalog.reports import Report

pytestmark = pytest.mark.django_db
PASSWORD = "a-quiet-lighthouse-42"


def member(name):
    return Person.objects.create(
        user=User.objects.create_user(name, password=PASSWORD), is_public=True
    )


def client_of(person):
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return member("ann")


@pytest.fixture
def ben():
    return member("ben")


@pytest.fixture
def review(ann, emma):
    return writing.write_review(ann, emma, text="You all are fools.", is_public=True)


@pytest.fixture
def public_list(ann):
    return writing.make_list(ann, writing.ListWords(title="For fools", is_public=True))


@pytest.fixture
def keeper():
    return User.objects.create_superuser("keeper", password=PASSWORD)


def address(thing, act=""):
    kind = "review" if isinstance(thing, Review) else "list"
    return f"/report/{kind}/{thing.pk}/{act}"


def report(client, thing, **more):
    return client.post(address(thing), {"reason": "abuse", **more})


# --- reporting ------------------------------------------------------------------------------------
def test_a_visitor_and_a_member_report_a_review_with_its_words(review, ben, client):
    assert "You all are fools." in client.get(address(review)).content.decode()
    assert Person.objects.count() == 2
    assert report(client, review, words="Really.").status_code == 302
    assert report(client_of(ben), review).status_code == 302
    first, second = Report.objects.order_by("pk")
    assert (first.text, first.words, first.about) == (
        "You all are fools.",
        "Really.",
        review.person,
    )
    assert second.reporter == ben


def test_a_list_and_a_name_are_reported_too(public_list, ann, ben):
    client = client_of(ben)
    report(client, public_list)
    client.post(f"/report/name/{ann.pk}/", {"reason": "hate"})
    assert list(Report.objects.order_by("pk").values_list("kind", "text")) == [
        ("list", "For fools"),
        ("name", "ann"),
    ]


def test_what_one_cannot_see_one_cannot_report_hide_or_block(review, ben, client):
    Review.objects.update(is_public=False)
    for asking in (client, client_of(ben)):
        assert asking.get(address(review)).status_code == 404
        for act in ("", "hide/", "block/"):
            assert asking.post(address(review, act), {"reason": "abuse"}).status_code == 404
    assert Report.objects.count() == Hiding.objects.count() == Block.objects.count() == 0


@pytest.mark.parametrize("path", ["/report/review/99/", "/report/item/1/", "/report/name/99/"])
def test_what_is_not_there_is_not_there(path, client):
    assert client.get(path).status_code == 404


def test_nobody_reports_hides_or_blocks_themselves(review, ann):
    client = client_of(ann)
    assert report(client, review).status_code == 422
    client.post(address(review, "hide/"))
    client.post(address(review, "block/"))
    assert Report.objects.count() == Hiding.objects.count() == Block.objects.count() == 0


def test_the_same_is_reported_once_and_a_reason_is_asked_for(review, ben):
    client = client_of(ben)
    page = client.post(address(review), {"words": "Because."})
    assert page.status_code == 422
    assert "Choose a reason" in page.content.decode()
    assert "Because." in page.content.decode()
    report(client, review)
    again = report(client, review)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    assert Report.objects.count() == 1


def test_reports_of_a_person_are_limited(ann, ben):
    for n in range(acts.MOST_REPORTS + 2):
        item = Item.objects.create(title=f"Item {n}")
        made = writing.write_review(ann, item, text="Bad.", is_public=True)
        client = client_of(ben)
        page = report(client, made)
    assert page.status_code == 422
    assert Report.objects.count() == acts.MOST_REPORTS


def test_reports_from_one_address_are_limited_however_many_browsers(ann, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "report": "3/1h/ip"}
    made = [
        writing.write_review(
            ann, Item.objects.create(title=f"Item {n}"), text="Bad.", is_public=True
        )
        for n in range(5)
    ]
    pages = [report(Client(), review).status_code for review in made]
    assert pages == [302, 302, 302, 422, 422]
    assert Report.objects.count() == 3


# --- hiding and blocking --------------------------------------------------------------------------
def seen(viewer):
    return (
        list(Review.objects.visible_to(viewer).values_list("pk", flat=True)),
        list(List.objects.visible_to(viewer).values_list("pk", flat=True)),
    )


def test_what_one_hides_only_that_one_does_not_see(review, public_list, ben):
    client = client_of(ben)
    client.post(address(review, "hide/"))
    assert seen(ben) == ([], [public_list.pk])
    assert seen(None) == seen(member("cid")) == ([review.pk], [public_list.pk])
    assert "A review of Emma" in client.get("/my/privacy/unseen/").content.decode()
    client.post(f"/my/privacy/unseen/review/{review.pk}/")
    assert seen(ben) == ([review.pk], [public_list.pk])


def test_blocked_people_do_not_see_each_other(review, public_list, ann, ben, emma):
    by_ben = writing.write_review(ben, emma, text="No.", is_public=True)
    client = client_of(ben)
    client.post(address(review, "block/"))
    assert seen(ben) == ([by_ben.pk], [])
    assert seen(ann) == ([review.pk], [public_list.pk])
    assert sorted(seen(member("cid"))[0]) == sorted([review.pk, by_ben.pk])
    assert client.get(address(review)).status_code == 404
    assert client_of(ann).get(address(by_ben)).status_code == 404
    assert things.find("name", ann.pk, viewer=ben) is None


def test_only_who_blocked_unblocks(review, ann, ben):
    client_of(ben).post(address(review, "block/"))
    made = Block.objects.get()
    for other in (client_of(ann), Client()):
        assert other.post(f"/my/privacy/unseen/unblock/{made.pk}/").status_code == 404
    client_of(ben).post(f"/my/privacy/unseen/unblock/{made.pk}/")
    assert not Block.objects.exists()


def test_what_a_visitor_hid_stays_hidden_when_they_sign_in(review, ben):
    client = Client()
    client.post(address(review, "hide/"))
    client.post("/account/login/", {"login": "ben", "password": PASSWORD})
    assert seen(ben) == ([], [])
    assert Hiding.objects.get().person == ben


def test_public_reviews_and_lists_can_be_shut_off_all_at_once(review, public_list, ann):
    client_of(ann).post("/my/privacy/", {"recording": "all", "shows_lists": "on"})
    assert seen(None) == ([], [public_list.pk])
    assert seen(ann) == ([review.pk], [public_list.pk])


def test_stars_beside_a_review_are_seen_by_those_who_may_see_ratings(review, ann, ben, emma):
    rating = services.rate_item(ann, emma, stars=1)
    other = client_of(ben)

    def stars_seen():
        return [r.half_stars for r in Review.objects.visible_to(ben).with_authors(ben)]

    assert stars_seen() == [None]
    assert "1 star" not in other.get(f"/people/{ann.pk}/").content.decode()
    privacy.choose(ann, shows_ratings=True)
    assert stars_seen() == [2]
    assert "Rated highest" in other.get(f"/people/{ann.pk}/").content.decode()
    privacy.keep_private(rating, is_private=True)
    assert stars_seen() == [None]
    assert "Rated highest" not in other.get(f"/people/{ann.pk}/").content.decode()
    assert [r.half_stars for r in Review.objects.visible_to(ann).with_authors(ann)] == [2]


def test_shelves_are_seen_where_their_owner_shows_them(ann, ben, emma):
    services.shelve_item(ann, emma, shelf="want")
    client = client_of(ben)
    assert "On the shelves" not in client.get(f"/people/{ann.pk}/").content.decode()
    client_of(ann).post("/my/privacy/", {"recording": "all", "shows_shelves": "on"})
    assert "On the shelves" in client.get(f"/people/{ann.pk}/").content.decode()


def test_a_person_who_blocked_another_has_no_page_for_them(ann, ben):
    acts.block(ann, ben)
    assert client_of(ben).get(f"/people/{ann.pk}/").status_code == 404
    assert Client().get(f"/people/{ann.pk}/").status_code == 200


# --- moderators -----------------------------------------------------------------------------------
def press(user, made, name):
    client = Client()
    client.force_login(user)
    return client.post(f"/admin/catalog/report/{made.pk}/{name}/")


def test_a_moderator_hides_and_takes_it_back(review, ben, ann, keeper):
    first = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")
    second = acts.report(
        Person.objects.create(), things.find("review", review.pk, viewer=None), reason="spam"
    )
    press(keeper, first, "hide")
    assert seen(None)[0] == []
    assert seen(ann)[0] == [review.pk]
    second.refresh_from_db()
    assert (second.status, second.handled_by) == ("upheld", keeper)
    press(keeper, first, "reopen")
    first.refresh_from_db()
    assert first.is_open
    assert seen(None)[0] == [review.pk]
    press(keeper, first, "dismiss")
    first.refresh_from_db()
    assert first.status == "dismissed"
    log = LogEntry.objects.filter(object_id=str(first.pk)).order_by("pk")
    said = [entry.get_change_message() for entry in log]
    assert said == [
        f"Hidden: review {review.pk}",
        f"Reopened, shown: review {review.pk}",
        f"Dismissed, shown: review {review.pk}",
    ]


def test_a_reported_name_is_hidden_and_shown_again(ann, ben, keeper):
    made = acts.report(ben, things.find("name", ann.pk, viewer=ben), reason="hate")
    press(keeper, made, "hide")
    assert things.find_any("name", ann.pk).title == "somebody"
    press(keeper, made, "reopen")
    assert things.find_any("name", ann.pk).title == "ann"


def test_a_suspended_member_is_out_and_nothing_of_theirs_is_seen(review, ann, ben, keeper):
    client = Client()
    client.post("/account/login/", {"login": "ann", "password": PASSWORD})
    made = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")
    press(keeper, made, "suspend")
    assert not client.get("/").wsgi_request.user.is_authenticated
    assert seen(None)[0] == []
    client.post("/account/login/", {"login": "ann", "password": PASSWORD})
    assert not client.get("/").wsgi_request.user.is_authenticated
    press(keeper, made, "readmit")
    client.post("/account/login/", {"login": "ann", "password": PASSWORD})
    assert client.get("/").wsgi_request.user.is_authenticated
    assert seen(None)[0] == [review.pk]


def test_staff_cannot_be_suspended_from_the_queue(ben, keeper):
    boss = Person.objects.create(user=keeper, is_public=True)
    made = acts.report(ben, things.find("name", boss.pk, viewer=ben), reason="other")
    press(keeper, made, "suspend")
    keeper.refresh_from_db()
    assert keeper.is_active


@pytest.mark.parametrize("name", ["hide", "dismiss", "reopen", "suspend", "readmit"])
def test_buttons_are_for_moderators_and_posts_only(review, ben, keeper, name):
    made = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")
    path = f"/admin/catalog/report/{made.pk}/{name}/"
    helper = User.objects.create_user("helper", password=PASSWORD, is_staff=True)
    assert press(helper, made, name).status_code == 403
    assert client_of(ben).post(path).status_code == 302
    assert Client().post(path).status_code == 302
    client = Client()
    client.force_login(keeper)
    assert client.get(path).status_code == 405
    made.refresh_from_db()
    assert made.is_open
    assert seen(None)[0] == [review.pk]


def test_the_queue_shows_what_is_open_with_its_context(review, ben, emma, admin_client):
    made = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")
    done = acts.report(
        Person.objects.create(), things.find("review", review.pk, viewer=None), reason="spam"
    )
    Report.objects.filter(pk=done.pk).update(status="dismissed")
    queue = admin_client.get("/admin/catalog/report/")
    assert list(queue.context["cl"].queryset) == [made]
    everything = admin_client.get("/admin/catalog/report/?status=all")
    assert len(everything.context["cl"].queryset) == 2
    writing.write_review(review.person, emma, text="I am sorry.", is_public=True)
    page = admin_client.get(f"/admin/catalog/report/{made.pk}/change/").content.decode()
    for words in ("You all are fools.", "I am sorry.", "It insults", "Where it stands: Emma"):
        assert words in page
    assert f"/admin/catalog/report/{done.pk}/change/" in page


def test_a_report_has_the_buttons_that_make_sense_for_it(review, ann, ben, keeper, admin_client):
    made = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")

    def buttons():
        page = admin_client.get(f"/admin/catalog/report/{made.pk}/change/").content.decode()
        return [name for name in acts.DECISIONS if f"/{made.pk}/{name}/" in page]

    assert buttons() == ["hide", "dismiss", "suspend"]
    press(keeper, made, "hide")
    assert buttons() == ["reopen", "suspend"]
    press(keeper, made, "suspend")
    assert buttons() == ["reopen", "readmit"]


def test_reports_about_a_person_go_with_them_and_those_they_made_lose_their_name(review, ann, ben):
    made = acts.report(ben, things.find("review", review.pk, viewer=ben), reason="abuse")
    ben.delete()
    made.refresh_from_db()
    assert made.reporter is None
    ann.delete()
    assert not Report.objects.exists()
