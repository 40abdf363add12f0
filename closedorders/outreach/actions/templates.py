"""A store's own words."""

from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.stale import mark_of, refuse_if_changed
from closedorders.orders.models import Store

from ..models import Kind, Template, TextVersion
from ..querysets import TextVersionQuerySet
from ..texts.placeholders import single_line

#: Former texts of one template or of one campaign in one language. Older ones are deleted.
MOST_VERSIONS = 50


def template_mark(store: Store, kind: str, language: str) -> str:
    """What a form sends back, so that a template which somebody changed meanwhile is not overwritten unseen."""
    found = Template.objects.filter(store=store, kind=kind, language=language).first()
    return mark_of(found.subject, found.body) if found else mark_of("")


def keep_version(version: TextVersion, former: TextVersionQuerySet) -> None:
    """Write down what was just saved. `former` are the versions of the same text, newest first."""
    version.save()
    too_old = former.values_list("pk", flat=True)[MOST_VERSIONS : MOST_VERSIONS + 20]
    TextVersion.objects.filter(pk__in=list(too_old)).delete()


@transaction.atomic
def save_template(
    *, store: Store, kind: Kind, language: str, subject: str, body: str, by: Membership, seen: str = ""
) -> Template:
    """The store's own words for this kind of message. Campaigns with words of their own keep theirs.

    `seen` is the `template_mark` of what the person saw; refused when it is no longer that.
    """
    allow(by, MERCHANT, team_id=store.team_id)
    Store.objects.select_for_update(of=("self",)).get(pk=store.pk)
    refuse_if_changed(seen, template_mark(store, kind, language))
    template, _created = Template.objects.update_or_create(
        store=store,
        kind=kind,
        language=language,
        defaults={"subject": single_line(subject), "body": body},
    )
    version = TextVersion(
        store=store, kind=kind, language=language, subject=template.subject, body=template.body, saved_by=by
    )
    keep_version(version, TextVersion.objects.of_template(store, kind, language))
    record(by=by, verb="template_saved", thing=template, team=store.team, after={"store": store.name})
    return template


@transaction.atomic
def reset_template(*, store: Store, kind: Kind, language: str, by: Membership) -> None:
    """Back to the built-in words."""
    allow(by, MERCHANT, team_id=store.team_id)
    for template in Template.objects.filter(store=store, kind=kind, language=language):
        record(by=by, verb="template_reset", thing=template, team=store.team, after={"store": store.name})
        template.delete()
        version = TextVersion(store=store, kind=kind, language=language, saved_by=by)
        keep_version(version, TextVersion.objects.of_template(store, kind, language))
