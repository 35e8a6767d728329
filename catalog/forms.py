"""What people send to the catalogue's pages, checked: stars, where to go back to, their privacy."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Person
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


class PrivacyForm(forms.Form):
    """The switches of *My privacy*, as its page asks for them."""

    RECORDING = (
        ("all", gettext_lazy("Record what I rate, shelve and look at")),
        ("no-views", gettext_lazy("Record what I rate and shelve, but not what I look at")),
        ("nothing", gettext_lazy("Record nothing at all")),
    )
    recording = forms.ChoiceField(choices=RECORDING, widget=forms.RadioSelect)
    is_private = forms.BooleanField(required=False)
    is_unpersonalised = forms.BooleanField(required=False)
    shows_ratings = forms.BooleanField(required=False)
    shows_shelves = forms.BooleanField(required=False)
    shows_reviews = forms.BooleanField(required=False)
    shows_lists = forms.BooleanField(required=False)

    @classmethod
    def of(cls, person: Person) -> PrivacyForm:
        """The form as this person last left it."""
        recording = "all"
        if person.is_paused:
            recording = "nothing" if person.is_stopped else "no-views"
        switches = {name: getattr(person, name) for name in cls.base_fields if name != "recording"}
        return cls(initial=switches | {"recording": recording})

    def switches(self) -> dict[str, bool]:
        """What `privacy.choose` takes."""
        said = dict(self.cleaned_data)
        recording = said.pop("recording")
        return said | {
            "is_paused": recording != "all",
            "is_stopped": recording == "nothing",
        }
