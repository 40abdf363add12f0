"""Habits of paying that the article advises, and whether the team has them. They cost no points of the score."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership
from closedorders.orders.models import BuyerAccount, SupplierOrder

from ..models import Funds, PocketEntry
from ..pocket.reading import PocketOf, pockets
from ..pocket.wording import advice, money
from ..rules.base import Facts
from .dollars import usd

_KINDS = SupplierOrder.PaidWith


@dataclass(frozen=True, slots=True)
class Habit:
    """`tone` is green where the team has it, amber where something is to be done, grey where nobody knows."""

    title: str
    text: str
    tone: str
    word: str
    label: str
    url: str


def habits(facts: Facts, member: Membership) -> list[Habit]:
    """For a merchant: amounts of credit are theirs to see. Up to seven queries."""
    slug = member.team.slug
    return [
        _pocket(member, reverse("risk:pocket", args=[slug])),
        _paypal(facts, reverse("risk:funds", args=[slug])),
        _other_methods(facts, reverse("orders:orders", args=[slug]) + "?view=verifying"),
        _together(facts, reverse("imports:imports", args=[slug])),
        _alipay(member, reverse("orders:buyer_accounts", args=[slug])),
    ]


def _pocket(member: Membership, url: str) -> Habit:
    title, label = _("A day's spending as Pocket credit"), _("Pocket credit")
    if not PocketEntry.objects.filter(team=member.team, withdrawn_at=None).exists():
        text = _("No credit is noted. Orders paid with it were never closed, says the article.")
        return Habit(title, text, "grey", _("Unknown"), label, url)
    found = [each for each in pockets(member.team) if each.plan.held or each.lots]
    if not found:
        return Habit(title, _("The credit that was noted is used up."), "amber", _("Used up"), label, url)
    said = [advice(each.plan, each.currency) for each in found]
    worst = next((each for each in said if each["tone"] == "amber"), said[0])
    text = " ".join(map(_credit_of, found[:3]))
    return Habit(title, f"{text} {worst['text']}", worst["tone"], worst["label"], label, url)


def _credit_of(found: PocketOf) -> str:
    words = _("“%(account)s”: %(held)s, an average day costs %(average)s.") % {
        "account": found.account,
        "held": money(found.plan.held, found.currency),
        "average": money(found.plan.average, found.currency),
    }
    soon = next((lot for lot in found.lots if lot.soon and not lot.expired), None)
    if soon is None:
        return words
    expires = _("%(left)s expires on %(day)s.") % {
        "left": money(soon.left, found.currency),
        "day": date_format(soon.lot.expires_on, "DATE_FORMAT"),
    }
    return f"{words} {expires}"


def _paypal(facts: Facts, url: str) -> Habit:
    title, label = _("PayPal with money on it"), _("Funds and limits")
    of_paypal = [each for each in facts.funds if each.method == Funds.Method.PAYPAL]
    known = [each for each in of_paypal if each.available is not None]
    if not known:
        return Habit(title, _("What is in PayPal is not noted."), "grey", _("Unknown"), label, url)
    least = min(known, key=lambda each: (each.available or Decimal(0)) - each.to_pay)
    text = _("“%(account)s”: %(available)s available on %(day)s, %(to_pay)s to be paid.") % {
        "account": least.account,
        "available": usd(least.available or 0),
        "day": date_format(least.stated_on, "DATE_FORMAT"),
        "to_pay": usd(least.to_pay),
    }
    enough = (least.available or Decimal(0)) >= least.to_pay and bool(least.available)
    return Habit(
        title, text, "green" if enough else "amber", _("Enough") if enough else _("Too little"), label, url
    )


def _other_methods(facts: Facts, url: str) -> Habit:
    title, label = _("“Other payment methods” at AliExpress"), _("Payment verification")
    orders = sum(count for _kind, count, _paid, _moments in facts.methods)
    if not orders:
        text = _("No file says how orders were paid. Files of some programs, and reorders from here, do.")
        return Habit(title, text, "grey", _("Unknown"), label, url)
    shares = {kind: count for kind, count, _paid, _moments in facts.methods}
    named = ", ".join(
        f"{_KINDS(kind).label} {number_format(count * 100 // orders)} %"
        for kind, count in sorted(shares.items(), key=lambda item: -item[1])
    )
    text = ngettext(
        "Of %(orders)s order in 30 days: %(named)s.", "Of %(orders)s orders in 30 days: %(named)s.", orders
    ) % {"orders": number_format(orders, force_grouping=True), "named": named}
    used = bool(shares.get(_KINDS.OTHER))
    return Habit(title, text, "green" if used else "grey", _("In use") if used else _("Not used"), label, url)


def _together(facts: Facts, url: str) -> Habit:
    title, label = _("Many orders in one payment"), _("Imports")
    paid = sum(count for _kind, _orders, count, _moments in facts.methods)
    moments = sum(count for _kind, _orders, _paid, count in facts.methods)
    if not moments:
        text = _("No file says when orders were paid.")
        return Habit(title, text, "grey", _("Unknown"), label, url)
    text = _("%(paid)s orders were paid in %(moments)s payments.") % {
        "paid": number_format(paid, force_grouping=True),
        "moments": number_format(moments, force_grouping=True),
    }
    together = paid >= 2 * moments
    return Habit(
        title, text, "green" if together else "grey", _("In use") if together else _("Not used"), label, url
    )


def _alipay(member: Membership, url: str) -> Habit:
    title, label = _("Accounts verified with Alipay"), _("Buyer accounts")
    found = BuyerAccount.objects.for_team(member.team).aggregate(
        accounts=Count("pk"), verified=Count("alipay_verified_on")
    )
    if not found["accounts"]:
        return Habit(title, _("No buyer account is known yet."), "grey", _("Unknown"), label, url)
    text = _("%(verified)s of %(accounts)s. Ask in the chat whether yours can be verified.") % found
    all_of_them = found["verified"] == found["accounts"]
    return Habit(
        title, text, "green" if all_of_them else "grey", _("Done") if all_of_them else _("Open"), label, url
    )
