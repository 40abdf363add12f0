"""A store's own words."""

from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.orders.models import Store

from ..models import Kind, Template
from ..texts.placeholders import single_line


@transaction.atomic
def save_template(
    *, store: Store, kind: Kind, language: str, subject: str, body: str, by: Membership
) -> Template:
    """The store's own words for this kind of message. Campaigns with words of their own keep theirs."""
    allow(by, MERCHANT, team_id=store.team_id)
    template, _created = Template.objects.update_or_create(
        store=store,
        kind=kind,
        language=language,
        defaults={"subject": single_line(subject), "body": body},
    )
    record(by=by, verb="template_saved", thing=template, team=store.team, after={"store": store.name})
    return template


@transaction.atomic
def reset_template(*, store: Store, kind: Kind, language: str, by: Membership) -> None:
    """Back to the built-in words."""
    allow(by, MERCHANT, team_id=store.team_id)
    for template in Template.objects.filter(store=store, kind=kind, language=language):
        record(by=by, verb="template_reset", thing=template, team=store.team, after={"store": store.name})
        template.delete()
