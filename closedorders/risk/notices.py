"""What to write to AliExpress and to the bank before an account's large orders come, ready to copy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from .checklist.dollars import usd
from .checklist.wording import in_days
from .models import Notice
from .rules.base import DAY_LIMIT, AccountFacts
from .rules.runway import find_runway

#: AliExpress's chat reads both; a bank reads the language of its country.
LANGUAGES = (("en", "English"), ("es", "Español"))


@dataclass(frozen=True, slots=True)
class Text:
    """A message in one language."""

    language: str
    name: str
    body: str


def texts(kind: str, account: AccountFacts | None) -> list[Text]:
    """The message of this kind in each language, with the account's figures where it has any."""
    found = []
    for language, name in LANGUAGES:
        with translation.override(language):
            body = _to_aliexpress(account) if kind == Notice.Kind.ALIEXPRESS else _to_bank(account)
        found.append(Text(language, name, body))
    return found


def _figures(account: AccountFacts | None) -> str:
    if account is None or not any(account.spent):
        return _("I expect days of up to %(limit)s.") % {"limit": usd(DAY_LIMIT)}
    peak = max(account.spent[-31:], default=Decimal(0))
    runway = find_runway(account.spent)
    days = runway.days_to(DAY_LIMIT) if runway else None
    if days is None:
        return _("My largest day of the last month was %(peak)s.") % {"peak": usd(peak)}
    return _(
        "My largest day of the last month was %(peak)s, and at this pace I reach %(limit)s a day %(when)s."
    ) % {
        "peak": usd(peak),
        "limit": usd(DAY_LIMIT),
        "when": in_days(days),
    }


def _to_aliexpress(account: AccountFacts | None) -> str:
    return "\n".join(
        [
            _("Hello, and thank you for your time."),
            _("I order on AliExpress for the customers of my own shop, and my orders are growing."),
            _figures(account),
            _("All of these orders are mine and genuine."),
            _(
                "Could you please note it on my account, so that no order is closed? "
                "If you need documents to verify the account, I will send them at once."
            ),
        ]
    )


def _to_bank(account: AccountFacts | None) -> str:
    return "\n".join(
        [
            _("Hello,"),
            _("I pay for my shop's goods on AliExpress by card, in many payments a day."),
            _figures(account),
            _("These payments are mine: please do not block the card because of them."),
            _(
                "Is there a daily limit on the amount or on the number of payments? "
                "If so, please tell me how to raise it."
            ),
            _("Thank you."),
        ]
    )
