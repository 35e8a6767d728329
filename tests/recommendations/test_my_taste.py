"""My taste: figures with known answers, others only in numbers, nobody sees another's."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from PIL import Image

from catalog import privacy, services
from catalog.models import Attribute, Item, ItemAttribute, Person, Rating, User
from recommendations.my_taste import figures, pictures, poster, year
from recommendations.my_taste.community import FEWEST_PEOPLE, read_community
from recommendations.my_taste.lettering import runs, wrapped
from recommendations.my_taste.own import own_ratings
from tests.recommendations.worlds import published

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
QUERIES_FIRST, QUERIES = 17, 10
"""Of a member's page: with everybody's table to be read, and with it remembered."""


def make(title, *, year=None, **attributes):
    item = Item.objects.create(title=title, year=year)
    for kind, names in attributes.items():
        for name in names:
            attribute, _ = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    services.refresh_item_text(item)
    return item


def rate(person, item, stars, *, day=0):
    return services.rate_item(person, item, stars=stars, at=NOON + timedelta(days=day))


def crowd(count=FEWEST_PEOPLE, **fields):
    return [Person.objects.create(**fields) for _ in range(count)]


@pytest.fixture
def member():
    user = User.objects.create_user("anna", password="a-long-password")
    return Person.objects.create(user=user)


@pytest.fixture
def page(client, member):
    client.force_login(member.user)
    return lambda path="/my/taste/": client.get(path).content.decode()


def genres_of(person):
    own = own_ratings(person)
    return {group.name: group for group in figures.genres(own, own.others(read_community()))}


# --- figures -------------------------------------------------------------------------------------
def test_a_genre_is_held_against_what_the_others_gave_the_same_items(member):
    emma = make("Emma", genres=["Romance"])
    rate(member, emma, 5)
    for person, stars in zip(crowd(), (1, 2, 3, 4, 5), strict=True):
        rate(person, emma, stars)
    group = genres_of(member)["Romance"]
    assert (group.count, group.mean, group.others, group.beyond) == (1, 5.0, 3.0, 2.0)


def test_decades_stand_in_order_and_items_without_a_year_in_none(member):
    for title, when in (("Emma", 1815), ("Persuasion", 1817), ("Ulysses", 1922), ("?", None)):
        rate(member, make(title, year=when), 4)
    own = own_ratings(member)
    found = figures.decades(own, own.others(read_community()))
    assert [(group.name, group.count) for group in found] == [("1810s", 2), ("1920s", 1)]


def test_the_most_unusual_are_those_farthest_from_the_others(member):
    items = [make(title) for title in ("Loved", "As others", "Loathed")]
    for item, own, others in zip(items, (5, 3, 1), (2, 3, 4.5), strict=True):
        rate(member, item, own)
        for person in crowd():
            rate(person, item, others)
    likes, dislikes = figures.unusual(own_ratings(member))
    assert [(odd.item_id, odd.stars, odd.others, odd.people) for odd in likes] == [
        (items[0].pk, 5.0, 2.0, 5)
    ]
    assert [odd.item_id for odd in dislikes] == [items[2].pk]


def test_a_creator_rated_often_comes_before_one_rated_highest_twice(member):
    makers = []
    for name, stars in (("Austen", 5), ("Austen", 5), ("Austen", 5), ("Twice", 5), ("Twice", 5)):
        makers.append((rate(member, make(name), stars).item_id, name))
    for name in ("Low", "Low", "Once"):
        makers.append((rate(member, make(name), 1).item_id, name))
    found = figures.creators(own_ratings(member), makers)
    assert [(creator.name, creator.count, creator.mean) for creator in found] == [
        ("Austen", 3, 5.0),
        ("Twice", 2, 5.0),
    ]


def test_the_longest_streak_is_counted_in_days_on_which_something_was_rated(member):
    for n, day in enumerate((0, 1, 1, 5, 6, 7, 20)):
        rate(member, make(f"Item {n}"), 4, day=day)
    streak = figures.longest_streak(own_ratings(member))
    assert streak.days == 3
    assert date.fromordinal(streak.last) == date(2025, 3, 8)


def test_the_histogram_gives_shares_of_ones_own_and_of_the_others_alone(member):
    emma = make("Emma")
    rate(member, emma, 5)
    for person in crowd(10):
        rate(person, emma, 3)
    own = own_ratings(member)
    picture = pictures.histogram(own, own.others(read_community()))
    assert picture.rows[5] == ("3 stars", "0.0 %", "100.0 %")
    assert picture.rows[9] == ("5 stars", "100.0 %", "0.0 %")


def test_a_short_time_is_drawn_by_months_and_a_long_one_by_years(member):
    rate(member, make("First"), 4)
    rate(member, make("Second"), 2, day=31)
    months = pictures.over_time(own_ratings(member))
    assert [row[:2] for row in months.rows][-2:] == [("March 2025", "1"), ("April 2025", "1")]
    Rating.objects.filter(item__title="First").update(rated_at=NOON.replace(year=2015))
    years = pictures.over_time(own_ratings(member))
    assert [row[0] for row in years.rows] == [str(each) for each in range(2015, 2026)]


# --- others are numbers --------------------------------------------------------------------------
def test_with_one_other_person_too_few_nothing_is_said_of_the_others(member):
    emma = make("Emma", genres=["Romance"])
    rate(member, emma, 5)
    for person in crowd(FEWEST_PEOPLE - 1):
        rate(person, emma, 1)
    own = own_ratings(member)
    others = own.others(read_community())
    assert genres_of(member)["Romance"].others is None
    assert figures.unusual(own) == ([], [])
    assert figures.kindness(own) is None
    assert pictures.histogram(own, others).line is None


def test_one_person_with_many_ratings_is_not_many_people(member):
    busy = Person.objects.create()
    for n in range(20):
        item = make(f"Item {n}", genres=["Romance"])
        rate(busy, item, 1)
        rate(member, item, 5)
    assert genres_of(member)["Romance"].others is None


def test_who_is_private_counts_in_no_figure(member):
    emma = make("Emma", genres=["Romance"])
    rate(member, emma, 5)
    for person in crowd():
        rate(person, emma, 4)
    for person in crowd(7, is_private=True):
        rate(person, emma, 1)
    own = own_ratings(member)
    assert genres_of(member)["Romance"].others == 4.0
    assert own.other_counts.tolist() == [FEWEST_PEOPLE]
    assert read_community().histogram.tolist() == [0, 0, 0, 0, 0, 0, 0, 5, 0, 1]


def test_somebody_private_sees_their_own_and_the_others_like_everyone(member):
    emma = make("Emma", genres=["Romance"])
    privacy.choose(member, is_private=True)
    rate(member, emma, 5)
    for person in crowd():
        rate(person, emma, 3)
    assert genres_of(member)["Romance"].others == 3.0


# --- pages ---------------------------------------------------------------------------------------
def test_without_ratings_the_page_says_what_to_do(client):
    text = client.get("/my/taste/").content.decode()
    assert "blank page" in text
    assert "/browse/?sort=popular" in text


def test_a_member_and_a_visitor_see_their_own_and_nobody_elses(client, member, page):
    rate(member, make("Only Anna rated this"), 5)
    assert "2025" in page()
    assert "Only Anna rated this" in page("/my/taste/2025/")
    other = Client()
    emma = make("Emma")
    other.post(f"/items/{emma.pk}/rate/", {"stars": "4"})
    for path in ("/my/taste/", "/my/taste/2025/"):
        assert "Only Anna" not in other.get(path).content.decode()
    assert other.get("/my/taste/ratings.json").json() == {"ids": [emma.pk], "half_stars": [8]}
    assert other.get("/my/taste/2025/wide.png").status_code == 404
    assert client.get("/my/taste/2025/wide.png").status_code == 200


def test_personal_answers_are_kept_by_no_cache(client, member, page):
    rate(member, make("Emma"), 5)
    for path in ("", "ratings.json", "2025/", "2025/wide.png"):
        answer = client.get(f"/my/taste/{path}")
        assert "private" in answer["Cache-Control"]
        assert "no-store" in answer["Cache-Control"]
        assert "Cookie" in answer["Vary"]


def test_a_withdrawn_item_is_nowhere(client, member, page):
    gone = make("Withdrawn")
    rate(member, gone, 5)
    Item.objects.filter(pk=gone.pk).update(is_listed=False)
    assert "blank page" in page()
    assert client.get("/my/taste/ratings.json").json()["ids"] == []


@pytest.mark.parametrize("count", [3, 60])
def test_the_page_takes_the_same_queries_however_much_was_rated(
    client, member, page, count, django_assert_max_num_queries
):
    people = crowd()
    for n in range(count):
        item = make(f"Item {n}", year=1900 + n, genres=["Romance"], authors=["Austen"])
        rate(member, item, 5, day=n)
        for person in people:
            rate(person, item, 2)
    published("markov", has_map=True)
    with django_assert_max_num_queries(QUERIES_FIRST):
        assert "Where you differ most" in page()
    with django_assert_max_num_queries(QUERIES):
        page()


# --- a year --------------------------------------------------------------------------------------
def test_a_year_names_favourites_and_says_itself_in_words(member):
    for n in range(4):
        rate(member, make(f"Gothic {n}", genres=["Gothic"]), 3, day=n)
    emma = make("Emma", genres=["Romance"])
    rate(member, emma, 5, day=9)
    rate(member, make("Another year"), 5, day=400)
    for person in crowd():
        rate(person, emma, 2)
    review = year.review_of(own_ratings(member), 2025, read_community())
    assert review.count == 5
    assert review.by_month == [0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert review.favourites[0].item == emma
    assert review.sentences == [
        "Most of it was Gothic (4) and Romance (1).",
        "You gave 3.0 stars more than others gave the same titles.",
        "You stood up for “Emma”: 5 stars, where others give 2.0.",
        "You rated something on 4 days in a row, until March 4, 2025.",
    ]


@pytest.mark.parametrize("shape", poster.SHAPES)
def test_the_picture_of_a_year_is_a_png_of_its_size(client, member, page, shape):
    for n in range(8):
        title = f"A title that is much too long for any picture, number {n}, and longer still"
        rate(member, make(title, authors=["Somebody With A Long Name"], genres=["Gothic"]), 4.5)
    rate(member, make("百年孤独 🎈"), 5)
    answer = client.get(f"/my/taste/2025/{shape}.png")
    assert answer["Content-Type"] == "image/png"
    assert "attachment" in answer["Content-Disposition"]
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.format == "PNG"
    assert picture.size == {"wide": (1200, 630), "tall": (1080, 1350)}[shape]


def test_a_year_without_ratings_says_so_and_has_no_picture(client, member, page):
    rate(member, make("Emma"), 5)
    assert "You rated nothing in 2019" in page("/my/taste/2019/")
    assert client.get("/my/taste/2019/wide.png").status_code == 404
    assert client.get("/my/taste/2025/square.png").status_code == 404
    assert client.get("/my/taste/99999/").status_code == 404


def test_letters_come_from_the_first_font_that_has_them_and_others_are_left_out():
    assert runs("Emma", "serif") == [("serif", "Emma")]
    assert runs("Ψ a 🎈", "serif") == [("others", "Ψ"), ("serif", " a ")]
    lines = wrapped("one two three four five six", "sans", 20, width=80, most=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
