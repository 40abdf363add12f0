"""An address has one open invitation of a team: of several, the newest stays and the earlier links stop working."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Lower
from django.utils import timezone


def withdraw_earlier_ones(apps: Any, schema_editor: Any) -> None:
    audit_event = apps.get_model("accounts", "AuditEvent")
    invitations = apps.get_model("accounts", "Invitation").objects.filter(accepted_at=None, revoked_at=None)
    newest = set()
    for invitation in invitations.select_related("team").order_by("-pk"):
        address = (invitation.team_id, invitation.email.lower())
        if address not in newest:
            newest.add(address)
            continue
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        audit_event.objects.create(
            team=invitation.team,
            verb="invitation_revoked",
            thing="accounts.invitation",
            thing_id=invitation.pk,
            label=f"{invitation.email} → {invitation.team.name}"[:200],
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_password_reset_request")]

    operations = [
        migrations.RunPython(withdraw_earlier_ones, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                models.F("team"),
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation",
            ),
        ),
    ]
