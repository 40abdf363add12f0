from django.db import migrations


CODES = [
    "fraud_review",
    "one_location",
    "card_check",
    "account_change",
    "assistant_network",
    "travel",
    "complaints",
    "payment_timeout",
    "supplier_cancelled",
    "address_customs",
    "unknown",
]


def seed(apps, schema_editor):
    reason = apps.get_model("closures", "ClosureReason")
    for position, code in enumerate(CODES, start=1):
        reason.objects.get_or_create(team=None, code=code, defaults={"position": position})


class Migration(migrations.Migration):

    dependencies = [
        ('closures', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
