import closedorders.core.money
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


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

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosureReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('own_name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=100)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='closure_reasons', to='accounts.team')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='orders.buyeraccount')),
                ('cause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='closures.closurereason')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='incidents', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('closed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('logged_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.CharField(choices=[('pasted', 'Pasted'), ('imported', 'Imported')], default='pasted', max_length=10)),
                ('words', models.TextField(blank=True, verbose_name="AliExpress's exact words")),
                ('supplier_refund_expected', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('supplier_refund_currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('supplier_refund_received_on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('open', 'Open'), ('reopened', 'Reopened by AliExpress'), ('replaced', 'Re-placed'), ('refunded', 'Customer refunded'), ('written_off', 'Written off')], default='open', max_length=12)),
                ('outcome_at', models.DateTimeField(blank=True, null=True)),
                ('reopened_at', models.DateTimeField(blank=True, null=True)),
                ('logged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('outcome_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('supplier_order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='orders.supplierorder')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='accounts.team')),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='closures.closurereason')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='closures.incident')),
            ],
        ),
        migrations.CreateModel(
            name='Playbook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what_happened', models.TextField(blank=True, verbose_name='what happened')),
                ('do_now', models.TextField(blank=True, verbose_name='do now')),
                ('who_to_tell', models.TextField(blank=True, verbose_name='who to tell')),
                ('payment_route', models.TextField(blank=True, verbose_name='how to pay next time')),
                ('prevention', models.TextField(blank=True, verbose_name='prevention')),
                ('verified_on', models.DateField(blank=True, null=True, verbose_name='last checked on')),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='playbooks', to='closures.closurereason')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='playbooks', to='accounts.team')),
            ],
        ),
        migrations.AddConstraint(
            model_name='closurereason',
            constraint=models.UniqueConstraint(condition=models.Q(('team', None)), fields=('code',), name='one_seeded_reason_per_code'),
        ),
        migrations.AddConstraint(
            model_name='closurereason',
            constraint=models.UniqueConstraint(condition=models.Q(('team__isnull', False)), fields=('team', 'code'), name='one_team_reason_per_code'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(fields=('team', 'number'), name='one_incident_per_number'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('buyer_account',), name='one_open_incident_per_account'),
        ),
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(fields=['team', '-id'], name='closure_newest'),
        ),
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(fields=['team', 'closed_at'], name='closure_by_day'),
        ),
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(fields=['incident', '-id'], name='closure_by_incident'),
        ),
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(condition=models.Q(('outcome', 'open'), ('reopened_at', None)), fields=['team', 'closed_at', 'id'], name='closure_still_open'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.UniqueConstraint(condition=models.Q(('reopened_at', None)), fields=('supplier_order',), name='one_open_closure_per_order'),
        ),
        migrations.AddConstraint(
            model_name='playbook',
            constraint=models.UniqueConstraint(fields=('team', 'reason'), name='one_playbook_per_reason'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
