from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def copy_names(apps, schema_editor):
    """Orders that are there have their customer's name until a file says another."""
    StoreOrder = apps.get_model("orders", "StoreOrder")
    Customer = apps.get_model("orders", "Customer")
    names = Customer.objects.filter(pk=OuterRef("customer_id")).values("name")[:1]
    StoreOrder.objects.update(buyer_name=Subquery(names))


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_bad_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='storeorder',
            name='buyer_name',
            field=models.CharField(blank=True, default='', max_length=200),
            preserve_default=False,
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
    ]
