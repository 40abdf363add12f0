"""Which language a customer is written to in, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from closedorders.orders.models import Customer, Store

from ..texts import builtin as builtin_texts

_READ_IN = {
    "es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE",
    "en": "AU BB BS BZ CA GB GD GG GI GY IE IM JE JM KY MT NZ SG TT US ZA",
}
#: Country -> the language that most of its shoppers read, of those there are words for.
LANGUAGE_OF_COUNTRY = {country: code for code, countries in _READ_IN.items() for country in countries.split()}


class Origin(StrEnum):
    """Where a language is known from."""

    TYPED = "typed"
    FILE = "file"
    COUNTRY = "country"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A language there are words for. `detail` is the country where it was chosen by that."""

    language: str
    origin: Origin
    detail: str = ""


def known_language(wanted: str) -> str:
    """The language messages are written in for a wish such as `es-MX`, or "" when there are no words for it."""
    code = wanted.lower().replace("_", "-").partition("-")[0]
    return code if code in builtin_texts.LANGUAGES else ""


def language_of(customer: Customer, store: Store, ships_to: str) -> Chosen:
    """What a person typed or the shop's file says of the customer, else the country of the order, else the store's."""
    if own := known_language(customer.language):
        return Chosen(own, Origin.TYPED if "language" in customer.edited_fields else Origin.FILE)
    country = ships_to or customer.country
    if by_country := LANGUAGE_OF_COUNTRY.get(country, ""):
        return Chosen(by_country, Origin.COUNTRY, country)
    return Chosen(known_language(store.language) or "en", Origin.STORE)


def language_in_words(chosen: Chosen) -> str:
    """`English: the order ships to GB.`"""
    name = str(dict(settings.LANGUAGES).get(chosen.language, chosen.language))
    match chosen.origin:
        case Origin.TYPED:
            return _("%(language)s: a person of your team chose it.") % {"language": name}
        case Origin.FILE:
            return _("%(language)s: the shop's order file says so.") % {"language": name}
        case Origin.COUNTRY:
            return _("%(language)s: the order ships to %(country)s.") % {
                "language": name,
                "country": chosen.detail,
            }
    return _("%(language)s: the language of the store's customers.") % {"language": name}
