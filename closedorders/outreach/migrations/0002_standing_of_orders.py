from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from closedorders.orders.standing import changed_standing

BATCH = 500


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Where the orders stand that were there before their standing was kept."""
    orders: Any = apps.get_model("orders", "StoreOrder").objects
    bought: Any = apps.get_model("orders", "SupplierOrder").objects
    last = 0
    while keys := list(orders.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        for pk, standing in changed_standing(keys, orders, bought).items():
            orders.filter(pk=pk).update(**standing._asdict())


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0001_initial"),
        ("closures", "0002_seeded_reasons"),
        ("orders", "0003_rows_beside_bad_ones"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
