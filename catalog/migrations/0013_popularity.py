# Events leave the indexes of their item alone: its counts are in none of them any more.

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, Value, When

DOUBLINGS = 21
POWERS = range(DOUBLINGS - 1, -1, -1)
SET = "ALTER TABLE catalog_item SET (fillfactor = 70)"
RESET = "ALTER TABLE catalog_item RESET (fillfactor)"


def keep_room(apps, schema_editor):
    """For new versions of rows beside the old ones, which is what spares the indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SET)


def keep_none(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(RESET)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0012_webhooks'),
    ]

    operations = [
        migrations.RunPython(keep_room, keep_none),
        migrations.RemoveIndex(
            model_name='item',
            name='item_popular',
        ),
        migrations.AddField(
            model_name='item',
            name='popularity',
            field=models.GeneratedField(
                db_persist=True,
                expression=Case(
                    *(When(rating_count__gte=2**at, then=Value(DOUBLINGS + at + 1)) for at in POWERS),
                    *(When(view_count__gte=2**at, then=Value(at + 1)) for at in POWERS),
                    default=Value(0),
                ),
                output_field=models.PositiveSmallIntegerField(),
            ),
        ),
        migrations.AlterField(
            model_name='rating',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ratings', to='catalog.person'),
        ),
        migrations.AlterField(
            model_name='shelfentry',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='shelf_entries', to='catalog.person'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['-popularity'], name='item_popularity'),
        ),
    ]
