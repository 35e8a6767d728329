"""What a receipt says about models."""

from __future__ import annotations

from typing import Any

from django import template

from catalog.private import Receipt
from recommendations.receipts import traces_of

register = template.Library()


@register.inclusion_tag("recommendations/_receipt.html")
def models_of(receipt: Receipt) -> dict[str, Any]:
    traces = traces_of(receipt.deleted_at) if receipt.was_learned else None
    return {"receipt": receipt, "traces": traces}
