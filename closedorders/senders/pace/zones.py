"""The time zones of a country, from the tables of the Unicode CLDR. No Django."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global


@lru_cache(maxsize=512)
def zones_of(country: str, home: str) -> tuple[ZoneInfo, ...]:
    """All zones of a country by its two letters (`ES` has three); that of `home` where the country is not known."""
    names = get_global("territory_zones").get(country.upper(), ())
    known = available_timezones()
    return tuple(ZoneInfo(name) for name in names if name in known) or (ZoneInfo(home),)
