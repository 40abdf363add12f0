"""What a person keeps of the orders list: columns, saved views; and the note of an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.core.refusals import Refused

from ..listing.cells import COLUMNS
from ..listing.saved_views import MOST_OWN_VIEWS, PREFERENCE, OwnView, own_views
from ..status import refresh_status as refresh_status


@transaction.atomic
def choose_order_columns(*, by: Membership, columns: Sequence[str]) -> None:
    """Keep which columns of the orders list this person sees; none means the usual ones."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    chosen = [name for name in COLUMNS if name in columns]
    before = fresh.preferences.get("order_columns")
    if before == (chosen or None):
        return
    fresh.preferences = {**fresh.preferences, "order_columns": chosen or None}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences
    record(
        by=by, verb="order_columns_chosen", thing=fresh, before={"columns": before}, after={"columns": chosen}
    )


@transaction.atomic
def keep_order_view(*, by: Membership, name: str, query: dict[str, str]) -> None:
    """Keep a list of orders as a tab of this person's own. `query` is `Listing.lasting`.

    Refused where it would list what a tab lists already, for a name that another one has, and past the limit.
    """
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if not set(query) - {"view"}:
        raise Refused(_("Choose a filter first: without one, this list is a tab already."))
    for view in views:
        if view.query == query:
            raise Refused(_("This list is a tab of yours already: “%(name)s”.") % {"name": view.name})
        if view.name.casefold() == name.casefold():
            raise Refused(
                _("You have a tab of this name already. Choose another name, or remove that one first.")
            )
    if len(views) >= MOST_OWN_VIEWS:
        raise Refused(
            _("You have %(most)s tabs of your own, and there is room for no more. Remove one first.")
            % {"most": MOST_OWN_VIEWS}
        )
    _keep_views(fresh, by, [*views, OwnView(name, query)])
    record(by=by, verb="order_view_kept", thing=fresh, after={"name": name, **query})


@transaction.atomic
def drop_order_view(*, by: Membership, view: OwnView) -> None:
    """Take a tab of one's own away; nothing happens where it is gone already, or is another list by now."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if view not in views:
        return
    _keep_views(fresh, by, [each for each in views if each != view])
    record(by=by, verb="order_view_dropped", thing=fresh, before={"name": view.name, **view.query})


def _keep_views(fresh: Membership, by: Membership, views: Sequence[OwnView]) -> None:
    fresh.preferences = {**fresh.preferences, PREFERENCE: [asdict(view) for view in views]}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences


def note_order_export(*, by: Membership, asked: Mapping[str, str]) -> None:
    """Customers leave the house in a file: who took which."""
    allow(by, DESK, team_id=by.team_id)
    # What was searched for may be an address: assistants read the trail.
    after = {name: value for name, value in asked.items() if name != "q"}
    record(by=by, verb="orders_exported", thing=by.team, after=after)
