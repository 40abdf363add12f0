import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('closures', '0001_initial'),
        ('documents', '0001_initial'),
        ('orders', '0002_came_with'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('collecting', 'Collecting documents'), ('in_review', 'With the reviewer'), ('ready', 'Ready to submit'), ('submitted', 'Waiting on AliExpress'), ('rejected', 'Rejected by AliExpress'), ('unblocked', 'Unblocked'), ('closed', 'Closed')], default='collecting', max_length=10)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='orders.buyeraccount')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='closures.incident')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['unblocked', 'closed']), _negated=True), fields=('incident',), name='one_unfinished_case_per_incident')],
            },
        ),
        migrations.CreateModel(
            name='Cleanup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(choices=[('phone', 'Phone gallery'), ('bin', 'Phone bin'), ('mailbox', 'Mailbox, sent mail included'), ('cloud', 'Cloud backup')], max_length=10)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cleanups', to='cases.case')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('case', 'place'), name='one_cleanup_per_place')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('chat', 'Live chat'), ('email', 'E-mail'), ('other', 'Other')], default='chat', max_length=10, verbose_name='channel')),
                ('purpose', models.CharField(choices=[('ask', 'Asked about the block'), ('submit', 'Sent documents'), ('insist', 'Asked again'), ('thanks', 'Said thank you')], default='ask', max_length=10, verbose_name='purpose')),
                ('agent', models.CharField(blank=True, max_length=100, verbose_name="agent's name")),
                ('summary', models.TextField(verbose_name='what was said')),
                ('promise', models.CharField(blank=True, max_length=300, verbose_name='what they promised')),
                ('follow_up_at', models.DateTimeField(blank=True, null=True, verbose_name='follow up on')),
                ('followed_up_at', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='cases.case')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('credit_card', 'Credit card'), ('passport', 'Passport'), ('driving_licence', 'Driving licence'), ('proof_of_business', 'Proof of business'), ('contact_details', 'Contact details'), ('other', 'Other')], max_length=20)),
                ('label', models.CharField(blank=True, max_length=100)),
                ('state', models.CharField(choices=[('missing', 'Missing'), ('ready', 'Ready'), ('approved', 'Approved'), ('asked_again', 'Asked again'), ('not_needed', 'Not asked for')], default='missing', max_length=12)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='cases.case')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='documents.document')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'other'), _negated=True), fields=('case', 'kind'), name='one_slot_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('verdict', models.CharField(choices=[('approved', 'Approved'), ('asked_again', 'Ask again')], max_length=12)),
                ('reason', models.CharField(blank=True, choices=[('not_readable', 'Not readable'), ('numbers_visible', 'More than the last four digits visible'), ('expired', 'Expired'), ('wrong_name', 'Name does not match the account'), ('cut_off', 'Edges cut off'), ('other', 'Other')], max_length=20)),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='cases.slot')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(blank=True, choices=[('collecting', 'Collecting documents'), ('in_review', 'With the reviewer'), ('ready', 'Ready to submit'), ('submitted', 'Waiting on AliExpress'), ('rejected', 'Rejected by AliExpress'), ('unblocked', 'Unblocked'), ('closed', 'Closed')], max_length=10)),
                ('after', models.CharField(choices=[('collecting', 'Collecting documents'), ('in_review', 'With the reviewer'), ('ready', 'Ready to submit'), ('submitted', 'Waiting on AliExpress'), ('rejected', 'Rejected by AliExpress'), ('unblocked', 'Unblocked'), ('closed', 'Closed')], max_length=10)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('note', models.TextField(blank=True)),
                ('account_before', models.CharField(blank=True, choices=[('ok', 'Working'), ('under_review', 'Under review'), ('blocked', 'Blocked')], max_length=12)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='cases.case')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
    ]
