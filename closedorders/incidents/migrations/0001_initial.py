import closedorders.core.money
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_cache_table'),
        ('cases', '0001_initial'),
        ('closures', '0002_reasons'),
        ('orders', '0003_folded_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReorderBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('day', models.DateField()),
                ('route', models.CharField(choices=[('card', 'Card'), ('paypal', 'PayPal'), ('pocket', 'AliExpress Pocket'), ('alipay', 'Alipay'), ('other', "AliExpress's “other payment methods”")], max_length=10)),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('over_limit', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='ReorderPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('per_batch', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('orders_per_day', models.PositiveIntegerField(blank=True, null=True)),
                ('per_day', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('duty_per_item', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('duty_currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('duty_since', models.DateField(blank=True, null=True)),
                ('duty_up_to', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reorder_plans', to='closures.incident')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reorder_plans', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='reorder_plan_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('incident',), name='one_reorder_plan_per_incident')],
            },
        ),
        migrations.CreateModel(
            name='ReorderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('cost', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('items', models.PositiveIntegerField(default=1)),
                ('duty', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('shipping', models.CharField(choices=[('epacket', 'ePacket'), ('faster', 'Faster than ePacket')], default='epacket', max_length=10)),
                ('gift', models.CharField(blank=True, max_length=100)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='incidents.reorderbatch')),
                ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('closure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reorder_lines', to='closures.closure')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='incidents.reorderplan')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at__isnull', False)), fields=['plan', 'done_at'], name='reorder_line_done')],
                'constraints': [models.UniqueConstraint(fields=('plan', 'place'), name='one_reorder_line_per_place'), models.UniqueConstraint(fields=('plan', 'closure'), name='one_reorder_line_per_closure')],
            },
        ),
        migrations.AddField(
            model_name='reorderbatch',
            name='plan',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='incidents.reorderplan'),
        ),
        migrations.CreateModel(
            name='StoredFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.BigIntegerField()),
                ('counted_at', models.DateTimeField()),
                ('figures', models.JSONField()),
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='stored_figures', to='closures.incident')),
            ],
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('state', models.CharField(choices=[('sending', 'Being sent'), ('sent', 'Sent'), ('deferred', 'Tried, waiting to try again'), ('failed', 'Failed'), ('uncertain', 'Uncertain')], default='sending', max_length=10)),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('claimed_until', models.DateTimeField()),
                ('submitting_at', models.DateTimeField(blank=True, null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='accounts.membership')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('membership', 'day'), name='one_digest_a_day')],
            },
        ),
        migrations.CreateModel(
            name='RefundWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(90)], verbose_name='Earliest, in business days')),
                ('last_day', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(90)], verbose_name='Latest, in business days')),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='refund_window', to='accounts.team')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='window_has_an_order')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
                ('note', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='cases.case')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('incident', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='closures.incident')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='accounts.membership')),
                ('store_order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='orders.storeorder')),
                ('supplier_order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='orders.supplierorder')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cancelled_at', None), ('done_at', None)), fields=['team', 'due_at', 'id'], name='reminder_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('case__isnull', True), ('incident__isnull', False), ('store_order__isnull', True), ('supplier_order__isnull', True)), models.Q(('case__isnull', False), ('incident__isnull', True), ('store_order__isnull', True), ('supplier_order__isnull', True)), models.Q(('case__isnull', True), ('incident__isnull', True), ('store_order__isnull', False), ('supplier_order__isnull', True)), models.Q(('case__isnull', True), ('incident__isnull', True), ('store_order__isnull', True), ('supplier_order__isnull', False)), _connector='OR'), name='reminder_of_one_thing')],
            },
        ),
        migrations.AddConstraint(
            model_name='reorderbatch',
            constraint=models.UniqueConstraint(fields=('plan', 'number'), name='one_reorder_batch_per_number'),
        ),
    ]
