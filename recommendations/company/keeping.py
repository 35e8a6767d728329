"""What is kept of people's company: shown on *My privacy*, taken along, and gone at once.

Loaded when the site starts. A group goes with its last member; a block ends what two people share.
Who agrees to be counted by like taste says so here, and takes it back here.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy

from catalog import kept
from catalog.blocks import Block
from catalog.library import export
from catalog.models import Person
from recommendations.company import groups
from recommendations.models import Group, Invitation, LikeTaste, Member


def agree(person: Person) -> None:
    """To be counted by like taste, from tomorrow on. For members only: a browser is nobody."""
    if person.user_id is not None:
        LikeTaste.objects.get_or_create(person=person)


def take_back(person: Person) -> bool:
    """From the next request on nothing of theirs is in any figure; False where there was nothing
    to take back."""
    deleted, _models = LikeTaste.objects.filter(person=person).delete()
    return deleted > 0


@receiver(post_save, sender=Block, dispatch_uid="recommendations.part_the_blocked")
def part_the_blocked(sender: Any, *, instance: Block, **_kwargs: Any) -> None:
    groups.part(instance.person, instance.blocked)


@receiver(post_delete, sender=Member, dispatch_uid="recommendations.end_empty_groups")
def end_empty_groups(sender: Any, *, instance: Member, **_kwargs: Any) -> None:
    Group.objects.filter(pk=instance.group_id, members=None).delete()


kept.keep(
    kept.Kind(
        "memberships",
        gettext_lazy("Groups you are in"),
        gettext_lazy(
            "Their members see how you would rate what is on your list. Deleted, you have left "
            "all of them."
        ),
        Member,
        kept.delete_rows(Member),
    )
)
kept.keep(
    kept.Kind(
        "group_invitations",
        gettext_lazy("Invitations to groups"),
        gettext_lazy("Kept until you answer, and for two weeks at most."),
        Invitation,
        kept.delete_rows(Invitation),
    )
)
kept.keep(
    kept.Kind(
        "like_taste",
        gettext_lazy("Counted among people of like taste"),
        gettext_lazy("That you agreed to it. Deleted, you are counted no more, at once."),
        LikeTaste,
        kept.delete_rows(LikeTaste),
    )
)
export.also(
    export.Kind(
        "groups",
        ("group", "floor", "joined_at"),
        lambda person: person.memberships.select_related("group"),
        lambda row: (row.group.name, row.floor / 2, export.time_text(row.joined_at)),
        has_item=False,
    )
)
export.also(
    export.Kind(
        "group_invitations",
        ("group", "made_at", "ends_at", "declined_at"),
        lambda person: person.group_invitations.filter(withdrawn_at=None).select_related("group"),
        lambda row: (
            row.group.name,
            export.time_text(row.made_at),
            export.time_text(row.ends_at),
            export.time_text(row.declined_at),
        ),
        has_item=False,
    )
)
export.also(
    export.Kind(
        "like_taste",
        ("since",),
        lambda person: LikeTaste.objects.filter(person=person),
        lambda row: (export.time_text(row.since),),
        has_item=False,
    )
)
