import closedorders.core.money
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('closures', '0001_initial'),
        ('orders', '0002_came_with'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('holding', 'Holding note'), ('resolution', 'Apology with code and refund')], max_length=12)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('sending', 'Sending'), ('paused', 'Paused'), ('finished', 'Finished'), ('cancelled', 'Cancelled')], default='draft', max_length=10)),
                ('code_percent', models.PositiveSmallIntegerField(default=10, verbose_name='discount code, %')),
                ('code_expires_on', models.DateField(blank=True, null=True, verbose_name='code is good until')),
                ('refund_percent', models.PositiveSmallIntegerField(default=10, verbose_name='refund, %')),
                ('refund_base', models.CharField(choices=[('total', 'The whole order'), ('subtotal', 'The products, without shipping'), ('shipping', 'The shipping')], default='total', max_length=10, verbose_name='refund of')),
                ('gift', models.CharField(blank=True, max_length=100, verbose_name='gift')),
                ('new_date', models.DateField(blank=True, null=True, verbose_name='new delivery date')),
                ('texts', models.JSONField(blank=True, default=dict)),
                ('pause_cause', models.CharField(blank=True, choices=[('by_hand', 'Paused by hand'), ('sender_refused', 'The mail server refuses our sign-in or our sender address'), ('failures', 'Too many messages in a row did not go through'), ('not_solved', 'The account is blocked again, so the apology would not be true')], max_length=15)),
                ('pause_reason', models.CharField(blank=True, max_length=300)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('no_server_since', models.DateTimeField(blank=True, null=True)),
                ('no_server_reason', models.CharField(blank=True, max_length=20)),
                ('no_server_words', models.CharField(blank=True, max_length=300)),
                ('no_server_tries', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='closures.incident')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='orders.store')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='campaigns', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='campaign_newest')],
            },
        ),
        migrations.CreateModel(
            name='DirectContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('phone', 'By phone'), ('marketplace', 'Marketplace chat'), ('other', 'Another way')], max_length=12, verbose_name='how')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('closures', models.ManyToManyField(related_name='direct_contacts', to='closures.closure')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='direct_contacts', to='orders.customer')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='direct_contacts', to='closures.incident')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='direct_contacts', to='accounts.team')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(fields=['incident', 'customer'], name='direct_contact_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='DiscountCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('percent', models.PositiveSmallIntegerField()),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('exported_at', models.DateTimeField(blank=True, null=True)),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='outreach.campaign')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='orders.customer')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='closures.incident')),
                ('loaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discount_codes', to='orders.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'code'), name='one_code_per_store'), models.UniqueConstraint(fields=('incident', 'customer'), name='one_code_per_customer'), models.CheckConstraint(condition=models.Q(('percent__gte', 1), ('percent__lte', 100)), name='code_percent_in_range')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('holding', 'Holding note'), ('resolution', 'Apology with code and refund')], max_length=12)),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('local', 'In the local mailbox'), ('deferred', 'Tried, waiting to try again'), ('failed', 'Failed'), ('uncertain', 'Uncertain'), ('delivered', 'Delivered'), ('bounced', 'Bounced'), ('complained', 'Marked as spam'), ('skipped', 'Left out'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('skip_reason', models.CharField(blank=True, max_length=40)),
                ('recipient', models.CharField(max_length=254)),
                ('language', models.CharField(max_length=5)),
                ('subject', models.CharField(max_length=300)),
                ('body', models.TextField()),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('deferrals', models.PositiveSmallIntegerField(default=0)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('submitting_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('reply_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reply_words', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='outreach.campaign')),
                ('closures', models.ManyToManyField(related_name='messages', to='closures.closure')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='orders.customer')),
                ('follows', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='outreach.message')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='closures.incident')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['campaign', 'state', 'not_before'], name='message_due'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_until'], name='message_in_flight')],
                'constraints': [models.UniqueConstraint(fields=('incident', 'kind', 'customer', 'number'), name='one_apology_per_customer'), models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'sending', 'deferred', 'uncertain', 'sent', 'delivered', 'bounced', 'complained'))), fields=('incident', 'kind', 'recipient', 'number'), name='one_mail_per_address')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14)),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('percent', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'To refund'), ('issued', 'Paid back'), ('dropped', 'Dropped')], default='proposed', max_length=10)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='outreach.campaign')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='closures.incident')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('store_order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='orders.storeorder')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('incident', 'store_order'), name='one_refund_per_order'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.CharField(max_length=254, verbose_name='e-mail')),
                ('cause', models.CharField(choices=[('bounced', 'The mail server refused the address'), ('asked', 'The person asked for it'), ('complained', 'Marked as spam'), ('by_hand', 'Blocked by hand')], max_length=10, verbose_name='cause')),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suppressions', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('team', 'email'), name='one_live_suppression')],
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('holding', 'Holding note'), ('resolution', 'Apology with code and refund')], max_length=12)),
                ('language', models.CharField(max_length=5)),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('body', models.TextField(max_length=10000, verbose_name='text')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='templates', to='orders.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'language'), name='one_template_each')],
            },
        ),
    ]
