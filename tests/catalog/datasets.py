"""Small data sets on disk, and the command that reads them."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from catalog.importing.lines import Limits
from catalog.importing.report import Report
from catalog.importing.run import import_dataset
from catalog.management.commands.import_dataset import bars
from catalog.models import Attribute, Item, ItemAttribute, ItemView, OutsideId, Person, Rating
from catalog.models import ShelfEntry as Shelf

LIMITS = Limits(max_bytes=1_000_000_000, max_ratio=100)


def write(folder: Path, **files: str | bytes) -> Path:
    """Writes items="..." to items.csv and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / (name.replace("_dat", ".dat") if name.endswith("_dat") else f"{name}.csv")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def read_in(folder: Path, *, now, limits=LIMITS) -> Report:
    report = Report()
    import_dataset(
        folder, report=report, limits=limits, now=now, bar_for=bars(StringIO(), quiet=True)
    )
    assert report.adds_up()
    return report


def command(folder: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_dataset", str(folder), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def world() -> dict[str, list]:
    """All that the catalogue holds, without its own ids."""
    return {
        "items": list(
            Item.objects.order_by("pk").values_list(
                "key", "title", "year", "description", "cover_url", "added_at", "is_listed"
            )
        ),
        "attributes": list(
            ItemAttribute.objects.order_by("item_id", "attribute__kind", "position").values_list(
                "item__key", "attribute__kind", "attribute__name"
            )
        ),
        "outside": sorted(OutsideId.objects.values_list("item__key", "source", "value")),
        "people": sorted(Person.objects.values_list("key", "name", "is_simulated")),
        "ratings": sorted(
            Rating.objects.values_list("person__key", "item__key", "half_stars", "rated_at")
        ),
        "views": sorted(ItemView.objects.values_list("person__key", "item__key", "viewed_at")),
        "shelves": sorted(
            Shelf.objects.values_list("person__key", "item__key", "shelf", "shelved_at")
        ),
    }


def empty() -> None:
    for model in (Item, Person, Attribute):
        model.objects.all().delete()
