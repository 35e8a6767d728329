# What items are found by: the words of their texts, the keys of their titles, and indexes.

import re

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

WORD = re.compile(r"[^\W_]+")
ARTICLES = {"the", "a", "an"}
BATCH = 1000


def rewrite_texts(apps, schema_editor):
    """Search texts of the old form (folded title, creators, the rest) in the new one.

    `catalog.services.refresh_item_text` does more for initials and numbers when an item is saved.
    """
    Item, SearchWord = (apps.get_model("catalog", name) for name in ("Item", "SearchWord"))
    alias = schema_editor.connection.alias
    items = Item.objects.using(alias).exclude(search_text="").order_by("pk")
    last = 0
    while batch := list(items.filter(pk__gt=last).only("year", "search_text")[:BATCH]):
        last = batch[-1].pk
        words = set()
        for item in batch:
            title, _, after = item.search_text.partition("\n")
            makers, _, rest = after.partition("\n\n")
            title, makers, rest = (WORD.findall(re.sub(r"'(?=s\b)", "", text)) for text in (title, makers, rest))
            makers += [] if item.year is None else [str(item.year)]
            key = title[1:] if len(title) > 1 and title[0] in ARTICLES else title
            item.title_key = " ".join(key)[:200]
            item.search_text = "\n".join(map(" ".join, (title, makers, rest)))
            words.update(word for word in title + makers if 1 < len(word) <= 40)
        Item.objects.using(alias).bulk_update(batch, ["title_key", "search_text"], batch_size=200)
        SearchWord.objects.using(alias).bulk_create(
            [SearchWord(word=word) for word in sorted(words)], ignore_conflicts=True, batch_size=500
        )


def restore_texts(apps, schema_editor):
    """The old form has one more line end before the rest."""
    Item = apps.get_model("catalog", "Item")
    items = Item.objects.using(schema_editor.connection.alias).exclude(search_text="")
    last = 0
    while batch := list(items.filter(pk__gt=last).order_by("pk").only("search_text")[:BATCH]):
        last = batch[-1].pk
        for item in batch:
            title, _, after = item.search_text.partition("\n")
            makers, _, rest = after.partition("\n")
            item.search_text = f"{title}\n{makers}\n\n{rest}"
        items.bulk_update(batch, ["search_text"], batch_size=200)


def build_index(apps, schema_editor):
    from catalog.search import index

    index.build(schema_editor.connection)


def drop_index(apps, schema_editor):
    from catalog.search import index

    index.drop(schema_editor.connection)


class Trigrams(TrigramExtension):
    """Stays when the migration is taken back: something else may use it by then."""

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_event_times'),
    ]

    operations = [
        Trigrams(),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.AddField(
            model_name='item',
            name='title_key',
            field=models.CharField(blank=True, default='', editable=False, max_length=200),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['title_key'], name='item_title_key'),
        ),
        migrations.RunPython(rewrite_texts, restore_texts),
        migrations.RunPython(build_index, drop_index),
    ]
