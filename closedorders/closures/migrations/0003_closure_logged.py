from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def note_logged(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """AliExpress orders whose closures were logged before that was noted beside them."""
    bought: Any = apps.get_model("orders", "SupplierOrder").objects
    logged: Any = apps.get_model("closures", "Closure").objects
    bought.filter(pk__in=logged.values("supplier_order")).update(closure_logged=True)


class Migration(migrations.Migration):
    dependencies = [
        ("closures", "0002_seeded_reasons"),
        ("orders", "0005_closure_logged"),
    ]

    operations = [migrations.RunPython(note_logged, migrations.RunPython.noop, elidable=True)]
