import django.core.serializers.json
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import closedorders.orders.order_lines

# Both ways in one statement of the database's own: a team has a million orders.
_INTO_ORDERS = {
    "postgresql": """
        UPDATE orders_storeorder SET lines = found.lines
        FROM (
            SELECT order_id,
                jsonb_agg(jsonb_build_array(name, sku, vendor, quantity, price::text) ORDER BY position) AS lines
            FROM orders_orderline GROUP BY order_id
        ) AS found
        WHERE found.order_id = orders_storeorder.id
    """,
    "sqlite": """
        UPDATE orders_storeorder SET lines = (
            SELECT json_group_array(json_array(name, sku, vendor, quantity, CAST(price AS TEXT)))
            FROM (SELECT * FROM orders_orderline WHERE order_id = orders_storeorder.id ORDER BY position)
        )
        WHERE id IN (SELECT order_id FROM orders_orderline)
    """,
}
_OUT_OF_ORDERS = {
    "postgresql": """
        INSERT INTO orders_orderline (order_id, position, name, sku, vendor, quantity, price)
        SELECT id, place, line->>0, line->>1, line->>2, (line->>3)::integer, (line->>4)::numeric
        FROM orders_storeorder, jsonb_array_elements(lines) WITH ORDINALITY AS found(line, place)
    """,
    "sqlite": """
        INSERT INTO orders_orderline (order_id, position, name, sku, vendor, quantity, price)
        SELECT orders_storeorder.id, found.key + 1, json_extract(found.value, '$[0]'), json_extract(found.value, '$[1]'),
            json_extract(found.value, '$[2]'), json_extract(found.value, '$[3]'), json_extract(found.value, '$[4]')
        FROM orders_storeorder, json_each(orders_storeorder.lines) AS found
    """,
}


def lock_as_imports_do(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """All that is to be locked, in the order of an import that may be running: neither then waits for the other.

    Not shared with other migrations: what one has done may not change when another is written.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("LOCK TABLE orders_storeorder, orders_orderline IN ACCESS EXCLUSIVE MODE")


def lock_orders(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back: an order that came after its lines were copied would lose them."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("LOCK TABLE orders_storeorder IN ACCESS EXCLUSIVE MODE")


def into_orders(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(_INTO_ORDERS[schema_editor.connection.vendor])


def out_of_orders(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(_OUT_OF_ORDERS[schema_editor.connection.vendor])


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0008_keys_found_from_their_beginning'),
    ]

    operations = [
        migrations.RunPython(lock_as_imports_do, migrations.RunPython.noop),
        migrations.AddField(
            model_name='storeorder',
            name='lines',
            field=closedorders.orders.order_lines.OrderLinesField(
                blank=True, default=list, encoder=django.core.serializers.json.DjangoJSONEncoder
            ),
        ),
        migrations.RunPython(into_orders, out_of_orders),
        migrations.DeleteModel(name='OrderLine'),
        migrations.RunPython(migrations.RunPython.noop, lock_orders),
    ]
