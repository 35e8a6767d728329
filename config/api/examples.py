"""Examples in the schema, by operation: what to send, and what comes back.

A test sends each to the site and holds the answer against the example's shape. `at` fills the
address. Where a view gives an example itself, it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CARD = {
    "id": 15,
    "key": "imdb-tt0114709",
    "title": "Emma",
    "year": 1815,
    "creators": "Jane Austen",
    "genres": "Comedy",
    "mean_stars": 4.5,
    "rating_count": 2,
    "view_count": 0,
    "added_at": "2026-03-01T18:00:00Z",
    "url": "https://shelf.example/items/15/",
    "cover": "https://shelf.example/covers/15.svg",
}
SEARCHED = {"personal": False, "respelled": "", "left_out": "", "suggestion": ""}
WHOLE = CARD | {
    "description": "Handsome, clever, and rich.",
    "attributes": {"authors": ["Jane Austen"], "genres": ["Comedy"]},
    "outside_ids": {"imdb": "tt0114709"},
    "is_listed": True,
}
DIALS = {"adventurous": 0.5, "niche": 0, "old": -0.2, "diversity": 0.4}
GROUP = {
    "id": 1,
    "name": "Film night",
    "made_at": "2026-03-01T18:00:00Z",
    "members": [{"id": 1, "name": "ann", "joined_at": "2026-03-01T18:00:00Z"}],
    "floor": 2.5,
    "invitations": [],
    "token": None,
}
PICK: dict[str, Any] = {
    "item": {name: CARD[name] for name in ("id", "title", "year", "creators", "url", "cover")},
    "score": 2.1,
    "rung": "popular",
    "reason": {"text": "popular here", "items": []},
    "token": "for-you~7~p~f~0:1wYxNq:3F...",
}
GENRE = {"name": "Comedy", "ratings": 2, "mean_stars": 4.5, "others_mean_stars": None}
SPAN = {"start": "2026-03-01", "months": 1, "ratings": 2, "mean_stars": 4.5}
WALL = {
    "questions": [PICK["item"]],
    "unknown": [16],
    "ratings": 3,
    "missing": 0,
    "is_learned": False,
    "is_over": False,
}
MY_TASTE = {
    "ratings": 2,
    "mean_stars": 4.5,
    "kinder_by": None,
    "days": 1,
    "since": "2026-03-01",
    "streak": {"days": 1, "until": "2026-03-01"},
    "over_time": [SPAN],
    "spread": [{"stars": 4.5, "percent": 100.0, "others_percent": None}],
    "genres": [GENRE],
    "decades": [GENRE | {"name": "1810s"}],
    "likes": [],
    "dislikes": [],
    "creators": [{"name": "Jane Austen", "ratings": 2, "mean_stars": 4.5}],
    "years": [2026],
}
YEAR = {
    "year": 2026,
    "ratings": 2,
    "mean_stars": 4.5,
    "sentences": ["Most of it was Comedy (2)."],
    "favourites": [{"item": PICK["item"], "stars": 4.5}],
    "months": [SPAN],
    "genres": [GENRE],
}
PICKS = {
    "rung": "popular",
    "model": None,
    "explanation": "What is popular here",
    "next": None,
    "results": [PICK],
}
OWN_LIST = {
    "id": 23,
    "title": "To be read twice",
    "description": "",
    "is_ranked": True,
    "is_public": False,
    "is_hidden": False,
    "size": 1,
    "made_at": "2026-03-01T18:00:00Z",
    "changed_at": "2026-03-01T18:00:00Z",
    "url": "https://shelf.example/lists/23/to-be-read-twice/",
}
SHOWN_LIST = {name: OWN_LIST[name] for name in OWN_LIST if name not in ("is_public", "is_hidden")}
SHOWN_LIST |= {"maker": {"name": "ann", "profile": None}}
ENTRY = {"item": CARD, "position": 1, "note": "slowly", "added_at": "2026-03-01T18:00:00Z"}
OWN_REVIEW = {
    "id": 42,
    "item": CARD,
    "stars": 4.5,
    "text": "Sharp, and kind. ||She marries him.||",
    "safe_text": "Sharp, and kind. …",
    "has_spoilers": False,
    "is_public": True,
    "is_hidden": False,
    "written_at": "2026-03-01T18:00:00Z",
    "edited_at": None,
    "url": "https://shelf.example/items/15/reviews/#review-42",
}
REVIEW = {name: OWN_REVIEW[name] for name in OWN_REVIEW if name not in ("is_public", "is_hidden")}
REVIEW = {**REVIEW, "author": {"name": "ben", "profile": 16}}
del REVIEW["item"]
REPORT = {
    "id": 3,
    "url": "https://shelf.example/api/v1/reports/3/",
    "kind": "list",
    "thing": 31,
    "text": "Only for fools",
    "about": "ben",
    "reason": "abuse",
    "words": "It means me.",
    "reporter": "cid",
    "status": "open",
    "made_at": "2026-03-01T18:00:00Z",
    "handled_by": None,
    "handled_at": None,
}
REPORT_READ = REPORT | {
    "name": "ben",
    "now": {
        "title": "Only for fools",
        "text": "Only for fools",
        "url": "https://shelf.example/lists/31/only-for-fools/",
    },
    "has_changed": False,
    "is_hidden": False,
    "is_suspended": False,
    "possible": ["hide", "dismiss", "suspend"],
    "others": [],
    "log": [],
}
REPORT_SETTLED = REPORT_READ | {
    "status": "upheld",
    "handled_by": "ann",
    "handled_at": "2026-03-01T20:00:00Z",
    "is_hidden": True,
    "possible": ["reopen", "suspend"],
    "log": [{"at": "2026-03-01T20:00:00Z", "by": "ann", "what": "Hidden: list 31"}],
}


@dataclass(frozen=True)
class Example:
    sent: Any = None
    answer: Any = None
    status: str = "200"
    at: dict[str, Any] = field(default_factory=dict)


EXAMPLES = {
    "items_list": Example(answer={"next": None, "results": [CARD | {"moved": 0}]} | SEARCHED),
    "items_retrieve": Example(answer=WHOLE, at={"id": 15}),
    "items_create": Example(
        {"title": "Persuasion", "year": 1817, "attributes": {"authors": ["Jane Austen"]}},
        WHOLE | {"attributes": {"authors": ["Jane Austen"]}, "outside_ids": {}},
        "201",
    ),
    "items_partial_update": Example({"year": 1816}, WHOLE, at={"id": 15}),
    "items_similar": Example(answer=PICKS, at={"id": 15}),
    "me_ratings_create": Example(
        {"item": 8, "stars": 4.5},
        {"item": CARD, "stars": 4.5, "rated_at": "2026-03-01T18:00:00Z", "is_private": False},
        "201",
    ),
    "me_ratings_update": Example(
        {"stars": 3},
        {"item": CARD, "stars": 3, "rated_at": "2026-03-01T18:00:00Z", "is_private": False},
        at={"item_id": 15},
    ),
    "me_shelves_create": Example(
        {"item": 16, "shelf": "want"},
        {"item": CARD, "shelf": "want", "shelved_at": "2026-03-01T18:00:00Z", "is_private": False},
        "201",
    ),
    "me_views_create": Example({"item": 16}, {"recorded": True}, "201"),
    "me_lists": Example(answer={"next": None, "results": [OWN_LIST]}),
    "me_lists_make": Example(
        {"title": "To be read twice", "is_ranked": True}, OWN_LIST | {"size": 0}, "201"
    ),
    "me_list_change": Example({"is_public": True}, OWN_LIST | {"is_public": True}, at={"id": 23}),
    "me_list_items_add": Example(
        {"item": 8, "note": "slowly", "position": 1}, ENTRY, "201", at={"id": 23}
    ),
    "me_list_item_change": Example(
        {"position": 1}, ENTRY | {"position": 1}, at={"id": 23, "item_id": 15}
    ),
    "lists_read": Example(answer=SHOWN_LIST, at={"id": 23}),
    "lists_items": Example(answer={"next": None, "results": [ENTRY]}, at={"id": 23}),
    "items_reviews": Example(answer={"next": None, "results": [REVIEW]}, at={"id": 15}),
    "items_review_write": Example(
        {"text": "Sharp, and kind. ||She marries him.||", "is_public": True},
        OWN_REVIEW,
        "201",
        at={"id": 15},
    ),
    "me_profile_change": Example(
        {"name": "Ann A.", "is_public": True},
        {
            "name": "Ann A.",
            "is_public": True,
            "shown_name": "Ann A.",
            "profile": 15,
            "url": "https://shelf.example/people/15/",
        },
    ),
    "me_blocks_add": Example(
        {"kind": "name", "id": 16},
        {"id": 5, "name": "cid", "blocked_at": "2026-03-01T18:00:00Z"},
        "201",
    ),
    "me_hidden_add": Example(
        {"kind": "list", "id": 31},
        {"kind": "list", "id": 31, "title": "Only for fools", "hidden_at": "2026-03-01T18:00:00Z"},
        "201",
    ),
    "reports_make": Example(
        {"kind": "review", "id": 42, "reason": "spoiler", "words": "In the first line."},
        {
            "kind": "review",
            "id": 42,
            "reason": "spoiler",
            "words": "In the first line.",
            "made_at": "2026-03-01T18:00:00Z",
        },
        "201",
    ),
    "reports_list": Example(answer={"next": None, "results": [REPORT]}),
    "reports_read": Example(answer=REPORT_READ, at={"id": 3}),
    "reports_act": Example(answer=REPORT_SETTLED, at={"id": 3, "act": "hide"}),
    "recommendations_for_you": Example(answer=PICKS),
    "me_welcome": Example(answer=WALL | {"unknown": []}),
    "me_welcome_answer": Example(
        {
            "answers": [{"item": 8, "stars": 4.5}, {"item": 16, "stars": None}],
            "shown": [8, 16],
            "unknown": [],
        },
        WALL,
    ),
    "me_taste": Example(answer=MY_TASTE),
    "me_taste_year": Example(answer=YEAR, at={"year": 2026}),
    "me_taste_map": Example(answer={"regions": [], "ids": [4, 15], "stars": [4.5, 4.5]}),
    "taste_set": Example(DIALS, DIALS | {"attributes": {}}),
    "groups_make": Example({"name": "Film night", "floor": 2.5}, GROUP, "201"),
    "like_taste_choose": Example({"agreed": True}, {"agreed": True}),
}


def add_examples(operation: dict[str, Any]) -> None:
    """Into an operation of the schema."""
    example = EXAMPLES.get(operation["operationId"])
    if example is None:
        return
    if example.sent is not None:
        body = operation["requestBody"]["content"]["application/json"]
        body.setdefault("examples", {"Example": {"value": example.sent}})
    content = operation["responses"][example.status]["content"]["application/json"]
    content.setdefault("examples", {"Example": {"value": example.answer}})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.at:
            parameter["example"] = example.at[parameter["name"]]
