"""How a sentence and the params of its code become the text that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from closedorders.core.text.formatting import count, file_size

from .names import DATE_ORDERS, DELIMITERS, Sentence

#: Params that count something.
_NUMBERS = frozenset({"limit", "size", "cell_limit", "columns", "found", "expected"})


def readable(params: Mapping[str, Any], *, in_bytes: bool = False) -> dict[str, Any]:
    """The params as a person reads them; `in_bytes` says that the limit is a size. Line numbers stay as they are."""
    shown = dict(params)
    for name in _NUMBERS & shown.keys():
        if isinstance(shown[name], int):
            written = file_size if in_bytes and name in ("limit", "size") else count
            shown[name] = written(shown[name])
    if "date_order" in shown:
        shown["date_order"] = DATE_ORDERS.get(shown["date_order"], shown["date_order"])
    if "delimiter" in shown:
        shown["delimiter"] = DELIMITERS.get(shown["delimiter"], shown["delimiter"])
    return shown


class _Forgiving(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return _("(not given)")


def filled(sentence: Sentence, params: Mapping[str, Any]) -> str:
    return str(sentence) % _Forgiving(params)
