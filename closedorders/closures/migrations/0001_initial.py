import closedorders.core.money
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
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('closed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('logged_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.CharField(choices=[('pasted', 'Pasted'), ('imported', 'Imported')], default='pasted', max_length=10)),
                ('words', models.TextField(blank=True, verbose_name="AliExpress's exact words")),
                ('origin', models.CharField(blank=True, choices=[('risk', 'Risk control'), ('unpaid', 'Not paid in time'), ('seller', 'Seller did not ship in time'), ('buyer', 'Cancelled from your account'), ('dispute', 'Dispute')], max_length=8, verbose_name='closed by')),
                ('supplier_refund_expected', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('supplier_refund_currency', closedorders.core.money.CurrencyField(blank=True, default='', max_length=3)),
                ('supplier_refund_announced_on', models.DateField(blank=True, null=True)),
                ('supplier_refund_received_on', models.DateField(blank=True, null=True)),
                ('supplier_refund_received', closedorders.core.money.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                ('outcome', models.CharField(choices=[('open', 'Open'), ('reopened', 'Reopened by AliExpress'), ('replaced', 'Reordered'), ('refunded', 'Customer refunded'), ('written_off', 'Written off')], default='open', max_length=12)),
                ('outcome_at', models.DateTimeField(blank=True, null=True)),
                ('reopened_at', models.DateTimeField(blank=True, null=True)),
                ('logged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('outcome_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('supplier_order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='orders.supplierorder')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='ClosureEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=200, upload_to='closure-evidence/%Y/%m/')),
                ('name', models.CharField(max_length=200)),
                ('size', models.PositiveIntegerField()),
                ('content_type', models.CharField(max_length=60)),
                ('for_assistants', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('closures', models.ManyToManyField(related_name='evidence', to='closures.closure')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closure_evidence', to='accounts.team')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
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
                'constraints': [models.UniqueConstraint(condition=models.Q(('team', None)), fields=('code',), name='one_seeded_reason_per_code'), models.UniqueConstraint(condition=models.Q(('team__isnull', False)), fields=('team', 'code'), name='one_team_reason_per_code')],
            },
        ),
        migrations.AddField(
            model_name='closure',
            name='reason',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='closures.closurereason'),
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('customers_asked', models.PositiveIntegerField(blank=True, null=True, verbose_name='customers who had to ask')),
                ('lessons', models.TextField(blank=True, max_length=4000, verbose_name='what we change')),
                ('passed_on_at', models.DateTimeField(blank=True, null=True)),
                ('storm_size', models.PositiveIntegerField(blank=True, null=True)),
                ('storm_at', models.DateTimeField(blank=True, null=True)),
                ('opened_by_itself', models.BooleanField(default=False)),
                ('proposed_from', models.CharField(blank=True, max_length=10)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='orders.buyeraccount')),
                ('cause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='closures.closurereason')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('follows', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='closures.incident')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='closures.incident')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('proposed_cause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='closures.closurereason')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='incidents', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'number'), name='one_incident_per_number'), models.UniqueConstraint(condition=models.Q(('ended_at', None), ('passed_on_at', None)), fields=('buyer_account',), name='one_incident_takes_closures')],
            },
        ),
        migrations.CreateModel(
            name='ClosureLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress_done', models.BigIntegerField(default=0)),
                ('progress_total', models.BigIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for a worker'), ('running', 'Being logged'), ('done', 'Logged'), ('refused', 'Stopped')], default='waiting', max_length=8)),
                ('rows', models.JSONField(default=list)),
                ('closed_at', models.DateTimeField()),
                ('words', models.TextField(blank=True)),
                ('origin', models.CharField(blank=True, choices=[('risk', 'Risk control'), ('unpaid', 'Not paid in time'), ('seller', 'Seller did not ship in time'), ('buyer', 'Cancelled from your account'), ('dispute', 'Dispute')], max_length=8)),
                ('source', models.CharField(choices=[('pasted', 'Pasted'), ('imported', 'Imported')], default='pasted', max_length=10)),
                ('by_itself', models.BooleanField(default=False)),
                ('logged', models.PositiveIntegerField(default=0)),
                ('already', models.PositiveIntegerField(default=0)),
                ('stubs', models.PositiveIntegerField(default=0)),
                ('elsewhere', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('buyer_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.buyeraccount')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('evidence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='closures.closureevidence')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closure_logs', to='accounts.team')),
                ('incidents', models.ManyToManyField(related_name='+', to='closures.incident')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='closure_log_newest')],
            },
        ),
        migrations.AddField(
            model_name='closure',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='closures.incident'),
        ),
        migrations.CreateModel(
            name='IncidentStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('texts', models.JSONField()),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='closures.incident')),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='closures.closurereason')),
            ],
            options={
                'ordering': ['incident', 'position'],
                'constraints': [models.UniqueConstraint(fields=('incident', 'position'), name='one_step_per_position')],
            },
        ),
        migrations.CreateModel(
            name='NoVerification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300, verbose_name='why')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='no_verifications', to='closures.incident')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('incident',), name='one_no_verification_per_incident')],
            },
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
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('verified_on', models.DateField(blank=True, null=True, verbose_name='last checked on')),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='playbooks', to='closures.closurereason')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='playbooks', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'reason'), name='one_playbook_per_reason')],
            },
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
        migrations.AddIndex(
            model_name='closure',
            index=models.Index(condition=models.Q(('supplier_refund_announced_on__isnull', False), ('supplier_refund_received_on', None)), fields=['team', 'supplier_refund_announced_on', 'id'], name='closure_refund_due'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.UniqueConstraint(condition=models.Q(('reopened_at', None)), fields=('supplier_order',), name='one_open_closure_per_order'),
        ),
    ]
