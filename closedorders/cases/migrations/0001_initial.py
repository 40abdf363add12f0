import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_cache_table'),
        ('closures', '0002_reasons'),
        ('documents', '0001_initial'),
        ('orders', '0003_folded_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('collecting', 'Collecting documents'), ('in_review', 'With the reviewer'), ('ready', 'Ready to submit'), ('submitted', 'Waiting on AliExpress'), ('rejected', 'Rejected by AliExpress'), ('unblocked', 'Unblocked'), ('closed', 'Closed')], default='collecting', max_length=10)),
                ('verification', models.CharField(blank=True, choices=[('card', 'The card'), ('account', 'The account'), ('company_card', "A company's card"), ('unsure', 'Not sure yet')], max_length=12)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('clock_from', models.DateTimeField(blank=True, null=True)),
                ('answer_due', models.DateField(blank=True, null=True, verbose_name='answer due')),
                ('chat_started_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='orders.buyeraccount')),
                ('documents_used', models.ManyToManyField(blank=True, related_name='+', to='documents.document')),
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
                ('place', models.CharField(choices=[('phone', 'Phone gallery'), ('bin', 'Phone bin'), ('mailbox', 'Mailbox'), ('sent', 'Sent mail'), ('cloud', 'Cloud backup'), ('chat', 'Chat'), ('downloads', 'Downloads of the computer')], max_length=10)),
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
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='cases.case')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('verdict', models.CharField(choices=[('approved', 'Approved'), ('asked_again', 'Ask again')], max_length=12)),
                ('reason', models.CharField(blank=True, choices=[('not_readable', 'Blurred'), ('cut_off', 'Cut off'), ('numbers_visible', 'A number can be read that must be covered'), ('expired', 'Expired'), ('wrong_name', 'Wrong person'), ('wrong_document', 'Wrong document'), ('other', 'Other')], max_length=20)),
                ('note', models.TextField(blank=True)),
                ('alone', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DocumentEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asks', models.CharField(max_length=10)),
                ('digest', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='entry', to='documents.document')),
            ],
        ),
        migrations.CreateModel(
            name='Pack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('format', models.CharField(choices=[('zip', 'ZIP'), ('pdf', 'PDF')], max_length=3)),
                ('contents', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('alone', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='packs', to='cases.case')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('card_front', 'Credit card, front'), ('card_back', 'Credit card, back'), ('identity', 'Passport or ID'), ('driving_licence', 'Driving licence'), ('business', 'Proof of business'), ('contact', 'Contact details'), ('statement', 'Card statement or banking screenshot'), ('other', 'Other')], max_length=20)),
                ('label', models.CharField(blank=True, max_length=100)),
                ('state', models.CharField(choices=[('missing', 'Missing'), ('ready', 'Ready'), ('approved', 'Approved'), ('asked_again', 'Asked again'), ('not_needed', 'Not asked for')], default='missing', max_length=12)),
                ('asked_in_round', models.PositiveSmallIntegerField(default=1)),
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
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('mismatches', models.PositiveSmallIntegerField(default=0)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('decision', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='review', to='cases.decision')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='cases.slot')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('slot', 'by'), name='one_open_review_per_person')],
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='cases.slot'),
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
                ('round_before', models.JSONField(blank=True, default=dict)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
                ('taken_back_why', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='cases.case')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='transitions', to='cases.contact')),
                ('taken_back_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('not_before', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('reader', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.membership')),
                ('transition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='cases.transition')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('transition', 'reader'), name='one_notice_per_reader_and_move')],
            },
        ),
    ]
