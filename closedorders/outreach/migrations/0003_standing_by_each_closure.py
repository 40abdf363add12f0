from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from closedorders.orders.standing import refresh_standing

BATCH = 500


def bring_up_to_date(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is stored follows the rules as they are since: replacements, what the shop shipped, each closure's mails."""
    orders: Any = apps.get_model("orders", "StoreOrder").objects
    bought: Any = apps.get_model("orders", "SupplierOrder").objects
    last = 0
    while keys := list(orders.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        refresh_standing(keys, orders, bought)


class Migration(migrations.Migration):
    # Each batch is a transaction of its own, so that nobody waits for all of a million orders. Broken off, it begins
    # again, and what is right already is only read.
    atomic = False

    dependencies = [
        ("outreach", "0002_standing_of_orders"),
        ("closures", "0004_still_open"),
        ("orders", "0010_late_by_what_the_shop_says"),
    ]

    operations = [migrations.RunPython(bring_up_to_date, migrations.RunPython.noop, elidable=True)]
