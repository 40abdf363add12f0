from django.db import migrations


class Migration(migrations.Migration):
    """Once stored where the orders stand. A later one of this app stores all of it anew, by the rules as they are."""

    dependencies = [
        ("outreach", "0001_initial"),
        ("closures", "0002_seeded_reasons"),
        ("orders", "0003_rows_beside_bad_ones"),
    ]

    operations: list[migrations.RunPython] = []
