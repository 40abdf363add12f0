"""The list before sending: what is ready, and what is missing, before a campaign may be sent."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.core.mail.address_checks import is_wire_safe
from closedorders.core.text.formatting import quoted
from closedorders.senders.preflight import refused_by_server

from ..audience import is_solved
from ..models import Compensation, Kind, Refund
from ..texts.claims import doubted_words, says_refunded, says_solved
from ..texts.classes import MailClass, Place
from ..texts.only_yours import Belonging
from .plan import Plan
from .proof import strays_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the list before sending. `words` is a sentence: what is ready, or what is missing and what to do."""

    code: str
    ok: bool
    words: str


#: How many letters the page of a draft proves: about half a second. Approving proves all.
PROVEN_ON_PAGE = 2000


def checks_of(plan: Plan, *, proven: int | None = None) -> list[Check]:
    """What must be true before anything is sent, in the order of the page.

    Of the letters, the first `proven` are looked through for what belongs to other customers, or all.
    """
    checks = [_check_solved(plan), _check_people(plan), _check_sender(plan)]
    if refused := refused_by_server(plan.campaign.store):
        checks.append(Check(code="server", ok=False, words=refused))
    if plan.offers_code:
        checks.append(_check_codes(plan))
    if plan.offers_refund:
        checks.append(_check_refunds(plan))
    checks += [_check_compensation(plan, kind) for kind in plan.compensations.offers]
    checks += [_check_words(plan), _check_truth(plan), _check_class(plan), _check_values(plan)]
    checks += [_check_only_yours(plan, proven), _check_dates(plan)]
    checks.append(_check_claims(plan) if plan.campaign.kind == Kind.RESOLUTION else _check_note(plan))
    return checks


def _check_solved(plan: Plan) -> Check:
    incident = plan.campaign.incident
    ended = incident.ended_at is not None
    ok = not ended and (plan.campaign.kind == Kind.HOLDING or is_solved(incident))
    if ended:
        words = _("%(incident)s has ended: reopen it before you write to its customers.") % {
            "incident": incident
        }
    elif plan.campaign.kind == Kind.HOLDING:
        words = _("A holding note may be sent at any time.")
    elif ok:
        words = _("The block is over or there was none, so the mail may say that it is solved.")
    else:
        words = _(
            "Nobody says yet that the account works again: mark its case as unblocked, or say on the incident's page "
            "that no verification is needed. Until then, send a holding note."
        )
    return Check(code="solved", ok=ok, words=words)


def _check_people(plan: Plan) -> Check:
    count = len(plan.people)
    if count:
        words = ngettext("%(count)s person to write to.", "%(count)s people to write to.", count) % {
            "count": count
        }
    else:
        words = _("There is nobody to write to: see who is left out and why.")
    return Check(code="people", ok=count > 0, words=words)


def _check_sender(plan: Plan) -> Check:
    store = plan.campaign.store
    ok = is_wire_safe(store.sender_email) and (not store.reply_to or is_wire_safe(store.reply_to))
    if ok:
        words = _("Mails come from %(sender)s.") % {"sender": store.sender_email}
    else:
        words = _("%(store)s has no sender e-mail: write one above, under “Sender”.") % {"store": store}
    return Check(code="sender", ok=ok, words=words)


def _check_codes(plan: Plan) -> Check:
    if plan.without_code:
        count = len(plan.without_code)
        words = ngettext(
            "%(count)s person has no code of this offer yet: prepare the codes first.",
            "%(count)s people have no code of this offer yet: prepare the codes first.",
            count,
        ) % {"count": count}
        return Check(code="codes", ok=False, words=words)
    if plan.unloaded_codes:
        count = len(plan.unloaded_codes)
        words = ngettext(
            "%(count)s code is not in the shop yet: load the file there, then confirm it.",
            "%(count)s codes are not in the shop yet: load the file there, then confirm it.",
            count,
        ) % {"count": count}
        return Check(code="codes", ok=False, words=words)
    return Check(code="codes", ok=True, words=_("Every code is in the shop."))


