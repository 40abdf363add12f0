import logging

from django.apps.registry import Apps
from django.db import DatabaseError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

log = logging.getLogger(__name__)


def index_parts_of_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL finds a part of a name by its trigrams. Where the extension may not be made, search is slower."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(
                "CREATE INDEX IF NOT EXISTS customer_name_parts ON orders_customer "
                "USING gin (UPPER(name::text) gin_trgm_ops)"
            )
    except DatabaseError:
        log.warning("The extension pg_trgm may not be made here: the search for names stays slow.")


def forget_parts_of_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS customer_name_parts")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_membership_preferences'),
        ('orders', '0003_rows_beside_bad_ones'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='customer',
            name='customer_by_email',
        ),
        migrations.RemoveIndex(
            model_name='storeorder',
            name='store_order_by_number',
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['email'], name='customer_email_begins', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='storeorder',
            index=models.Index(fields=['team', 'number'], name='store_order_number_begins', opclasses=['int8_ops', 'varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='supplierorder',
            index=models.Index(fields=['team', 'number'], name='supplier_order_number_begins', opclasses=['int8_ops', 'varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='supplierorder',
            index=models.Index(condition=models.Q(('tracking_number', ''), _negated=True), fields=['team', 'tracking_number'], name='supplier_order_tracking', opclasses=['int8_ops', 'varchar_pattern_ops']),
        ),
        migrations.RunPython(index_parts_of_names, forget_parts_of_names),
    ]
