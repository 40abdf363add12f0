"""How single values look on a page: `{% load look %}`. Examples of each are in `docs/look.md`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape

from django import template
from django.forms import BoundField, Form
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from closedorders.core.text.formatting import (
    Reader,
    checksum,
    count,
    drawn_icon,
    duration,
    file_size,
    grouped,
    initials,
    quoted,
    write_ago,
    write_ali_number,
    write_money,
)

register = template.Library()

for _filter in (grouped, count, file_size, quoted, duration, initials):
    register.filter(_filter)
register.simple_tag(checksum)


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """A line icon that says nothing to a screen reader: the word beside it does. Unknown names raise."""
    return drawn_icon(str(name), int(size))


@register.simple_tag
def drawn(name: str, **context: object) -> SafeString:
    """A component as text, for several places of a page: `{% drawn "components/_x.html" nav=nav as links %}`."""
    return render_to_string(name, context)


@register.simple_tag(name="ali_number")
def ali_number_tag(number: object) -> SafeString:
    """An AliExpress order number by fours, with a button that copies it whole.

    The gaps are CSS margins: selecting, searching the page and copying by hand also give the number without spaces.
    """
    return ali_number(number)


@register.filter
def ali_number(number: object) -> SafeString:
    """`{{ order.number|ali_number }}`: the same as the tag of this name."""
    return write_ali_number(str(number or ""), get_language() or "")


@register.simple_tag
def options(choices: Sequence[tuple[object, object, bool]]) -> SafeString:
    """`<option>`s of (value, words, chosen)."""
    return mark_safe(  # noqa: S308 - every word of it is escaped
        "".join(
            f'<option value="{escape(str(value))}"{" selected" if chosen else ""}>{escape(str(words))}</option>'
            for value, words, chosen in choices
        )
    )


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> SafeString:
    """An amount in major units with its currency, written the active language's way; a dash when not known."""
    return write_money(amount, currency, get_language() or "")


@register.simple_tag
def ago(moment: datetime | None, bare: bool = False) -> SafeString:
    """A time seen from now, the exact one (in the active time zone) on hover: `5 h ago`, `in 20 m`, `12 Sep`.

    `bare` drops "ago" and "in", for a column whose head says it already. Two weeks away and more becomes a date.
    """
    return write_ago(moment, Reader.active(), bare=bare)


@register.filter
def fields_with_mistakes(form: Form) -> list[BoundField]:
    """The visible fields of a bound form that did not pass, in page order."""
    return [field for field in form.visible_fields() if field.errors]


@register.simple_tag(takes_context=True)
def qs(context: Context, **changes: object) -> str:
    """This page's query with changes, `?` included: `{% qs view="late" before=None %}`. None takes a key out.

    Values may be lists. An empty query gives `?`, which is this page without filters.
    """
    request = context.get("request")
    query = request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, [str(one) for one in value])
        else:
            query[key] = str(value)
    return "?" + query.urlencode()
