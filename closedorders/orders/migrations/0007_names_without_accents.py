import logging

from django.apps.registry import Apps
from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from closedorders.core.name_folding import POSTGRESQL_FUNCTION

log = logging.getLogger(__name__)


def index_folded_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL finds a part of a name by the trigrams of the folded name; SQLite has no such index."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(POSTGRESQL_FUNCTION)
        _replace_index(schema_editor, "fold_name(name)")


def index_names_in_capitals(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        _replace_index(schema_editor, "UPPER(name::text)")
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS fold_name(text)")


def _replace_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    """One index of names: an import pays for each. Without the extension there was none, and search stays slow."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS customer_name_parts")
    try:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(f"CREATE INDEX customer_name_parts ON orders_customer USING gin ({name} gin_trgm_ops)")
            # Of an expression the planner knows nothing before this.
            cursor.execute("ANALYZE orders_customer")
    except DatabaseError:
        log.warning("The extension pg_trgm may not be made here: the search for names stays slow.")


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_sellers_that_came_with_an_import'),
    ]

    operations = [
        migrations.RunPython(index_folded_names, index_names_in_capitals),
    ]
