"""Lists and reviews by the Python client, against the live site; what is made is made once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from catalogue_client import ApiError, Client, Unreachable

from catalog.models import Item, User
from tests.clients.test_python_client import answering
from tests.tokens import secret_of


@pytest.fixture
def books(transactional_db):
    titles = ("Emma", "Persuasion", "Sanditon")
    return [Item.objects.create(title=title) for title in titles]


@pytest.fixture
def ann(live_server, transactional_db) -> Iterator[Client]:
    with Client(live_server.url, secret_of(User.objects.create_user("ann"))) as made:
        yield made


def test_a_list_is_made_filled_ordered_shown_and_removed(ann, live_server, books):
    made = ann.make_list("Best", is_ranked=True)
    assert (made.title, made.is_ranked, made.is_public, made.size) == ("Best", True, False, 0)
    for book in books:
        ann.add_to_list(made.id, book.pk, note=book.title.lower())
    moved = ann.change_on_list(made.id, books[2].pk, position=1)
    assert (moved.item.title, moved.position, moved.note) == ("Sanditon", 1, "sanditon")
    ann.take_off_list(made.id, books[0].pk)
    assert [entry.item.title for entry in ann.my_list_items(made.id)] == ["Sanditon", "Persuasion"]
    assert ann.change_list(made.id, is_public=True).title == "Best"
    with Client(live_server.url) as anybody:
        shown = anybody.public_list(made.id)
        assert (shown.maker and shown.maker.name, shown.size) == ("ann", 2)
        assert len(list(anybody.public_list_items(made.id))) == 2
        ann.remove_list(made.id)
        with pytest.raises(ApiError, match="404"):
            anybody.public_list(made.id)
    assert ann.restore_list(made.id).size == 2
    assert [one.id for one in ann.my_lists()] == [made.id]
    assert ann.my_list(made.id).is_public


def test_a_review_is_written_shown_and_removed(ann, live_server, books):
    emma = books[0].pk
    ann.write_review(emma, "Good.")
    own = ann.write_review(emma, "Sharp. ||She marries.||", is_public=True)
    assert (own.item and own.item.title, own.safe_text) == ("Emma", "Sharp. …")
    assert ann.my_review(emma) == own
    with Client(live_server.url) as anybody:
        [shown] = anybody.reviews(emma)
        assert (shown.author and shown.author.name, shown.text) == ("ann", own.text)
        assert [review.id for review in ann.my_reviews()] == [own.id]
        ann.remove_review(emma)
        assert list(anybody.reviews(emma)) == []


def test_what_others_made_is_reported_hidden_and_blocked(ann, live_server, books):
    ben = User.objects.create_user("ben")
    with Client(live_server.url, secret_of(ben)) as other:
        emma, persuasion = (book.pk for book in books[:2])
        first, second = (
            other.write_review(book, "Bad.", is_public=True) for book in (emma, persuasion)
        )
    told = ann.report("review", first.id, "spam", words="Again.", hide=True)
    assert (told.id, told.reason, told.words) == (first.id, "spam", "Again.")
    assert list(ann.reviews(emma)) == []
    assert ann.hide("review", first.id) == next(ann.hidden())
    ann.show_again("review", first.id)
    assert [review.id for review in ann.reviews(emma)] == [first.id]
    made = ann.block("review", second.id)
    assert (made.name, list(ann.blocks())) == ("ben", [made])
    assert list(ann.reviews(persuasion)) == []
    ann.unblock(made.id)
    assert [review.id for review in ann.reviews(persuasion)] == [second.id]
    with pytest.raises(ApiError, match="nothing of this kind"):
        ann.block("review", 10**9)


def test_what_is_to_be_waited_for_too_long_is_not_waited_for():
    waited: list[float] = []
    with (
        answering((429, {"Retry-After": "3600"})) as (address, asked),
        Client(address, sleep=waited.append) as client,
        pytest.raises(ApiError, match="429"),
    ):
        client.report("review", 42, "spam")
    assert (len(asked), waited) == (1, [])


def test_a_list_is_not_made_twice_where_the_connection_breaks():
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def hang_up() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                asked.append(connection.recv(65_536))
                connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Client(address, tries=3, sleep=lambda _seconds: None) as client:
            with pytest.raises(Unreachable):
                client.make_list("Best")
            assert len(asked) == 1
            with pytest.raises(Unreachable):
                client.add_to_list(1, 15)
            assert len(asked) == 4
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_list_is_made_again_where_the_site_says_that_it_did_nothing():
    waited: list[float] = []
    answers = (429, {"Retry-After": "7"}), (502, {})
    with answering(*answers) as (address, asked), Client(address, sleep=waited.append) as client:
        with pytest.raises(ApiError, match="502"):
            client.make_list("Best")
        assert (len(asked), waited) == (2, [7])
