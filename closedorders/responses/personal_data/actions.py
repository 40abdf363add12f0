"""Give out what is kept about a customer, or erase it. Both leave a line in the trail, without who it was about."""

from __future__ import annotations

from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Incident
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.refusals import Refused
from closedorders.imports.models import ImportChange
from closedorders.orders.models import BulkEditRow, Customer, OrderComment, OrderFile, StoreOrder
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach.models import DirectContact, DiscountCode, Message, Suppression

from ..models import Reply
from .export import changes_of, events_of, write_zip
from .subject import ERASED, MOST_ORDERS, Subject, holders, subject_of
from .traces import erase_from_trail, impersonal

#: Bulk edits whose rows have the words of an order's tags.
_OF_TAGS = ("tag_add", "tag_remove")
#: Why an address stays blocked although its owner is erased: else the next mail would go there again.
_WISHES = (Suppression.Cause.ASKED, Suppression.Cause.COMPLAINED)


@transaction.atomic
def export_customer(*, customer: Customer, by: Membership) -> IO[bytes]:
    """Everything kept about the customer, as an open ZIP (`export.write_zip`)."""
    allow(by, MERCHANT, team_id=customer.store.team_id)
    subject = subject_of(customer, by.team)
    _refuse_too_many(subject)
    record(by=by, verb="customer_exported", thing=Customer(pk=customer.pk), team=by.team)
    return write_zip(subject)


@transaction.atomic
def erase_customer(*, customer: Customer, confirmation: str, by: Membership) -> None:
    """Erase who the customer is, and what was written to them and by them. It cannot be undone.

    Order numbers, amounts, dates, countries, products, refunds and what codes are worth stay, for the accounts. Refused
    unless `confirmation` is `Subject.confirmation`, and while a mail to them is under way or uncertain. An address
    that its owner wanted blocked stays in the list of blocked addresses.
    """
    allow(by, MERCHANT, team_id=customer.store.team_id)
    subject = subject_of(customer, by.team)
    _refuse_too_many(subject)
    # In the order in which sending and imports lock: from here on no mail is approved and no file is saved about them.
    incidents = Incident.objects.filter(closures__supplier_order__store_order__in=subject.orders)
    wanted = sorted(set(incidents.order_by().values_list("pk", flat=True)))
    list(Incident.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",)))
    list(StoreOrder.objects.filter(pk__in=subject.orders).order_by("pk").select_for_update(of=("self",)))
    subject = subject_of(Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk), by.team)
    if subject.is_erased:
        raise Refused(_("This customer was erased already."))
    if confirmation.strip().casefold() != subject.confirmation.casefold():
        raise Refused(_("That is not what is asked for. Nothing was erased."))
    if subject.mail_under_way():
        raise Refused(
            _(
                "A mail to this customer is on its way, or nobody knows whether it arrived. "
                "Cancel it, or say on its campaign's page what became of it, then erase."
            )
        )
    email, number, elsewhere = subject.customer.email, subject.customer.pk, subject.elsewhere()
    _erase_orders(subject)
    _erase_mails(subject)
    _erase_traces(subject)
    for holder in holders().values():
        holder.erase(subject)
    _erase_person(subject)
    if email and not elsewhere:
        # Another customer who has the address needs both.
        _release_blocks(subject, email)
        transaction.on_commit(lambda: _empty_mailbox(subject.team.pk, email))
    refresh_status(subject.orders)
    customer.refresh_from_db()
    record(
        by=by,
        verb="customer_erased",
        thing=Customer(pk=number),
        team=by.team,
        after={"orders": len(subject.orders)},
    )


def _refuse_too_many(subject: Subject) -> None:
    if len(subject.orders) > MOST_ORDERS:
        raise Refused(
            _("This customer has more than %(most)s orders: that is no person, but many under one address.")
            % {"most": MOST_ORDERS}
        )


def _erase_person(subject: Subject) -> None:
    """As typed by a person, so that imports leave the blanks alone."""
    customer = subject.customer
    customer.key = f"{ERASED}{customer.pk}"
    customer.name = customer.email = customer.phone = ""
    customer.edited_fields = sorted({*customer.edited_fields, "name", "email", "phone"})
    customer.save(update_fields=["key", "name", "email", "phone", "edited_fields"])


def _erase_orders(subject: Subject) -> None:
    now = timezone.now()
    blank = ("buyer_name", "note", "tags")
    orders = list(StoreOrder.objects.filter(pk__in=subject.orders).defer("lines"))
    for order in orders:
        order.buyer_name = order.note = order.tags = ""
        order.edited_fields = sorted({*order.edited_fields, *blank})
    StoreOrder.objects.bulk_update(orders, [*blank, "edited_fields"], batch_size=200)
    comments = OrderComment.objects.filter(order__in=subject.orders)
    comments.filter(withdrawn_at=None).update(withdrawn_at=now)
    comments.update(text="")
    files = OrderFile.objects.filter(order__in=subject.orders)
    for each in files.filter(withdrawn_at=None):
        transaction.on_commit(lambda stored=each.file: stored.delete(save=False))  # type: ignore[misc]  # its default
    files.filter(withdrawn_at=None).update(withdrawn_at=now)
    files.update(name="")


def _erase_mails(subject: Subject) -> None:
    """That a mail was sent stays, and when. Each keeps a recipient of its own: two blank ones would be one address."""
    messages = list(Message.objects.filter(pk__in=subject.messages).only("pk"))
    for message in messages:
        message.recipient, message.subject, message.body = f"{ERASED}{message.pk}", "", ""
        message.reply_words = message.code = ""
    Message.objects.bulk_update(
        messages, ["recipient", "subject", "body", "reply_words", "code"], batch_size=200
    )
    DirectContact.objects.filter(pk__in=subject.contacts).update(note="")
    # A code begins with its customer's name. What it is worth stays; one that no shop has was never worth anything.
    codes = DiscountCode.objects.filter(customer=subject.customer)
    codes.not_loaded().delete()
    for pk in codes.values_list("pk", flat=True):
        codes.filter(pk=pk).update(code=f"{ERASED}{pk}")
    Reply.objects.filter(customer=subject.customer).delete()


def _erase_traces(subject: Subject) -> None:
    """What imports, bulk edits and the audit trail remember of who it was; what was done, by whom and when stays."""
    changes: list[ImportChange] = list(changes_of(subject).select_for_update(of=("self",)))
    for change in changes:
        change.before, change.after = impersonal(change.before), impersonal(change.after)
    ImportChange.objects.bulk_update(changes, ["before", "after"], batch_size=200)
    BulkEditRow.objects.filter(
        edit__team=subject.team, edit__verb__in=_OF_TAGS, thing_id__in=subject.orders
    ).delete()
    erase_from_trail(events_of(subject))


def _release_blocks(subject: Subject, email: str) -> None:
    """Blocks of the address that nobody wanted for themselves go with it."""
    blocks = Suppression.objects.filter(team=subject.team, email=email).exclude(cause__in=_WISHES)
    blocks.filter(released_at=None).update(released_at=timezone.now())
    blocks.update(email=f"{ERASED}{subject.customer.pk}", detail="")


def _empty_mailbox(team: int, email: str) -> None:
    """The mails of the local mailbox, where there is no mail server."""
    LocalMailbox(settings.LOCAL_MAILBOX).remove_to(email, team_header=str(team))
