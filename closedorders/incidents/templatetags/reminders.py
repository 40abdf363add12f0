"""A thing's reminders on its own page, whichever app has the page: `{% load reminders %}{% reminders_of case %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from closedorders.accounts.models import Membership

from ..reminders.reads import open_of
from ..reminders.views import creation_url, url_of

register = template.Library()


@register.inclusion_tag("incidents/reminders/_of_thing.html", takes_context=True)
def reminders_of(context: Context, thing: Any) -> dict[str, Any]:
    """The thing's open reminders and the way to another one; for an incident, a case, an order."""
    membership: Membership = context["membership"]
    return {
        "reminders": open_of(thing, membership),
        "creation_url": creation_url(thing, membership.team.slug),
        "team": membership.team,
        "next": url_of(thing),
        "csrf_token": context.get("csrf_token"),
    }
