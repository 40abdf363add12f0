"""What has changed since a message was frozen: looked at when it is claimed, and again just before it leaves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from closedorders.closures.models import Closure, Incident
from closedorders.closures.outcomes import OUTCOMES_TO_TELL
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import SETTLED_IN_SHOP
from closedorders.orders.status import refresh_status as refresh_status

from ..audience import Person
from ..message_states import BINDING, TOLD
from ..models import Kind, Message, Suppression
from ..texts.claims import CHECK_REASONS, PAYMENT_REASONS
from ..texts.classes import MailClass
from .exclusions import Exclusion
from .plan import Plan
from .proof import stray_in

log = logging.getLogger(__name__)

_ORDER = "supplier_order__store_order"


def since_frozen() -> dict[str, Exists]:
    """Annotations of messages, with which a claim costs no query more.

    They are `suppressed`, `refuses_offers`, `outdated` and `solved`.
    """
    address = {"team": OuterRef("team"), "email": Lower(OuterRef("recipient"))}
    solved = Incident.objects.over_block().filter(pk=OuterRef("incident"))
    return {
        "suppressed": Exists(Suppression.objects.blocking().filter(**address)),
        "refuses_offers": Exists(Suppression.objects.refusing_offers().filter(**address)),
        "outdated": is_outdated(),
        "solved": Exists(solved),
    }


def may_not_leave() -> Q:
    """A condition on messages: something has changed since one was claimed, so that it must be looked at again."""
    found = since_frozen()
    too_much = ~Q(mail_class__in=["", MailClass.SERVICE]) & Q(found["refuses_offers"])
    untrue = Q(kind=Kind.RESOLUTION) & ~Q(found["solved"])
    return Q(found["outdated"]) | Q(found["suppressed"]) | too_much | untrue


def is_untrue(message: Message) -> bool:
    """Whether it says that all is solved and that is not so any more. `message` has the annotations."""
    return message.kind == Kind.RESOLUTION and not message.solved  # type: ignore[attr-defined]  # an annotation


def why_not_sent(message: Message) -> str:
    """The `Exclusion` for which a claimed message is not sent, or "". `message` has the annotations."""
    if message.suppressed:  # type: ignore[attr-defined]  # an annotation
        return Exclusion.SUPPRESSED
    if message.outdated or _offers_too_much(message):  # type: ignore[attr-defined]  # an annotation
        return bring_up_to_date(message)
    return ""


def _offers_too_much(message: Message) -> bool:
    """Its customer has asked for no offers since it was frozen."""
    return message.has_offer and message.refuses_offers  # type: ignore[attr-defined]  # an annotation


def is_outdated() -> Exists:
    """Of messages: whether they name a closure that nobody is to be mailed about any more."""
    named = Closure.objects.filter(messages=OuterRef("pk"))
    message = {name: OuterRef(OuterRef(name)) for name in ("pk", "kind", "customer")}
    return Exists(_needless(named, **message))


def needs_no_mail(closures: QuerySet[Closure]) -> QuerySet[Closure]:
    """Those of them that nobody is to be mailed about any more, whatever mails there are: made good, or settled."""
    return closures.alias(paid=Lower(f"{_ORDER}__financial_status")).filter(
        Q(reopened_at__isnull=False)
        | ~Q(outcome__in=OUTCOMES_TO_TELL)
        | Q(**{f"{_ORDER}__cancelled_at__isnull": False})
        | Q(paid__in=SETTLED_IN_SHOP)
    )


def _needless(closures: QuerySet[Closure], *, pk: Any, kind: Any, customer: Any) -> QuerySet[Closure]:
    """Those of them that this message need not name: made good, or named in another mail to its customer.

    Of two mails that wait with the same closure the older one goes. A note to wait comes before an apology or not at
    all.
    """
    others = Message.objects.filter(closures=OuterRef("pk"), customer=customer)
    same_kind = Q(state__in=[*TOLD, Message.State.UNCERTAIN]) | Q(state__in=BINDING, pk__lt=pk)
    written = others.filter(same_kind, kind=kind).exclude(pk=pk)
    apology = others.filter(kind=Kind.RESOLUTION, state__in=BINDING).exclude(kind=kind)
    return closures.alias(paid=Lower(f"{_ORDER}__financial_status")).filter(
        Q(reopened_at__isnull=False)
        | ~Q(outcome__in=OUTCOMES_TO_TELL)
        | Q(**{f"{_ORDER}__cancelled_at__isnull": False})
        | Q(paid__in=SETTLED_IN_SHOP)
        | Q(Exists(written))
        | Q(Exists(apology))
    )


@transaction.atomic
def bring_up_to_date(message: Message) -> str:
    """Take out of a claimed message what is needless or not wanted by now, and write its text anew.

    The new text is proven to have nothing of another customer, as all were when they were approved. Returns the
    `Exclusion` for which it is not sent at all, or "". `message` is changed as its row is.
    """
    named = list(
        Closure.objects.filter(messages=message)
        .select_related(f"{_ORDER}__customer")
        .defer(f"{_ORDER}__lines")
        .order_by("closed_at", "pk")
    )
    of_message = Closure.objects.filter(messages=message)
    found = _needless(of_message, pk=message.pk, kind=message.kind, customer=message.customer_id)
    needless = set(found.values_list("pk", flat=True))
    left = [closure for closure in named if closure.pk not in needless]
    if not left:
        return _why_needless(message, named)
    approved = _approved(message, named)
    if approved is None:
        # The store's own words have changed since a person approved these: only a person may send others.
        return Exclusion.CHANGED
    plan, person = approved
    no_offers = person.no_offers or _offers_too_much(message)
    now = plan.letter(_person(message, left, no_offers=no_offers))
    if stray_in(Plan(message.campaign), now) is not None:
        log.error("message %s, written anew, has something of another customer and is not sent", message.pk)
        return Exclusion.CHANGED
    texts = {"subject": now.subject, "body": now.body, "mail_class": now.mail_class, "code": now.code}
    mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state=Message.State.SENDING)
    if mine.update(**texts):
        for name, value in texts.items():
            setattr(message, name, value)
        message.closures.remove(*needless)
        refresh_status(closure.supplier_order.store_order_id for closure in named)
    return ""


def _approved(message: Message, named: Sequence[Closure]) -> tuple[Plan, Person] | None:
    """The plan whose words are those of the message, and whether its customer was to get no offers by then.

    The words say what happened, or not, as the reasons were by then.
    """
    for reasons in (CHECK_REASONS, frozenset({"payment_timeout"}), PAYMENT_REASONS, frozenset[str]()):
        plan = Plan(message.campaign, reasons=reasons)
        for no_offers in (False, True):
            person = _person(message, named, no_offers=no_offers)
            letter = plan.letter(person)
            if (letter.subject, letter.body) == (message.subject, message.body):
                return plan, person
    return None


def _why_needless(message: Message, named: Sequence[Closure]) -> Exclusion:
    if all(closure.reopened_at for closure in named):
        return Exclusion.REOPENED
    others = Message.objects.filter(
        closures__in=named, customer=message.customer_id, state__in=BINDING
    ).exclude(pk=message.pk)
    kinds = set(others.values_list("kind", flat=True))
    if message.kind == Kind.HOLDING and Kind.RESOLUTION in kinds:
        return Exclusion.RESOLVED
    return Exclusion.TOLD if message.kind in kinds else Exclusion.SETTLED


def _person(message: Message, closures: Sequence[Closure], *, no_offers: bool) -> Person:
    orders: dict[int, StoreOrder] = {}
    for closure in closures:
        if (order := closure.supplier_order.store_order) is not None:
            orders.setdefault(order.pk, order)
    return Person(
        customer=message.customer,
        orders=tuple(orders.values()),
        closure_ids=tuple(closure.pk for closure in closures),
        language=message.language,
        email=message.recipient,
        message=message,
        told=message.number > 1,
        no_offers=no_offers,
    )
