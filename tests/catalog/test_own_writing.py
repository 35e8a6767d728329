"""Lists and reviews: only their maker changes them, what is public is seen by all, nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog import services
from catalog.models import Item, Person, User
from catalog.own import writing
from catalog.own.models import MAX_REVIEW, List, ListEntry, Review
from catalog.own.text import clean, paragraphs, without_spoilers
from catalog.own.writing import ListWords, Refused
from catalog.tasks import forget_removed

pytestmark = pytest.mark.django_db


def member(name):
    user = User.objects.create_user(name, password="x")
    return Person.objects.create(user=user)


@pytest.fixture
def ann():
    return member("ann")


@pytest.fixture
def ben():
    return member("ben")


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


def titles(made):
    return list(made.entries.values_list("item__title", flat=True))


def list_of(person, *names, **words):
    made = writing.make_list(person, ListWords(title="Best", **words))
    for name in names:
        writing.add_to_list(person, made.pk, Item.objects.create(title=name))
    return made


# --- lists ---------------------------------------------------------------------------------------
def test_a_list_keeps_its_order_while_items_come_move_and_go(ann):
    made = list_of(ann, "A", "B", "C")
    a, b, c = (Item.objects.get(title=title) for title in "ABC")
    writing.move_entry(ann, made.pk, c, to=1)
    assert titles(made) == ["C", "A", "B"]
    assert writing.move_entry(ann, made.pk, c, to=99) == 3
    assert titles(made) == ["A", "B", "C"]
    gone = writing.take_off_list(ann, made.pk, b)
    assert titles(made) == ["A", "C"]
    writing.add_to_list(ann, made.pk, b, at=gone.position)
    assert titles(made) == ["A", "B", "C"]
    assert list(made.entries.values_list("position", flat=True)) == [1, 2, 3]
    writing.add_to_list(ann, made.pk, a)
    assert titles(made) == ["A", "B", "C"]


def test_a_list_needs_a_title_of_one_line_and_a_sane_length(ann):
    for title in ("", "  \n ", "\0", "x" * 151):
        with pytest.raises(Refused):
            writing.make_list(ann, ListWords(title=title))
    assert writing.make_list(ann, ListWords(title=" a \n b\0 ")).title == "a b"


def test_nobody_else_changes_a_list(ann, ben, emma):
    made = list_of(ann, "A", is_public=True)
    on_it = Item.objects.get(title="A")
    for attempt in (
        lambda: writing.change_list(ben, made.pk, ListWords(title="Mine now")),
        lambda: writing.add_to_list(ben, made.pk, emma),
        lambda: writing.take_off_list(ben, made.pk, on_it),
        lambda: writing.move_entry(ben, made.pk, on_it, to=1),
        lambda: writing.note_entry(ben, made.pk, on_it, note="x"),
        lambda: writing.remove_list(ben, made.pk),
    ):
        with pytest.raises(List.DoesNotExist):
            attempt()
    writing.remove_list(ann, made.pk)
    with pytest.raises(List.DoesNotExist):
        writing.restore_list(ben, made.pk)
    assert writing.restore_list(ann, made.pk).entries.count() == 1


def test_a_public_list_is_seen_by_all_until_hidden_removed_or_its_maker_is_barred(ann, ben):
    made = list_of(ann, "A")
    private = list(List.objects.visible_to(ben)), list(List.objects.public())
    assert private == ([], [])
    writing.change_list(ann, made.pk, ListWords(title="Best", is_public=True))
    assert list(List.objects.visible_to(ben)) == list(List.objects.public()) == [made]
    List.objects.update(is_hidden=True)
    assert not List.objects.visible_to(ben).exists()
    assert List.objects.visible_to(ann).exists()
    List.objects.update(is_hidden=False)
    User.objects.filter(username="ann").update(is_active=False)
    assert not List.objects.public().exists()
    writing.remove_list(ann, made.pk)
    assert not List.objects.visible_to(ann).exists()


def test_a_visitor_keeps_things_private(emma):
    visitor = Person.objects.create(session_key="v")
    with pytest.raises(Refused, match="Sign up"):
        writing.make_list(visitor, ListWords(title="Best", is_public=True))
    with pytest.raises(Refused, match="Sign up"):
        writing.write_review(visitor, emma, text="Good", is_public=True)
    assert writing.write_review(visitor, emma, text="Good").is_public is False


def test_what_was_removed_can_be_brought_back_for_an_hour_and_is_then_gone(ann, emma):
    made, review = list_of(ann, "A"), writing.write_review(ann, emma, text="Good")
    writing.remove_list(ann, made.pk)
    writing.remove_review(ann, emma)
    assert forget_removed().startswith("0 ")
    long_ago = timezone.now() - timedelta(hours=1, minutes=1)
    List.objects.update(removed_at=long_ago)
    Review.objects.update(removed_at=long_ago)
    with pytest.raises(List.DoesNotExist):
        writing.restore_list(ann, made.pk)
    with pytest.raises(Review.DoesNotExist):
        writing.restore_review(ann, review.pk)
    assert forget_removed().startswith("2 ")
    assert not List.objects.exists()
    assert not ListEntry.objects.exists()
    assert not Review.objects.exists()


# --- reviews -------------------------------------------------------------------------------------
def test_a_review_is_one_per_item_edited_in_place_and_no_rating(ann, emma):
    first = writing.write_review(ann, emma, text="Good", is_public=True)
    again = writing.write_review(ann, emma, text="Better", has_spoilers=True)
    assert first.pk == again.pk
    assert again.edited_at is not None
    assert (again.is_public, again.has_spoilers) == (False, True)
    emma.refresh_from_db()
    assert emma.rating_count == 0
    with pytest.raises(Refused, match="10000 characters; this one has 10001"):
        writing.write_review(ann, emma, text="x" * (MAX_REVIEW + 1))
    with pytest.raises(Refused):
        writing.write_review(ann, emma, text=" \0\n ")
    assert Review.objects.get().text == "Better"


def test_a_removed_review_comes_back_unless_another_was_written(ann, ben, emma):
    review = writing.write_review(ann, emma, text="Good")
    writing.remove_review(ann, emma)
    with pytest.raises(Review.DoesNotExist):
        writing.restore_review(ben, review.pk)
    assert writing.restore_review(ann, review.pk).text == "Good"
    writing.remove_review(ann, emma)
    writing.write_review(ann, emma, text="Anew")
    with pytest.raises(Refused, match="another review"):
        writing.restore_review(ann, review.pk)


def test_joining_keeps_a_visitors_lists_and_the_later_of_two_reviews(ann, emma):
    visitor = Person.objects.create(session_key="v")
    list_of(visitor, "A")
    other = Item.objects.create(title="Other")
    writing.write_review(ann, emma, text="old")
    writing.write_review(visitor, emma, text="new")
    writing.write_review(visitor, other, text="theirs")
    services.adopt_visitor(visitor, member=ann)
    assert [made.title for made in ann.lists.all()] == ["Best"]
    assert set(ann.reviews.values_list("text", flat=True)) == {"new", "theirs"}


# --- text ----------------------------------------------------------------------------------------
def test_spoilers_are_folded_wherever_they_begin_and_end():
    html = paragraphs("It was ||the\n\nbutler|| indeed.\n\nA || B")
    assert html.count("<details") == 1
    assert "<span>the<br><br>butler</span></details> indeed.</div>" in html
    assert html.endswith('<div class="para" dir="auto">A || B</div>')
    assert without_spoilers("It was ||the butler||.") == "It was …."
    assert paragraphs("||||") == '<div class="para" dir="auto">||||</div>'
    assert paragraphs("") == ""


@given(st.text(alphabet=st.sampled_from('<>&"|\n\r\0\u202e\u2067\u200fab '), max_size=60))
def test_no_text_escapes_its_paragraph(text):
    kept = clean(text)
    assert not set(kept) & set("\0\r\u202e\u2067")
    assert kept == clean(kept)
    html = paragraphs(kept)
    for tag in ("<br>", '<div class="para" dir="auto">', "</div>", "</span></details>"):
        html = html.replace(tag, "")
    html = html.replace('<details class="spoiler"><summary>Spoiler</summary><span>', "")
    assert "<" not in html
    assert '"' not in html
    opened = paragraphs(kept)
    assert opened.count("<div") == opened.count("</div>")
    assert opened.count("<details") == opened.count("</details>")
