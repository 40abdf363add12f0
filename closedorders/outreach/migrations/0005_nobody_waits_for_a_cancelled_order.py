from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Lower

from closedorders.orders.standing import refresh_standing

BATCH = 500


def bring_up_to_date(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of orders that WooCommerce calls cancelled or failed nobody waits for news; where they stand follows."""
    orders: Any = apps.get_model("orders", "StoreOrder").objects
    bought: Any = apps.get_model("orders", "SupplierOrder").objects
    settled = orders.alias(paid=Lower("financial_status")).filter(paid__in=["cancelled", "canceled", "failed"])
    last = 0
    while keys := list(settled.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        refresh_standing(keys, orders, bought)


class Migration(migrations.Migration):
    # Each batch is a transaction of its own; broken off, it begins again.
    atomic = False

    dependencies = [
        ("outreach", "0004_standing_of_every_part"),
        ("orders", "0014_previews_read_anew_again"),
    ]

    operations = [migrations.RunPython(bring_up_to_date, migrations.RunPython.noop, elidable=True)]
