import closedorders.core.money
import closedorders.orders.order_lines
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=40)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('matched', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('excepted', models.PositiveIntegerField(default=0)),
                ('exceptions', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_edits', to='accounts.team')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='bulk_edit_newest')],
            },
        ),
        migrations.CreateModel(
            name='BulkEditRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thing_id', models.BigIntegerField()),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('edit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='orders.bulkedit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('edit', 'thing_id'), name='one_row_per_bulk_edit')],
            },
        ),
        migrations.CreateModel(
            name='BuyerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(help_text='A name of your own; never the password.', max_length=60, verbose_name='label')),
                ('tier', models.CharField(blank=True, max_length=30, verbose_name='tier')),
                ('state', models.CharField(choices=[('ok', 'Working'), ('under_review', 'Under review'), ('blocked', 'Blocked')], default='ok', max_length=12)),
                ('card_country', models.CharField(blank=True, max_length=2, verbose_name='country of the card')),
                ('ordering_place', models.CharField(blank=True, max_length=100, verbose_name='usual place of ordering')),
                ('alipay_verified_on', models.DateField(blank=True, null=True, verbose_name='Alipay verified on')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='buyer_accounts', to='accounts.team')),
            ],
            options={
                'ordering': ['label', 'pk'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('label'), models.F('team'), name='one_buyer_account_per_label')],
            },
        ),
        migrations.CreateModel(
            name='AlipayVerification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('asked', 'Asked for'), ('verified', 'Verified'), ('refused', 'Refused'), ('not_offered', 'Not offered')], max_length=12, verbose_name='outcome')),
                ('day', models.DateField(verbose_name='day')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alipay_verifications', to='orders.buyeraccount')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('platform', models.CharField(choices=[('shopify', 'Shopify'), ('woocommerce', 'WooCommerce'), ('other', 'Other')], default='shopify', max_length=12, verbose_name='platform')),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', help_text='Used where an order file names none, e.g. EUR.', max_length=3, verbose_name='currency')),
                ('language', models.CharField(default='en', help_text='For customers whose own is not known.', max_length=5, verbose_name="customers' language")),
                ('sender_name', models.CharField(blank=True, max_length=100, verbose_name='sender name')),
                ('sender_email', models.EmailField(blank=True, max_length=254, verbose_name='sender e-mail')),
                ('reply_to', models.EmailField(blank=True, help_text='Blank: the sender e-mail.', max_length=254, verbose_name='replies go to')),
                ('delivery_days', models.PositiveSmallIntegerField(blank=True, help_text='New orders are promised by then. Blank: no day is promised.', null=True, verbose_name='days of delivery promised')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stores', to='accounts.team')),
            ],
            options={
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), models.F('team'), name='one_store_per_name')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=320)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('email', models.CharField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('edited_fields', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='orders.store')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('key', django.db.models.functions.text.Concat(models.Value('email:'), 'email')), _negated=True)), fields=['store', 'email'], name='customer_typed_email_begins', opclasses=['int8_ops', 'varchar_pattern_ops'])],
                'constraints': [models.UniqueConstraint(fields=('store', 'key'), name='one_customer_per_key', opclasses=['int8_ops', 'varchar_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='StoreOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=64, verbose_name='order number')),
                ('external_id', models.CharField(blank=True, max_length=40)),
                ('buyer_name', models.CharField(blank=True, max_length=200)),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('subtotal', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, null=True)),
                ('shipping', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, null=True)),
                ('total', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, null=True)),
                ('refunded', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, null=True)),
                ('placed_at', models.DateTimeField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('financial_status', models.CharField(blank=True, max_length=30)),
                ('fulfillment_status', models.CharField(blank=True, max_length=30)),
                ('payment_method', models.CharField(blank=True, max_length=100)),
                ('ship_country', models.CharField(blank=True, max_length=2)),
                ('discount_code', models.CharField(blank=True, default='', max_length=100)),
                ('note', models.TextField(blank=True)),
                ('tags', models.TextField(blank=True)),
                ('promised_by', models.DateField(blank=True, null=True, verbose_name='promised by')),
                ('lines', closedorders.orders.order_lines.OrderLinesField(blank=True, default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('edited_fields', models.JSONField(blank=True, default=list)),
                ('came_on_line', models.PositiveIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('supplier_state', models.CharField(blank=True, default='not_ordered', max_length=20)),
                ('money_state', models.CharField(blank=True, default='', max_length=20)),
                ('told_state', models.CharField(blank=True, default='', max_length=20)),
                ('lacks_reason', models.BooleanField(default=False)),
                ('untold', models.BooleanField(default=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.customer')),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='orders.store')),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='store_orders', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='store_order_newest'), models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('lacks_reason', True)), name='store_order_no_reason'), models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('untold', True)), name='store_order_not_told'), models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('supplier_state', 'replaced')), name='store_order_replaced'), models.Index(models.F('team'), models.OrderBy(django.db.models.functions.comparison.Coalesce('placed_at', 'created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('supplier_state', 'closed_open')), name='store_order_closed'), models.Index(condition=models.Q(('cancelled_at', None), ('promised_by__isnull', False), models.Q(('supplier_state__in', ['shipped', 'completed', 'refunded', 'written_off']), _negated=True), models.Q(('money_state', 'refunded'), _negated=True), models.Q(('financial_status__in', ['cancelled', 'Cancelled', 'CANCELLED', 'canceled', 'Canceled', 'CANCELED', 'failed', 'Failed', 'FAILED']), _negated=True)), fields=['team', 'promised_by', 'id'], name='store_order_promised'), models.Index(condition=models.Q(('discount_code', ''), _negated=True), fields=['store', 'discount_code'], name='store_order_discount')],
                'constraints': [models.UniqueConstraint(fields=('store', 'number'), name='one_store_order_per_number', opclasses=['int8_ops', 'varchar_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='OrderFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=200, upload_to='order-files/%Y/%m/')),
                ('name', models.CharField(max_length=200)),
                ('size', models.PositiveIntegerField()),
                ('content_type', models.CharField(max_length=60)),
                ('for_assistants', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='orders.storeorder')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='OrderComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='comment')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='orders.storeorder')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('url', models.URLField(blank=True, max_length=500)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suppliers', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'name'), name='one_supplier_per_name')],
            },
        ),
        migrations.CreateModel(
            name='SupplierOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, verbose_name='AliExpress order number')),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('cost', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, null=True)),
                ('payment_method', models.CharField(blank=True, max_length=30, verbose_name='payment method')),
                ('placed_at', models.DateTimeField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('status', models.CharField(blank=True, max_length=100, verbose_name='status as AliExpress words it')),
                ('status_code', models.CharField(blank=True, max_length=20)),
                ('closure_logged', models.BooleanField(default=False)),
                ('title', models.CharField(blank=True, max_length=500)),
                ('tracking_number', models.CharField(blank=True, max_length=200, verbose_name='tracking number')),
                ('shipping_method', models.CharField(blank=True, max_length=100)),
                ('edited_fields', models.JSONField(blank=True, default=list)),
                ('came_on_line', models.PositiveIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('buyer_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supplier_orders', to='orders.buyeraccount')),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replacements', to='orders.supplierorder')),
                ('store_order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='supplier_orders', to='orders.storeorder')),
                ('supplier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.supplier')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='supplier_orders', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='supplier_order_newest'), models.Index(fields=['team', 'placed_at'], name='supplier_order_by_day'), models.Index(fields=['team', 'number'], name='supplier_order_number_begins', opclasses=['int8_ops', 'varchar_pattern_ops']), models.Index(condition=models.Q(('tracking_number', ''), _negated=True), fields=['team', 'tracking_number'], name='supplier_order_tracking', opclasses=['int8_ops', 'varchar_pattern_ops']), models.Index(condition=models.Q(('tracking_number__contains', ', ')), fields=['team'], name='supplier_order_parcels'), models.Index(condition=models.Q(('closure_logged', False), ('status_code__in', ('cancelled', 'closed', 'expired'))), fields=['team', '-id'], name='supplier_order_unlogged'), models.Index(condition=models.Q(('paid_at__isnull', False), ('status_code', 'verifying_payment')), fields=['team', 'paid_at'], name='supplier_order_in_review'), models.Index(condition=models.Q(('status_code', 'verifying_payment')), fields=['team', '-id'], name='supplier_order_verifying'), models.Index(condition=models.Q(('store_order', None)), fields=['team', '-id'], name='supplier_order_unmatched')],
                'constraints': [models.UniqueConstraint(fields=('team', 'number'), name='one_supplier_order_per_number')],
            },
        ),
    ]
