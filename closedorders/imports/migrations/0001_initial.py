import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('header_key', models.CharField(max_length=64)),
                ('header', models.JSONField(default=list)),
                ('kind', models.CharField(max_length=20)),
                ('mapping', models.JSONField(default=dict)),
                ('answers', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='import_profiles', to='orders.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'header_key'), name='one_profile_per_header')],
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress_done', models.BigIntegerField(default=0)),
                ('progress_total', models.BigIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('file', models.FileField(max_length=200, upload_to='imports/%Y/%m/')),
                ('file_name', models.CharField(max_length=200)),
                ('size', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('uploaded', 'Waiting to be read'), ('reading', 'Being read'), ('previewed', 'Ready to save'), ('committing', 'Being saved'), ('committed', 'Saved'), ('unmapped', 'Columns to be named'), ('refused', 'Refused'), ('cancelled', 'Cancelled'), ('undoing', 'Being taken back'), ('undone', 'Taken back')], default='uploaded', max_length=10)),
                ('format', models.CharField(blank=True, max_length=40)),
                ('header', models.JSONField(blank=True, default=list)),
                ('answers', models.JSONField(blank=True, default=dict)),
                ('assumptions', models.JSONField(blank=True, default=dict)),
                ('questions', models.JSONField(blank=True, default=list)),
                ('refusal', models.JSONField(blank=True, default=dict)),
                ('samples', models.JSONField(blank=True, default=dict)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_accepted', models.PositiveIntegerField(default=0)),
                ('rows_rejected', models.PositiveIntegerField(default=0)),
                ('rows_duplicate', models.PositiveIntegerField(default=0)),
                ('issues_found', models.PositiveIntegerField(default=0)),
                ('orders_new', models.PositiveIntegerField(default=0)),
                ('orders_changed', models.PositiveIntegerField(default=0)),
                ('orders_unchanged', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undo_was', models.CharField(blank=True, max_length=10)),
                ('undo_from', models.BigIntegerField(null=True)),
                ('undo_orders', models.PositiveIntegerField(default=0)),
                ('undo_changed', models.PositiveIntegerField(default=0)),
                ('undo_left', models.PositiveIntegerField(default=0)),
                ('buyer_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='orders.buyeraccount')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='orders.store')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='accounts.team')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('profile', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='imports.importprofile')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='import_newest')],
            },
        ),
        migrations.CreateModel(
            name='ImportChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thing', models.CharField(choices=[('store_order', 'Store order'), ('supplier_order', 'AliExpress order'), ('customer', 'Customer'), ('supplier', 'AliExpress seller')], max_length=14)),
                ('thing_id', models.BigIntegerField()),
                ('line', models.PositiveIntegerField(null=True)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='imports.import')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'id'], name='import_change_by_import'), models.Index(fields=['thing', 'thing_id'], name='import_change_by_thing')],
            },
        ),
        migrations.CreateModel(
            name='ImportIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField()),
                ('column', models.CharField(blank=True, max_length=100)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('cells', models.JSONField(blank=True, default=list)),
                ('order_rows', models.JSONField(blank=True, default=list)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='issues', to='imports.import')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'line'], name='issue_by_line')],
            },
        ),
    ]
