import logging

from django.db import DatabaseError, migrations, transaction

from closedorders.core.database.name_folding import POSTGRESQL_FUNCTION

log = logging.getLogger(__name__)


def index_folded_names(apps, schema_editor):
    """PostgreSQL finds a part of a name by the trigrams of the folded name; SQLite has no such index."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_FUNCTION)
    try:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(
                "CREATE INDEX customer_name_parts ON orders_customer USING gin (fold_name(name) gin_trgm_ops)"
            )
    except DatabaseError:
        log.warning("The extension pg_trgm may not be made here: the search for names stays slow.")


def drop_folded_names(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS customer_name_parts")
            cursor.execute("DROP FUNCTION IF EXISTS fold_name(text)")


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_came_with'),
    ]

    operations = [
        migrations.RunPython(index_folded_names, drop_folded_names),
    ]
