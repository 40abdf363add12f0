import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_cache_table'),
    ]

    operations = [
        migrations.CreateModel(
            name='SelfTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress_done', models.BigIntegerField(default=0)),
                ('progress_total', models.BigIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('never', 'Never run'), ('waiting', 'Waiting'), ('running', 'Running'), ('passed', 'Passed'), ('failed', 'Failed')], default='never', max_length=10)),
                ('result', models.JSONField(default=list)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress_done', models.BigIntegerField(default=0)),
                ('progress_total', models.BigIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('kind', models.CharField(choices=[('card_front', 'Credit card, front'), ('card_back', 'Credit card, back'), ('identity', 'Passport or ID'), ('driving_licence', 'Driving licence'), ('business', 'Proof of business'), ('contact', 'Contact details'), ('statement', 'Card statement or banking screenshot'), ('other', 'Other')], max_length=20, verbose_name='kind')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='expires on')),
                ('state', models.CharField(choices=[('waiting', 'Waiting to be checked'), ('checking', 'Being checked'), ('clean', 'Nothing found'), ('leak', 'Shows too much'), ('unchecked', 'Not checked'), ('confirmed', 'Confirmed by a second person')], default='waiting', max_length=10)),
                ('boxes', models.JSONField(default=list)),
                ('crops', models.JSONField(default=list)),
                ('turn', models.PositiveSmallIntegerField(default=0)),
                ('check_result', models.JSONField(default=dict)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('uploaded_bytes', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('deleted_why', models.CharField(blank=True, choices=[('by_hand', 'Deleted by hand'), ('retention', 'Deleted 30 days after its case was closed'), ('left', 'Deleted because it showed too much for a day')], max_length=10)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('covered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('deleted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('previous', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='later', to='documents.document')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='document_newest'), models.Index(condition=models.Q(('state__in', ['waiting', 'checking', 'leak'])), fields=['id'], name='document_unfinished')],
            },
        ),
        migrations.CreateModel(
            name='PageImage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('file', models.FileField(blank=True, max_length=200, upload_to='vault/%Y/%m')),
                ('wrapped_key', models.TextField(blank=True)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('stored_bytes', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='documents.document')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('document', 'number'), name='one_image_per_page')],
            },
        ),
    ]
