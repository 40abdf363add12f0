import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptCounts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.BigIntegerField()),
                ('counted_at', models.DateTimeField()),
                ('counts', models.JSONField()),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='kept_counts', to='accounts.team')),
            ],
        ),
    ]
