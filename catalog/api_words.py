"""What the schema says of one's own rows: ratings and shelves alike."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

ITEM_ID = OpenApiParameter("item_id", int, OpenApiParameter.PATH, description="The item's id.")
GONE = {204: None}


def documented(what: str, new_form: Any, value_form: Any, shown: Any) -> Any:
    """The schema of a Replaceable."""
    answers = {200: shown, 201: shown}
    return extend_schema_view(
        list=extend_schema(summary=f"Your {what}", description="Newest first."),
        retrieve=extend_schema(summary=f"Of your {what}, that of an item", parameters=[ITEM_ID]),
        create=extend_schema(summary=f"Add to your {what}", request=new_form, responses=answers),
        update=extend_schema(
            summary=f"Set that of an item in your {what}",
            request=value_form,
            responses=answers,
            parameters=[ITEM_ID],
        ),
        destroy=extend_schema(
            summary=f"Take back from your {what}", parameters=[ITEM_ID], responses=GONE
        ),
    )
