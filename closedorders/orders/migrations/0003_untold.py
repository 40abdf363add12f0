import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('imports', '0001_initial'),
        ('orders', '0002_came_with'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='storeorder',
            name='store_order_not_told',
        ),
        migrations.RemoveIndex(
            model_name='storeorder',
            name='store_order_verifying',
        ),
        migrations.RemoveField(
            model_name='storeorder',
            name='verifying_payment',
        ),
        migrations.AddField(
            model_name='storeorder',
            name='untold',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='storeorder',
            index=models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('untold', True)), name='store_order_not_told'),
        ),
        migrations.AddIndex(
            model_name='supplierorder',
            index=models.Index(condition=models.Q(('status_code', 'verifying_payment')), fields=['team', '-id'], name='supplier_order_verifying'),
        ),
    ]
