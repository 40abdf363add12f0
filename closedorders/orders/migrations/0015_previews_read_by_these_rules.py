"""Amounts, dates, countries, notes and blank cells are read by other rules: what is not yet saved is read anew."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def read_anew(apps: Any, schema_editor: Any) -> None:
    # Whose turn it is stands in the row: the sweep rings for it.
    apps.get_model("orders", "Import").objects.filter(state="previewed").update(
        state="uploaded", attempts=0, claimed_until=None, progress_done=0
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_previews_read_anew_again")]

    operations = [migrations.RunPython(read_anew, migrations.RunPython.noop, elidable=True)]
