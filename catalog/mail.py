"""E-mails of accounts, as plain text and as HTML, under the site's name.

allauth writes them as text, one template each. The HTML is made from that same text, so that the
two never differ: a line that is an address becomes a button, a line that is a code stands out.
`ACCOUNT_ADAPTER` names the adapter; one with more to say inherits from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi

ADDRESS = re.compile(r"https?://\S+")
CODE = re.compile(r"[A-Z0-9]{3,8}(?:-[A-Z0-9]{3,8})*")


@dataclass(frozen=True)
class Piece:
    """A paragraph of a letter, and how it is set."""

    text: str
    kind: str = "words"


class AccountAdapter(DefaultAccountAdapter):
    def format_email_subject(self, subject: str) -> str:
        return f"{settings.SITE_NAME}: {subject}"

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        context = context | {"site_name": settings.SITE_NAME}
        letter: EmailMultiAlternatives = super().render_mail(
            template_prefix, email, context, headers
        )
        letter.attach_alternative(
            as_html(str(letter.body), subject=str(letter.subject)), "text/html"
        )
        return letter


def as_html(text: str, *, subject: str) -> str:
    """The same words as an HTML page of their own, with nothing to load."""
    context = {
        "language": get_language() or settings.LANGUAGE_CODE,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "site_name": settings.SITE_NAME,
        "subject": subject,
        "pieces": pieces_of(text),
    }
    return render_to_string("account/email/letter.html", context)


def pieces_of(text: str) -> list[Piece]:
    """Paragraphs; an address at the end of one is taken out of it."""
    pieces = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        words = paragraph.strip()
        found = re.fullmatch(rf"(.*?)({ADDRESS.pattern})", words, re.DOTALL)
        if CODE.fullmatch(words):
            pieces.append(Piece(words, "code"))
        elif found:
            pieces.extend([Piece(found[1].strip())] if found[1].strip() else [])
            pieces.append(Piece(found[2], "address"))
        else:
            pieces.append(Piece(words))
    return pieces
