"""The rows of the orders list as HTML.

Written here and not in a template: fifty rows of ten columns, each with its own conditions, are most of the page that
people open most, and a template takes four times as long for them. Every word is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.core.text.formatting import NOTHING, Reader, write_ago, write_ali_number, write_money

from .rows import Badge, OrderRow

#: Column -> its title. The order's number is always shown.
COLUMNS: Mapping[str, str | Promise] = {
    "customer": gettext_lazy("Customer"),
    "total": gettext_lazy("Total"),
    "aliexpress": gettext_lazy("AliExpress"),
    "standing": gettext_lazy("Money and customer"),
    "promised": gettext_lazy("Promised day"),
    "store": gettext_lazy("Store"),
    "account": gettext_lazy("Buyer account"),
    "tracking": gettext_lazy("Tracking number"),
    "country": gettext_lazy("Country"),
    "tags": gettext_lazy("Tags"),
}
#: Column -> what is in its cells, as `components/lists/_table.html` has it: figures, or words to be broken anywhere.
KINDS: Mapping[str, str] = {
    "total": "num",
    "tracking": "break",
    "tags": "break",
    "store": "break",
    "account": "break",
}


def table_rows(rows: Sequence[OrderRow], columns: Sequence[str], *, base: str) -> SafeString:
    """The `<tr>`s: a tick, the number and these columns of `COLUMNS`. `base` is the list's own address."""
    page = _Page(base, escape(_("Tick")))
    cells = [(_opening(name), _CELLS[name]) for name in columns]
    written = []
    for row in rows:
        written += ["<tr data-row>", _tick(row, page), _heading(row, page)]
        for opening, cell in cells:
            written += [opening, cell(row, page), "</td>"]
        written.append("</tr>\n")
    return mark_safe("".join(written))  # noqa: S308 - every part is escaped where it is written


@dataclass(slots=True)
class _Page:
    """What is the same for all rows. Words are looked up once: a look-up takes longer than the rest of its cell."""

    base: str
    tick: str
    reader: Reader = field(default_factory=Reader.active)
    states: dict[str, str] = field(default_factory=dict)

    def state(self, axis: str, state: str, badge: Badge) -> str:
        """A tag for what needs somebody, quiet words for any other state, nothing where there is nothing to do."""
        key = f"{axis} {state} {badge.tone}"
        if key not in self.states:
            words = escape(str(badge.label))
            if badge.needs_someone:
                words = f'<span class="tag tag-{badge.tone}">{words}</span>'
            elif words:
                words = f'<span class="quiet">{words}</span>'
            self.states[key] = words if state else ""
        return self.states[key]


def _opening(name: str) -> str:
    kind = f' class="{KINDS[name]}"' if name in KINDS else ""
    return f'<td data-label="{escape(str(COLUMNS[name]))}"{kind}>'


def _tick(row: OrderRow, page: _Page) -> str:
    order = row.order
    return (
        f'<td class="fit row-tick"><input class="form-check-input" type="checkbox" name="order" value="{order.pk}" '
        f'form="bulk" aria-label="{page.tick} {escape(order.number)}"></td>'
    )


def _heading(row: OrderRow, page: _Page) -> str:
    order, number, late = row.order, escape(row.order.number), ""
    if row.late:
        words = ngettext("%(days)s day late", "%(days)s days late", row.late) % {"days": row.late}
        late = f' · <span class="late">{escape(words)}</span>'
    return (
        f'<th scope="row" class="row-title"><a class="clip clip-narrow" title="{number}" '
        f'href="{page.base}{order.pk}/" data-row-link>{number}</a>'
        f"<small>{write_ago(order.placed_at, page.reader)}{late}</small></th>"
    )


def _customer(row: OrderRow, page: _Page) -> str:
    name, email = escape(row.name), escape(row.email)
    # A name keeps its own direction, whatever stands beside it.
    written = f'<span class="clip" title="{name}"><bdi>{name}</bdi></span>' if name else NOTHING
    return written + (f'<small class="clip" title="{email}">{email}</small>' if email else "")


def _total(row: OrderRow, page: _Page) -> str:
    return write_money(row.order.total, row.order.currency, page.reader.language)


def _aliexpress(row: OrderRow, page: _Page) -> str:
    several = len(row.bought) > 1
    bought = "".join(
        f"<div>{write_ali_number(each.number, page.reader.language)}"
        + (f"<small>{escape(each.status)}</small>" if several or not each.status_code else "")
        + "</div>"
        for each in row.bought
    )
    return f"<div>{bought}{page.state('supplier', row.order.supplier_state or 'ordered', row.supplier)}</div>"


def _standing(row: OrderRow, page: _Page) -> str:
    money = page.state("money", row.order.money_state, row.money)
    return f'<div class="tags">{money}{page.state("told", row.order.told_state, row.told)}</div>'


def _promised(row: OrderRow, page: _Page) -> str:
    return escape(date_format(row.order.promised_by)) if row.order.promised_by else NOTHING


def _store(row: OrderRow, page: _Page) -> str:
    return escape(row.order.store__name)


def _account(row: OrderRow, page: _Page) -> str:
    return _lines(each.account for each in row.bought if each.account)


def _tracking(row: OrderRow, page: _Page) -> str:
    return _lines(each.tracking_number for each in row.bought)


def _country(row: OrderRow, page: _Page) -> str:
    return _or_dash(row.order.ship_country)


def _tags(row: OrderRow, page: _Page) -> str:
    return _or_dash(row.tags)


_CELLS: Mapping[str, Callable[[OrderRow, _Page], str]] = {
    "customer": _customer,
    "total": _total,
    "aliexpress": _aliexpress,
    "standing": _standing,
    "promised": _promised,
    "store": _store,
    "account": _account,
    "tracking": _tracking,
    "country": _country,
    "tags": _tags,
}


def _or_dash(words: str) -> str:
    return escape(words) if words else NOTHING


def _lines(words: Iterable[str]) -> str:
    # One element around them: on a phone a cell has a place for its title and one for what it says.
    lines = "".join(f"<div>{_or_dash(each)}</div>" for each in words)
    return f"<div>{lines}</div>" if lines else NOTHING
