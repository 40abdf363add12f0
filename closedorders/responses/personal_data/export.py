"""Everything kept about one customer, as a ZIP: `data.json`, and the files that were kept with their orders."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import Model
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.closures.models import Closure
from closedorders.core.file_names import shown_file_name
from closedorders.imports.models import ImportChange
from closedorders.orders.models import OrderComment, OrderFile, StoreOrder
from closedorders.outreach.models import DirectContact, DiscountCode, Message, Refund, Suppression

from ..models import PageClosing, Reply
from .subject import Subject, holders

#: A file that grows beyond this waits on the disk and not in memory.
_IN_MEMORY = 5 * 1024 * 1024

_CUSTOMER = ("name", "email", "phone", "language", "country", "edited_fields", "created_at")
_ORDER = (
    "number", "external_id", "buyer_name", "currency", "subtotal", "shipping", "total", "refunded", "placed_at",
    "paid_at", "cancelled_at", "financial_status", "fulfillment_status", "payment_method", "ship_country", "note",
    "tags", "promised_by", "created_at",
)  # fmt: skip
_MESSAGE = (
    "kind", "state", "skip_reason", "recipient", "language", "subject", "body", "created_at", "settled_at",
    "reply_code", "reply_words",
)  # fmt: skip


def read_data(subject: Subject) -> dict[str, Any]:
    """What `data.json` says: plain values, dates as ISO 8601, amounts as text."""
    customer, team = subject.customer, subject.team
    orders = StoreOrder.objects.filter(pk__in=subject.orders).order_by("pk")
    messages = Message.objects.filter(pk__in=subject.messages).order_by("pk")
    data: dict[str, Any] = {
        "made_at": timezone.now(),
        "team": team.name,
        "store": customer.store.name,
        "customer": _fields(customer, _CUSTOMER),
        "orders": [
            _fields(order, _ORDER)
            | {"lines": [{"name": line.name, "quantity": line.quantity} for line in order.lines]}
            for order in orders
        ],
        "order_comments": _rows(
            OrderComment.objects.filter(order__in=subject.orders), ("order__number", "text", "created_at")
        ),
        "order_files": _rows(
            OrderFile.objects.filter(order__in=subject.orders, withdrawn_at=None),
            ("order__number", "name", "size", "created_at"),
        ),
        "closures": _rows(
            Closure.objects.filter(supplier_order__store_order__in=subject.orders),
            ("supplier_order__number", "closed_at", "outcome", "outcome_at", "reopened_at"),
        ),
        "mails": [_fields(message, _MESSAGE) for message in messages],
        "answers": _rows(Reply.objects.filter(customer=customer), ("text", "created_at", "read_at")),
        "closed_pages": _rows(
            PageClosing.objects.filter(message__in=subject.messages), ("closed_at", "opened_at")
        ),
        "told_in_person": _rows(
            DirectContact.objects.filter(pk__in=subject.contacts), ("how", "note", "created_at", "undone_at")
        ),
        "discount_codes": _rows(
            DiscountCode.objects.filter(customer=customer),
            ("code", "percent", "expires_on", "created_at", "loaded_at"),
        ),
        "refunds": _rows(
            Refund.objects.filter(store_order__in=subject.orders),
            ("store_order__number", "amount", "currency", "percent", "state", "approved_at", "issued_at"),
        ),
        # Wishes not to be written to, and those that were released.
        "blocked_addresses": _rows(
            Suppression.objects.filter(team=team, email=customer.email)
            if customer.email
            else Suppression.objects.none(),
            ("email", "cause", "detail", "created_at", "released_at"),
        ),
        "changes_by_imports": _rows(changes_of(subject), ("thing", "before", "after")),
        "audit_trail": _rows(events_of(subject), ("verb", "at", "label", "before", "after")),
    }
    return data | {name: holder.read(subject) for name, holder in holders().items()}


def write_zip(subject: Subject) -> IO[bytes]:
    """The ZIP, open at its beginning; whoever reads it closes it."""
    made: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # its reader closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        words = json.dumps(read_data(subject), ensure_ascii=False, indent=2, default=_plain)
        pack.writestr("data.json", words)
        kept = OrderFile.objects.filter(order__in=subject.orders, withdrawn_at=None).order_by("pk")
        for number, each in enumerate(kept.iterator(chunk_size=100), 1):
            try:
                with each.file.open("rb") as stored:
                    pack.writestr(f"files/{number:03}-{shown_file_name(each.name)[:100]}", stored.read())
            except FileNotFoundError:
                pack.writestr(f"files/{number:03}-missing.txt", "The file is not on the disk any more.\n")
    made.seek(0)
    return made


def changes_of(subject: Subject) -> Any:
    """What imports changed of the customer and their orders."""
    of_customer = ImportChange.objects.filter(thing="customer", thing_id=subject.customer.pk)
    return of_customer | ImportChange.objects.filter(thing="store_order", thing_id__in=subject.orders)


def events_of(subject: Subject) -> Any:
    """The audit trail's lines about the customer, their orders and their mails."""
    found = AuditEvent.objects.none()
    for thing, keys in (
        ("orders.customer", [subject.customer.pk]),
        ("orders.storeorder", subject.orders),
        ("outreach.message", subject.messages),
        ("outreach.directcontact", subject.contacts),
    ):
        found = found | AuditEvent.objects.filter(team=subject.team, thing=thing, thing_id__in=keys)
    return found


def _rows(found: Any, names: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {name.rpartition("__")[2] if name.endswith("number") else name: value for name, value in row.items()}
        for row in found.order_by("pk").values(*names)
    ]


def _fields(thing: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else repr(value)
