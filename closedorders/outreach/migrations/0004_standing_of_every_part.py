from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from closedorders.orders.standing import refresh_standing

BATCH = 500


def bring_up_to_date(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is stored follows the rules as they are since: an order stands where all of its parts do.

    It knows the columns of its own time only: when `standing` gets one more, its migration takes this one's place, and
    this one does nothing any more.
    """
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
        ("outreach", "0003_standing_by_each_closure"),
        ("closures", "0004_still_open"),
        ("orders", "0013_what_is_true_of_any_part"),
    ]

    operations = [migrations.RunPython(bring_up_to_date, migrations.RunPython.noop, elidable=True)]
