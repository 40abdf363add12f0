import closedorders.core.money
import closedorders.risk.models.alerts
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_cache_table'),
        ('orders', '0003_folded_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_code', models.SlugField(blank=True, max_length=40)),
                ('was', models.CharField(max_length=10)),
                ('state', models.CharField(max_length=10)),
                ('texts', models.JSONField(default=dict)),
                ('on_today', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('seen_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='alert_newest'), models.Index(condition=models.Q(('on_today', True), ('seen_at', None)), fields=['team', '-id'], name='alert_unseen')],
            },
        ),
        migrations.CreateModel(
            name='AlertDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('today', 'On Today'), ('email', 'By e-mail to the merchants'), ('webhook', 'By webhook')], max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Not sent'), ('uncertain', 'Perhaps sent'), ('over', 'Not needed any more')], default='waiting', max_length=10)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('submitting_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=20)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='risk.alert')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['not_before'], name='alert_delivery_due')],
                'constraints': [models.UniqueConstraint(fields=('alert', 'way', 'member'), name='one_alert_delivery_per_member'), models.UniqueConstraint(condition=models.Q(('member', None)), fields=('alert', 'way'), name='one_alert_delivery_per_way')],
            },
        ),
        migrations.CreateModel(
            name='AlertSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ways', models.JSONField(default=closedorders.risk.models.alerts.usual_ways)),
                ('webhook_host', models.CharField(blank=True, max_length=255)),
                ('sealed_webhook', models.BinaryField(default=bytes)),
                ('wrapped_key', models.TextField(blank=True)),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='alert_settings', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Away',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateField(verbose_name='until')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'until'], name='away_by_day')],
            },
        ),
        migrations.CreateModel(
            name='ChangedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_code', models.SlugField(max_length=40)),
                ('answer', models.CharField(choices=[('fine', 'Fine'), ('problem', 'Not fine')], max_length=10, verbose_name='answer')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'check_code', '-at'], name='newest_confirmation')],
            },
        ),
        migrations.CreateModel(
            name='DailyTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('orders', models.PositiveIntegerField()),
                ('costed', models.PositiveIntegerField()),
                ('spent', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14)),
                ('buyer_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'day'], name='daily_total_by_day')],
            },
        ),
        migrations.CreateModel(
            name='Dismissal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_code', models.SlugField(max_length=40)),
                ('state', models.CharField(max_length=10)),
                ('reason', models.CharField(max_length=300, verbose_name='why it is no problem')),
                ('until', models.DateField(verbose_name='until')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'until'], name='dismissal_by_day')],
            },
        ),
        migrations.CreateModel(
            name='Funds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('card', 'Card'), ('paypal', 'PayPal')], max_length=10, verbose_name='pays with')),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3, verbose_name='currency')),
                ('available', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True, verbose_name='available now')),
                ('limit_a_day', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True, verbose_name='limit a day')),
                ('payments_a_day', models.PositiveIntegerField(blank=True, null=True, verbose_name='payments a day, at most')),
                ('stated_on', models.DateField(verbose_name='as of')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount', verbose_name='AliExpress account')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-stated_on'], name='funds_newest')],
            },
        ),
        migrations.CreateModel(
            name='KnownEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('why', models.CharField(max_length=100, verbose_name='what it is')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(blank=True, help_text='Blank: all of them.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount', verbose_name='AliExpress account')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-ends_on'], name='known_event_newest')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('aliexpress', 'AliExpress'), ('bank', 'The bank')], max_length=10)),
                ('sent_on', models.DateField(verbose_name='sent on')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='orders.buyeraccount')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'ordering': ['-sent_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='OfficeNetwork',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=50, verbose_name='network')),
                ('label', models.CharField(help_text="The office, Ana's home.", max_length=60, verbose_name='what it is')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('team', 'network'), name='one_office_per_network')],
            },
        ),
        migrations.CreateModel(
            name='PocketEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('deposit', 'Bought'), ('use', 'Used')], max_length=10, verbose_name='what was done')),
                ('amount', closedorders.core.money.MoneyField(decimal_places=3, max_digits=14, verbose_name='amount')),
                ('currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3, verbose_name='currency')),
                ('happened_on', models.DateField(verbose_name='on')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='good until')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount', verbose_name='AliExpress account')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-happened_on'], name='pocket_entry_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='pocket_amount_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='RiskSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('score', models.PositiveSmallIntegerField()),
                ('states', models.JSONField(default=dict)),
                ('taken_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='risk_snapshots', to='accounts.team')),
            ],
            options={
                'ordering': ['-day'],
                'constraints': [models.UniqueConstraint(fields=('team', 'day'), name='one_risk_snapshot_per_day')],
            },
        ),
        migrations.CreateModel(
            name='Snooze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_code', models.SlugField(max_length=40)),
                ('state', models.CharField(max_length=10)),
                ('until', models.DateField(verbose_name='until')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', 'until'], name='snooze_by_day')],
            },
        ),
        migrations.CreateModel(
            name='TeamThreshold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30)),
                ('value', models.PositiveIntegerField()),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='thresholds', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'name'), name='one_threshold_per_name')],
            },
        ),
        migrations.CreateModel(
            name='TotalsState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('zone', models.CharField(max_length=64)),
                ('counted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('suppliers', models.JSONField(blank=True, null=True)),
                ('window', models.JSONField(blank=True, null=True)),
                ('suppliers_at', models.DateTimeField(blank=True, null=True)),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='totals_state', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Trip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='leaves on')),
                ('ends_on', models.DateField(verbose_name='is back on')),
                ('country', models.CharField(help_text='Two letters, like ES.', max_length=2, verbose_name='country')),
                ('done', models.JSONField(blank=True, default=list)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('stands_in', models.ForeignKey(blank=True, help_text='Blank: nobody orders until then.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership', verbose_name='who orders meanwhile')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='trips', to='accounts.team')),
                ('who', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership', verbose_name='who travels')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-ends_on'], name='trip_newest')],
            },
        ),
        migrations.CreateModel(
            name='WindowDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('counts', models.JSONField(default=dict)),
                ('counted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'day'), name='one_window_day')],
            },
        ),
        migrations.CreateModel(
            name='AccountEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('tier', 'Tier'), ('card', 'Card'), ('address', 'Address'), ('password', 'Password'), ('email', 'E-mail')], max_length=10, verbose_name='what was changed')),
                ('happened_on', models.DateField(verbose_name='changed on')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.buyeraccount', verbose_name='AliExpress account')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-happened_on'], name='account_event_newest')],
            },
        ),
    ]
