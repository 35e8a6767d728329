"""Tokens of before, kept as they were sent, become hashes: they go on working for 90 days.

The table of Django REST framework's own tokens goes, and with it every secret in plain text. There
is no way back to it: who had a token still has it, the site does not.
"""

from datetime import timedelta
from hashlib import sha256

from django.db import migrations
from django.utils import timezone

OLD = "authtoken_token"
DAYS = 90
SCOPES = ["read", "events", "profile", "catalogue", "govern"]


def hash_old_tokens(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if OLD not in connection.introspection.table_names(cursor):
            return
        cursor.execute(f'SELECT "key", user_id FROM {OLD}')
        rows = cursor.fetchall()
    now = timezone.now()
    ApiToken = apps.get_model("catalog", "ApiToken")
    ApiToken.objects.using(connection.alias).bulk_create(
        [
            ApiToken(
                digest=sha256(key.encode()).hexdigest(),
                user_id=user_id,
                name="API",
                scopes=SCOPES,
                made_at=now,
                ends_at=now + timedelta(days=DAYS),
            )
            for key, user_id in rows
        ],
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {OLD}")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'authtoken'")
    kinds = apps.get_model("contenttypes", "ContentType").objects.using(connection.alias)
    kinds.filter(app_label="authtoken").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_tokens"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(hash_old_tokens, migrations.RunPython.noop)]
