from django.db import migrations


class Migration(migrations.Migration):
    """Once stored anew where the orders stand. A later one of this app does, by the rules as they are."""

    dependencies = [
        ("outreach", "0002_standing_of_orders"),
        ("closures", "0004_still_open"),
        ("orders", "0010_late_by_what_the_shop_says"),
    ]

    operations: list[migrations.RunPython] = []
