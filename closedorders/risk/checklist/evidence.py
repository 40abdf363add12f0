"""The figures behind a cause."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.closures.decoder.table import Cause
from closedorders.closures.decoder.wording import CAUSES

from ..models import Funds
from ..rules.base import WINDOW_DAYS, Facts, FundsFacts
from .dollars import usd


def evidence(code: str, facts: Facts) -> list[tuple[str, str]]:
    """The figures behind a cause: what is counted, and how much of it."""
    if code == "fraud_review":
        found = [
            (
                account.label,
                _("today %(today)s · largest day of 30: %(peak)s · 30 days: %(month)s")
                % {
                    "today": usd(account.spent[-1]),
                    "peak": usd(max(account.spent[-31:])),
                    "month": usd(sum(account.spent[-WINDOW_DAYS:], Decimal(0))),
                },
            )
            for account in facts.accounts[:5]
        ]
        found += [
            (
                known.why,
                _("%(first)s to %(last)s count as usual days")
                % {
                    "first": date_format(known.starts, "DATE_FORMAT"),
                    "last": date_format(known.ends, "DATE_FORMAT"),
                },
            )
            for known in facts.known_days[:5]
        ]
        return found + [
            (
                currency,
                _("1 %(currency)s = %(rate)s USD on %(day)s (%(source)s)")
                % {
                    "currency": currency,
                    "rate": number_format(rate, force_grouping=True),
                    "day": date_format(day, "DATE_FORMAT"),
                    "source": source,
                },
            )
            for currency, rate, day, source in facts.rated
        ]
    if code == "one_location":
        return [
            (country, ngettext("%(count)s order", "%(count)s orders", orders) % {"count": orders})
            for country, orders in facts.destinations
        ]
    if code == "card_check":
        found = [
            (
                account.label,
                _("today %(today)s orders · busiest day of 30: %(most)s · average day: %(average)s")
                % {
                    "today": account.orders[-1],
                    "most": max(account.orders[-31:]),
                    "average": usd(sum(account.spent[-31:-1], Decimal(0)) / 30),
                },
            )
            for account in facts.accounts[:5]
        ]
        found += [(_line_of_funds(each.method, each.account), _funds(each)) for each in facts.funds[:5]]
        return found + [
            (
                str(CAUSES[Cause(each.cause)][0]),
                ngettext(
                    "%(orders)s order in 30 days, %(week)s of them in the last 7",
                    "%(orders)s orders in 30 days, %(week)s of them in the last 7",
                    each.orders,
                )
                % {"orders": each.orders, "week": each.week},
            )
            for each in facts.failures[:5]
        ]
    if code == "assistant_network":
        found = [(_("Networks"), str(facts.networks)), (_("People who order"), str(facts.people))]
        return found + [
            (
                office or network,
                ngettext("%(people)s person", "%(people)s people", people) % {"people": people},
            )
            for network, office, people in facts.sign_ins.networks[:10]
        ]
    if code == "complaints":
        return [
            (
                supplier.name,
                _("%(disputes)s of %(orders)s orders in 90 days (%(percent)s %%)")
                % {
                    "disputes": supplier.disputes,
                    "orders": supplier.orders,
                    "percent": supplier.percent,
                },
            )
            for supplier in facts.suppliers[:5]
        ]
    return []


def _line_of_funds(method: str, account: str) -> str:
    return f"{Funds.Method(method).label} · {account}"


def _funds(funds: FundsFacts) -> str:
    unknown = _("not known")
    return _("available %(available)s on %(day)s · to pay %(to_pay)s · limit a day %(limit)s") % {
        "available": usd(funds.available) if funds.available is not None else unknown,
        "day": date_format(funds.stated_on, "DATE_FORMAT"),
        "to_pay": usd(funds.to_pay),
        "limit": usd(funds.limit) if funds.limit is not None else unknown,
    }