def _check_refunds(plan: Plan) -> Check:
    unprepared = [item for item in plan.order_refunds if not item.is_prepared and item.amount is not None]
    proposed = plan.refunds_in(Refund.State.PROPOSED)
    if unprepared:
        count = len(unprepared)
        words = ngettext(
            "%(count)s order has no refund of this offer yet: prepare the refunds first.",
            "%(count)s orders have no refund of this offer yet: prepare the refunds first.",
            count,
        )
    elif plan.without_amount:
        count = len(plan.without_amount)
        words = ngettext(
            "%(count)s order has no amount to take a part of: correct the order, or leave its customer out.",
            "%(count)s orders have no amount to take a part of: correct them, or leave their customers out.",
            count,
        )
    elif proposed:
        count = len(proposed)
        words = ngettext(
            "%(count)s refund is not approved yet: a mail must not promise it before.",
            "%(count)s refunds are not approved yet: a mail must not promise them before.",
            count,
        )
    else:
        words = _("Every refund is approved or made.")
        return Check(code="refunds", ok=True, words=words)
    return Check(code="refunds", ok=False, words=words % {"count": count})


def _check_compensation(plan: Plan, kind: Compensation.Kind) -> Check:
    """Store credit is on the customers' accounts, and faster shipping is booked, before a mail says so."""
    missing, waiting = len(plan.compensations.missing(kind)), len(plan.compensations.not_issued(kind))
    credit = kind == Compensation.Kind.CREDIT
    if missing and credit:
        words = ngettext(
            "%(count)s person has no store credit of this offer yet: prepare it first.",
            "%(count)s people have no store credit of this offer yet: prepare it first.",
            missing,
        )
    elif missing:
        words = ngettext(
            "%(count)s person is not listed for faster shipping yet: prepare it first.",
            "%(count)s people are not listed for faster shipping yet: prepare it first.",
            missing,
        )
    elif waiting and credit:
        words = ngettext(
            "%(count)s person does not have the store credit yet: give it in the shop, then confirm it.",
            "%(count)s people do not have the store credit yet: give it in the shop, then confirm it.",
            waiting,
        )
    elif waiting:
        words = ngettext(
            "Faster shipping of %(count)s person is not confirmed yet: choose it for the parcel, then confirm it.",
            "Faster shipping of %(count)s people is not confirmed yet: choose it for their parcels, then confirm it.",
            waiting,
        )
    elif credit:
        words = _("Everybody's store credit is given.")
    else:
        words = _("Everybody's faster shipping is chosen.")
    count = missing or waiting
    return Check(code=kind.value, ok=not count, words=words % {"count": count} if count else words)


def _check_words(plan: Plan) -> Check:
    for language in plan.languages:
        words = plan.words(language)
        if not words.subject.strip() or not words.body.strip():
            return Check(
                code="words",
                ok=False,
                words=_("The text in %(language)s is empty.") % {"language": language},
            )
        if words.problems:
            found = words.problems[0].found
            return Check(
                code="words",
                ok=False,
                words=_("The text in %(language)s has something to correct: %(found)s.")
                % {"language": language, "found": found},
            )
    return Check(code="words", ok=True, words=_("The texts have no mistakes in their placeholders."))


def _check_truth(plan: Plan) -> Check:
    for language in plan.languages:
        found = doubted_words(plan.doubts(plan.words(language)))
        if not found:
            continue
        if "" in plan.recorded_reasons:
            words = _(
                "The text blames %(words)s, but what is known of these closures is a payment or an account check; for "
                "some the reason is not known yet. Say what is true, or find the missing reasons first."
            )
        else:
            words = _(
                "The text blames %(words)s, but these orders were closed over a payment or an account check. Say what "
                "is true."
            )
        return Check(
            code="truth", ok=False, words=words % {"words": " ".join(quoted(word) for word in found)}
        )
    return Check(code="truth", ok=True, words=_("No text blames anything else than what is recorded."))


