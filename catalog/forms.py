"""What people send to the catalogue's pages, checked: a rating, a shelf, where to go back to."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from catalog.services import BadEvent


def stars_of(request: HttpRequest) -> float | None:
    """The stars that a rating form sends; None where it takes the rating back."""
    sent = request.POST.get("stars")
    if sent is None:
        raise BadEvent(_("Choose how many stars first."))
    if sent.strip() == "":
        return None
    try:
        return float(sent)
    except ValueError:
        raise BadEvent(_("Rate in half stars: 0.5, 1, 1.5, and so on up to 5.")) from None


def way_back(request: HttpRequest, *, otherwise: str) -> str:
    """The page of this site that a form names as `next`."""
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return page
    return otherwise
