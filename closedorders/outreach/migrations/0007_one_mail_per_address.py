from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Q
from django.db.models.functions import Lower, Trim

BINDING = ("queued", "sending", "deferred", "uncertain", "sent", "delivered", "bounced", "complained")


def leave_one_mail_per_address(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Store recipients folded. Of several messages to one address, those that have not left are left out.

    What has left twice already stays in the ledger, its address marked with the number of its row.
    """
    messages: Any = apps.get_model("outreach", "Message").objects
    messages.update(recipient=Lower(Trim("recipient")))
    twice = (
        messages.filter(state__in=BINDING)
        .values("incident", "kind", "recipient")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
    )
    for group in list(twice.values_list("incident", "kind", "recipient")):
        incident, kind, recipient = group
        rows = messages.filter(incident=incident, kind=kind, recipient=recipient, state__in=BINDING)
        left = list(rows.exclude(state__in=["queued", "deferred"]).order_by("pk").values_list("pk", flat=True))
        waiting = list(rows.filter(state__in=["queued", "deferred"]).order_by("pk").values_list("pk", flat=True))
        for pk in left[1:]:
            messages.filter(pk=pk).update(recipient=f"{recipient[:230]} ({pk})")
        not_needed = waiting if left else waiting[1:]
        messages.filter(pk__in=not_needed).update(state="skipped", skip_reason="same_address")


class Migration(migrations.Migration):
    dependencies = [("outreach", "0006_campaigns_wait_for_the_mail_server")]

    operations = [
        migrations.RunPython(leave_one_mail_per_address, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=Q(state__in=BINDING),
                fields=("incident", "kind", "recipient"),
                name="one_mail_per_address",
            ),
        ),
    ]
