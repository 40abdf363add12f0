"""What the preview of an import shows: how its file is read, what it would change, and what was typed otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership
from closedorders.core.money import format_money
from closedorders.orders.field_names import field_name
from closedorders.orders.listing.rows import SHOP_STATES
from closedorders.orders.masking import Sight

from ..actions import may_override_field, reading_mark
from ..forms import QuestionsForm, ReadingForm
from ..models import Import
from ..wording.issues import issue_text
from ..wording.names import ANSWER_NAMES, DATE_ORDERS, DECIMAL_SIGNS, DELIMITERS, ENCODINGS
from ..wording.reading import assumption_text, question_text, warning_texts


def preview(source: Import, by: Membership) -> dict[str, Any]:
    """The context of the preview, addresses as this person may read them."""
    sight = Sight.of(by)
    earlier = (
        Import.objects.filter(team=source.team, sha256=source.sha256, state=Import.State.COMMITTED)
        .exclude(pk=source.pk)
        .order_by("-pk")
        .first()
    )
    kept = fields_kept_by_user(source, by)
    return {
        "to_save": source.orders_new + source.orders_changed,
        "earlier": earlier,
        "questions": _questions(source, sight),
        "warnings": warning_texts(source.samples),
        "samples": sample_groups(source, sight),
        "is_link_file": source.format.endswith("order_links"),
        "kept_by_user": kept,
        "kept_by_user_total": sum(each["count"] for each in kept),
        "kept_by_user_rows": rows_kept_by_user(source, sight),
        "may_override": [each for each in kept if each["may_override"]],
    }


def _questions(source: Import, sight: Sight) -> dict[str, Any]:
    """What the file leaves open, as one form; empty where it leaves nothing open."""
    if not source.questions:
        return {}
    texts = {
        each["code"]: sight.words(question_text(each["code"], each["params"])) for each in source.questions
    }
    titles = {
        "date_order": _("One question about the dates"),
        "decimal_sign": _("One question about the amounts"),
    }
    return {
        "title": _("Two questions about this file") if len(texts) > 1 else titles[next(iter(texts))],
        "form": QuestionsForm(texts, auto_id="question-%s", initial={"seen": reading_mark(source)}),
    }


def sample_groups(source: Import, sight: Sight) -> list[dict[str, Any]]:
    """The first orders of each kind."""
    kinds = (("new", _("New")), ("changed", _("Changed")), ("unchanged", _("Unchanged")))
    return [
        {"label": label, "rows": [_sample_row(each, sight) for each in source.samples[kind]]}
        for kind, label in kinds
        if source.samples.get(kind)
    ]


def rows_kept_by_user(source: Import, sight: Sight) -> list[dict[str, Any]]:
    """The first values that a person typed and the file says otherwise."""
    return [_row_kept_by_user(each, sight) for each in source.samples.get("kept_by_user", [])]


def fields_kept_by_user(source: Import, by: Membership) -> list[dict[str, Any]]:
    """The fields a person typed and the file says otherwise, each with how often."""
    counts: Mapping[str, int] = source.samples.get("kept_by_user_counts", {})
    return [
        {
            "field": name,
            "label": field_name(name),
            "count": counts[name],
            "may_override": may_override_field(name, by),
        }
        for name in sorted(counts)
    ]


def linked_to_another_order(source: Import, sight: Sight) -> dict[str, Any]:
    """AliExpress numbers in the file that stay with the other order they belong to."""
    return {
        "linked_to_another_order_total": source.samples.get("linked_to_another_order_count", 0),
        "linked_to_another_order": [
            {
                "line": each["line"],
                "number": sight.words(each["number"]),
                "aliexpress_number": each["aliexpress_number"],
                "why": sight.words(issue_text("joined_to_another", {"order": each["belongs_to"]})),
            }
            for each in source.samples.get("linked_to_another_order", [])
        ],
    }


def how_read(source: Import, sight: Sight) -> dict[str, Any]:
    """How the file is read, point by point, each with the control that changes it."""
    sheets = sheets_of(source, sight)
    answered = {**source.answers, "sheet": sight.words(source.answers.get("sheet", ""))}
    form = ReadingForm(initial=answered, auto_id="reading-%s", sheets=sheets)
    points = []
    if chooses_sheet := may_choose_sheet(source):
        points.append(_point(source, "sheet", form["sheet"], source.assumptions["sheet"], sight))
    is_text = "sheet" not in source.assumptions
    for code, name in (
        ("encoding", "encoding"),
        ("delimiter", "delimiter"),
        ("date_order", "date_order"),
        ("decimal_sign", "decimal_sign"),
        ("time_zone", "time_zone"),
        ("currency", "default_currency"),
    ):
        params = source.assumptions.get(code)
        refused_text = source.state == Import.State.REFUSED and is_text and code in ("encoding", "delimiter")
        if params is not None or refused_text:
            points.append(_point(source, code, form[name], params or {}, sight))
    pointed = {"encoding", "delimiter", "date_order", "decimal_sign", "time_zone", "currency"}
    sentences = {
        code: sight.words(assumption_text(code, params))
        for code, params in source.assumptions.items()
        if code not in pointed
    }
    return {
        "points": points,
        "sheet": sentences.pop("sheet") if chooses_sheet else "",
        "extra": list(sentences.values()),
        "answered": bool(source.answers.keys() & ANSWER_NAMES.keys()),
        "seen": reading_mark(source),
    }


def sheets_of(source: Import, sight: Sight) -> dict[str, str]:
    """The sheets to choose from: what this person may read of each name -> the name."""
    names: list[str] = source.assumptions.get("sheet", {}).get("sheets", [])
    return {sight.words(name): name for name in names}


def may_choose_sheet(source: Import) -> bool:
    """Whether the file is a workbook with another sheet than the one that is read, or there is a choice to undo."""
    about: dict[str, Any] = source.assumptions.get("sheet", {})
    return bool(about) and (len(about.get("sheets", [])) > 1 or bool(source.answers.get("sheet")))


def _point(
    source: Import, code: str, field: BoundField, params: Mapping[str, Any], sight: Sight
) -> dict[str, Any]:
    field.field.widget.attrs["class"] = (
        "form-control form-control-sm" if code == "currency" else "form-select form-select-sm"
    )
    field.field.widget.attrs["aria-label"] = str(field.label)
    if answer := source.answers.get(field.name):
        note = _("As you said.")
        if source.profile and source.profile.answers.get(field.name) == answer:
            note = _("As it was said for such files before.")
    elif params.get("assumed"):
        note = sight.words(assumption_text(code, params))
    else:
        note = {
            "time_zone": _("No date in this file needs it."),
            "currency": _("No order in this file needs it."),
            "sheet": _("Only one sheet is read."),
        }.get(code, "")
    value = _read_as(code, params, sight)
    if any(each["code"] == code for each in source.questions):
        value = _("as you answer above")
    return {
        "label": field.label,
        "value": value,
        "note": "" if code == "delimiter" and not answer else note,
        "field": field,
    }


def _read_as(code: str, params: Mapping[str, Any], sight: Sight) -> str:
    if code == "time_zone":
        return str(params.get("zone", "")).replace("_", " ")
    if code == "sheet":
        return sight.words(params.get("sheet", ""))
    value = str(params.get(code, ""))
    if not value:
        return {
            "date_order": _("each date tells by itself"),
            "decimal_sign": _("each amount tells by itself"),
        }.get(code, "–")
    words = {
        "encoding": ENCODINGS,
        "delimiter": DELIMITERS,
        "date_order": DATE_ORDERS,
        "decimal_sign": DECIMAL_SIGNS,
    }
    return str(words.get(code, {}).get(value, value))


def _row_kept_by_user(sample: dict[str, Any], sight: Sight) -> dict[str, Any]:
    return {
        "number": sight.words(sample["number"]),
        "line": sample["line"],
        "label": field_name(sample["field"]),
        "typed": _change_value(sample["field"], sample["old"], sample, sight),
        "file": _change_value(sample["field"], sample["new"], sample, sight),
    }


def _sample_row(sample: dict[str, Any], sight: Sight) -> dict[str, Any]:
    return {
        "number": sight.words(sample.get("number", "")),
        "aliexpress_numbers": sample.get("aliexpress_numbers", []),
        "name": sight.words(sample.get("name", "")),
        "email": sight.email(sample.get("email", "")),
        "items": [sight.words(each) for each in sample.get("items", [])],
        "status": sight.words(sample.get("status", "")),
        "amount": _decimal(sample.get("amount")),
        "currency": sample.get("currency", ""),
        "placed_at": datetime.fromisoformat(sample["placed_at"]) if sample.get("placed_at") else None,
        "changes": [
            {
                "label": field_name(each["field"]),
                "old": _change_value(each["field"], each["old"], sample, sight),
                "new": _change_value(each["field"], each["new"], sample, sight),
            }
            for each in sample.get("changes", [])
        ],
    }


_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded", "cost"})


def _change_value(field: str, value: Any, sample: dict[str, Any], sight: Sight) -> str:
    if value in (None, ""):
        return "–"
    if field == "refunded" and not sight.whole:
        return sight.refund(str(value))
    if field in _AMOUNTS:
        return format_money(_decimal(value), sample.get("currency", ""))
    if field in ("financial_status", "fulfillment_status"):
        return str(SHOP_STATES.get(str(value), value))
    if field.endswith("_at"):
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    if field == "customer_email":
        return sight.email(str(value))
    return sight.words(str(value))[:200]


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
