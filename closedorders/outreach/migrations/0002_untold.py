from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from closedorders.core.mail.address_checks import why_blocked

_SETTLED = ['refunded', 'voided', 'cancelled', 'canceled', 'failed']


def note_who_is_untold(apps, schema_editor):
    """The orders whose stored word says that somebody is still to be told, of closures that count."""
    waiting = apps.get_model('closures', 'Closure').objects.filter(
        supplier_order__store_order=OuterRef('pk'), reopened_at=None, incident__ended_at=None,
        outcome__in=['open', 'replaced'],
    )
    orders = apps.get_model('orders', 'StoreOrder').objects.filter(
        Exists(waiting), told_state__in=['not_told', 'failed', 'uncertain', 'on_its_way'], cancelled_at=None,
    )
    orders.annotate(paid=Lower('financial_status')).exclude(paid__in=_SETTLED).update(untold=True)


def note_who_cannot_be_mailed(apps, schema_editor):
    orders = apps.get_model('orders', 'StoreOrder').objects.filter(untold=True, told_state__in=['not_told', 'failed'])
    suppressed = apps.get_model('outreach', 'Suppression').objects.filter(
        team=OuterRef('team'), email=Lower(OuterRef('customer__email')), released_at=None,
    )
    rows = orders.annotate(suppressed=Exists(suppressed)).values_list('pk', 'customer__email', 'suppressed')
    keys = [pk for pk, email, is_suppressed in rows.iterator(chunk_size=2000) if is_suppressed or why_blocked(email)]
    for start in range(0, len(keys), 500):
        orders.filter(pk__in=keys[start:start + 500]).update(told_state='unreachable')


def say_how_much_went_back(apps, schema_editor):
    """An order with a refund was "refunded" whatever part of it that was."""
    orders = apps.get_model('orders', 'StoreOrder').objects
    refunds = apps.get_model('outreach', 'Refund').objects.filter(
        store_order__money_state='refund_issued', state='issued',
    )
    paid, totals = defaultdict(Decimal), {}
    for order, amount, currency, total, in_currency in refunds.values_list(
        'store_order', 'amount', 'currency', 'store_order__total', 'store_order__currency',
    ).iterator(chunk_size=2000):
        paid[order] += amount
        totals[order] = total if currency == (in_currency or currency) else None
    alike = defaultdict(list)
    for order, amount in paid.items():
        total = totals[order]
        if total is None or total <= 0:
            word = 'back_'
        elif amount >= total:
            word = 'refunded'
        else:
            percent = int((amount * 100 / total).quantize(Decimal(1), rounding=ROUND_HALF_UP))
            word = f'back_{min(99, max(1, percent))}'
        alike[word].append(order)
    for word, keys in alike.items():
        for start in range(0, len(keys), 500):
            orders.filter(pk__in=keys[start:start + 500]).update(money_state=word)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('closures', '0001_initial'),
        ('orders', '0003_untold'),
        ('outreach', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='refund',
            name='state',
            field=models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'To refund'), ('issued', 'Paid back'), ('dropped', 'Dropped')], default='proposed', max_length=10),
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
        migrations.RunPython(note_who_is_untold, migrations.RunPython.noop),
        migrations.RunPython(note_who_cannot_be_mailed, migrations.RunPython.noop),
        migrations.RunPython(say_how_much_went_back, migrations.RunPython.noop),
    ]
