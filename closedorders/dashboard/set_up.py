"""The set-up list of Today: what a team needs before its first bad day, and which of it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.actions import SET_UP_HIDDEN
from closedorders.accounts.models import Membership, Role, Team
from closedorders.closures.models import Incident
from closedorders.imports.models import Import
from closedorders.orders.models import BuyerAccount, Store


@dataclass(frozen=True, slots=True)
class SetUpItem:
    title: str
    text: str
    url: str
    done: bool
    #: Whether the product does its work without it.
    optional: bool = False

    @property
    def tone(self) -> str:
        return "green" if self.done else "grey" if self.optional else "amber"

    @property
    def word(self) -> str:
        return _("Done") if self.done else _("If you like") if self.optional else _("To do")


def set_up_items(membership: Membership) -> list[SetUpItem]:
    """For the merchant until the first incident has ended, or until the list is hidden; then empty. One query."""
    if not membership.is_merchant or membership.preferences.get(SET_UP_HIDDEN):
        return []
    team = membership.team
    found = _found(team)
    if found["handled"]:
        return []
    return [
        SetUpItem(
            _("A store"),
            _("Orders, customers and mails belong to it."),
            _url("orders:stores", team),
            found["store"],
        ),
        SetUpItem(
            _("Who its mails come from"),
            _("Without a sender no apology can be sent."),
            reverse("orders:store", args=[team.slug, found["no_sender"]])
            if found["no_sender"]
            else _url("orders:stores", team),
            found["store"] and found["no_sender"] is None,
        ),
        SetUpItem(
            _("Orders of your store"),
            _("Export them as CSV. You see what would change before anything is saved."),
            _url("imports:imports", team),
            found["orders"],
        ),
        SetUpItem(
            _("A buyer account"),
            _("AliExpress blocks accounts, not orders. A label is enough, never the password."),
            _url("orders:buyer_accounts", team),
            found["account"],
        ),
        _mail_server(team),
        SetUpItem(
            _("Your assistant and your reviewer"),
            _("Each gets a link and sees only what the role needs."),
            _url("team:people", team),
            found["others"],
            optional=True,
        ),
    ]


def _mail_server(team: Team) -> SetUpItem:
    local = settings.EMAIL_BACKEND.endswith("LocalMailboxBackend")
    return SetUpItem(
        _("A mail server"),
        _("None is set, so mails stay in the local mailbox. Who runs this installation sets EMAIL_URL.")
        if local
        else _("Mails leave this installation."),
        _url("team:mailbox", team) if local else _url("outreach:templates", team),
        not local,
    )


def _found(team: Team) -> dict[str, Any]:
    stores = Store.objects.filter(team=OuterRef("pk"))
    rows = Team.objects.filter(pk=team.pk).annotate(
        has_store=Exists(stores),
        no_sender=stores.filter(sender_email="").order_by("pk").values("pk")[:1],
        has_orders=Exists(Import.objects.filter(team=OuterRef("pk"), state=Import.State.COMMITTED)),
        has_account=Exists(BuyerAccount.objects.filter(team=OuterRef("pk"))),
        has_others=Exists(Membership.objects.live().filter(team=OuterRef("pk")).exclude(role=Role.MERCHANT)),
        handled=Exists(Incident.objects.filter(team=OuterRef("pk"), ended_at__isnull=False)),
    )
    names = ("has_store", "no_sender", "has_orders", "has_account", "has_others", "handled")
    values = rows.values_list(*names).get()
    return dict(zip(("store", "no_sender", "orders", "account", "others", "handled"), values, strict=True))


def _url(name: str, team: Team) -> str:
    return reverse(name, args=[team.slug])