def _check_class(plan: Plan) -> Check:
    """The mail is about the order first, and its offer comes last, or a person says that it is advertising."""
    for language in plan.languages:
        words = plan.words(language)
        if not words.has_misplaced_offer:
            continue
        places = {
            Place.SUBJECT: _("The subject in %(language)s has an offer: let it be about the order."),
            Place.FIRST_PARAGRAPH: _(
                "The text in %(language)s begins with its offer: begin with the order and put the offer last."
            ),
            Place.MIDDLE: _("In the text in %(language)s the offer stands before the order: put it last."),
        }
        return Check(code="class", ok=False, words=places[words.reading.doubts[0]] % {"language": language})
    classes = {plan.words(language).reading.mail_class for language in plan.languages}
    if MailClass.PROMOTIONAL in classes:
        done = _("The mail is advertising, as you said.")
    elif MailClass.MIXED in classes:
        done = _("The mail is about the order first, and the offer comes last.")
    else:
        done = _("The mail is about the order only.")
    return Check(code="class", ok=True, words=done)


def _check_only_yours(plan: Plan, proven: int | None) -> Check:
    found = strays_of(plan, most=1, letters=proven)
    if found:
        stray = found[0]
        names = {person.customer.pk: str(person.customer) for person in plan.people}
        sentences = {
            Belonging.ORDER: _("The mail to %(name)s has an order number of another customer: %(words)s."),
            Belonging.CODE: _("The mail to %(name)s has the code of another customer: %(words)s."),
            Belonging.ADDRESS: _("The mail to %(name)s has the address of another customer: %(words)s."),
            Belonging.NAME: _("The mail to %(name)s has the name of another customer: %(words)s."),
        }
        words = sentences[stray.what] % {"name": names.get(stray.reader, ""), "words": stray.words}
        return Check(code="only_yours", ok=False, words=words)
    count = len(plan.people)
    if proven is not None and count > proven:
        words = _(
            "The first %(proven)s of %(count)s mails have nothing of another customer. All are checked again when you "
            "send."
        ) % {"proven": proven, "count": count}
    else:
        words = ngettext(
            "%(count)s mail checked: it has nothing of another customer, no order number, name or code.",
            "%(count)s mails checked: none has anything of another customer, no order number, name or code.",
            count,
        ) % {"count": count}
    return Check(code="only_yours", ok=True, words=words)


def _check_values(plan: Plan) -> Check:
    count = len(plan.incomplete)
    if not count:
        return Check(
            code="values",
            ok=True,
            words=_("Nobody's mail has a gap: every placeholder has something to say."),
        )
    person, missing = plan.incomplete[0]
    words = ngettext(
        "The mail of %(count)s person has a gap: %(name)s lacks %(missing)s.",
        "The mails of %(count)s people have gaps: %(name)s, the first, lacks %(missing)s.",
        count,
    ) % {
        "count": count,
        "name": person.customer,
        "missing": ", ".join("{" + name + "}" for name in missing),
    }
    return Check(code="values", ok=False, words=words)


def _check_dates(plan: Plan) -> Check:
    today = timezone.localdate()
    expires, new = plan.campaign.code_expires_on, plan.campaign.new_date
    if plan.offers_code and expires is not None and expires < today:
        words = _("The code's last day is over: choose a later one.")
    elif new is not None and new < today:
        words = _("The new delivery date is over: choose a later one.")
    else:
        return Check(code="dates", ok=True, words=_("No date in the offer is over."))
    return Check(code="dates", ok=False, words=words)


def _check_note(plan: Plan) -> Check:
    """A note to wait does not say that it is solved while nobody knows that it is."""
    solved = is_solved(plan.campaign.incident)
    for language in plan.languages:
        words = plan.words(language)
        claim = says_solved(f"{words.subject}\n{words.body}", language)
        if claim and not solved:
            return Check(
                code="claims",
                ok=False,
                words=_(
                    "The text says “%(claim)s”, but the account is not unblocked: say that you are at work on it."
                )
                % {"claim": claim},
            )
    return Check(code="claims", ok=True, words=_("No text says that it is solved before it is."))


def _check_claims(plan: Plan) -> Check:
    issued = plan.order_refunds and all(
        item.refund and item.refund.state == Refund.State.ISSUED for item in plan.order_refunds
    )
    for language in plan.languages:
        words = plan.words(language)
        claim = says_refunded(f"{words.subject}\n{words.body}", language)
        if claim and not issued:
            return Check(
                code="claims",
                ok=False,
                words=_("The text says “%(claim)s”, but not every refund is made: say that it is on its way.")
                % {"claim": claim},
            )
    return Check(code="claims", ok=True, words=_("No text says that money is back before it is."))
