"""What is done on a draft, step by step, until it is approved."""

from __future__ import annotations

from copy import copy
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.files.csv_export import csv_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.mail.delivery import Outcome, Reason
from closedorders.orders.actions.stores import change_store
from closedorders.orders.models import Customer, Platform

from .. import actions, wording
from ..codes import Coupon, shopify_codes_csv, woocommerce_coupons_csv
from ..forms import BODY_LENGTH, REASON_LENGTH, SUBJECT_LENGTH, OfferForm, SenderForm, TestMailForm, TextForm
from ..models import Campaign, Kind, Refund
from ..plans.plan import Plan
from ..texts import builtin as builtin_texts
from ..texts.classes import put_offer_last
from ..texts.true_words import put_in_true_words
from .answering import back_to, campaign_of
from .code_files import code_rows, shop_file
from .draft_page import draft_page, person_index


@team_page(MERCHANT)
@post_only
def offer(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    form = OfferForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return draft_page(request, found, offer=form)
    with attempt(request):
        actions.change_offer(campaign=found, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Offer saved."))
    return back_to(request, found, "offer")


@team_page(MERCHANT)
@post_only
def sender(request: TeamRequest, pk: int) -> HttpResponse:
    """Saves who the store's mails come from, for this campaign and all others of the store."""
    found = campaign_of(request, pk)
    form = SenderForm(request.POST, instance=copy(found.store))
    if not form.is_valid():
        return draft_page(request, found, sender=form)
    with attempt(request):
        change_store(store=found.store, by=request.membership, **form.cleaned_data)
        words = _("Mails of %(store)s come from %(sender)s.")
        messages.success(request, words % {"store": found.store, "sender": form.cleaned_data["sender_email"]})
    return back_to(request, found)


@team_page(MERCHANT)
@post_only
def preparation(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    with attempt(request):
        plan = actions.prepare(campaign=found, by=request.membership)
        parts = []
        if plan.offers_code:
            parts.append(
                ngettext("%(count)s code", "%(count)s codes", len(plan.to_get_code))
                % {"count": len(plan.to_get_code)}
            )
        if plan.offers_refund:
            number = len(plan.order_refunds) - len(plan.without_amount)
            parts.append(ngettext("%(count)s refund", "%(count)s refunds", number) % {"count": number})
        things = ", ".join(parts) or _("nothing was needed")
        messages.success(request, _("Ready: %(things)s.") % {"things": things})
    return back_to(request, found)


@team_page(MERCHANT)
@post_only
def campaign_codes_file(request: TeamRequest, pk: int) -> HttpResponseBase:
    """The file a shop loads, in the shape its platform takes."""
    found = campaign_of(request, pk)
    codes = actions.export_codes(codes=found.codes.all(), by=request.membership)
    name = f"codes-incident-{found.incident.number}.csv"
    if found.store.platform == Platform.SHOPIFY:
        return shop_file(name, shopify_codes_csv(code.code for code in codes))
    if found.store.platform == Platform.WOOCOMMERCE:
        coupons = (
            Coupon(
                code=code.code,
                percent=Decimal(code.percent),
                customer_email=code.customer.email,
                expires=code.expires_on,
                description=str(found.incident),
            )
            for code in codes
        )
        return shop_file(name, woocommerce_coupons_csv(coupons))
    return csv_response(name, code_rows(codes))


@team_page(MERCHANT)
@post_only
def codes_loading(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    with attempt(request):
        number = actions.mark_codes_loaded(codes=found.codes.all(), by=request.membership)
        words = ngettext("%(count)s code is in the shop.", "%(count)s codes are in the shop.", number)
        messages.success(request, words % {"count": number})
    return back_to(request, found)


@team_page(MERCHANT)
@post_only
def refunds_approval(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    with attempt(request):
        proposed = found.refunds.filter(state=Refund.State.PROPOSED)
        number = actions.approve_refunds(refunds=proposed, by=request.membership)
        words = ngettext("%(count)s order is to be refunded.", "%(count)s orders are to be refunded.", number)
        messages.success(request, words % {"count": number})
    return back_to(request, found)


@team_page(MERCHANT)
@post_only
def text(request: TeamRequest, pk: int, language: str) -> HttpResponse:
    found = campaign_of(request, pk)
    if language not in builtin_texts.LANGUAGES:
        raise Http404
    by, verb = request.membership, request.POST.get("do", "save")
    if verb == "reset":
        with attempt(request):
            actions.change_texts(campaign=found, language=language, subject="", body="", reason="", by=by)
            messages.success(request, _("Back to the words it started with."))
        return back_to(request, found, f"text-{language}")
    if verb == "confirm":
        with attempt(request):
            seen = request.POST.getlist("word")
            actions.confirm_words(campaign=found, language=language, words=seen, by=by)
            messages.success(
                request, _("Noted: the marked words are true. They pass until the text changes.")
            )
        return back_to(request, found, f"text-{language}")
    if verb == "advertising":
        with attempt(request):
            seen_mark = request.POST.get("seen", "")
            actions.confirm_advertising(campaign=found, language=language, seen=seen_mark, by=by)
            messages.success(request, _("Noted: this mail is advertising. It passes until the text changes."))
        return back_to(request, found, f"text-{language}")
    if verb == "offer_last":
        return _with_offer_last(request, found, language)
    if verb.startswith("wording-"):
        return _with_true_words(request, found, language, verb.removeprefix("wording-"))
    form = TextForm(request.POST, auto_id=f"{language}_%s")
    if not form.is_valid():
        return draft_page(request, found, text=form, language=language)
    with attempt(request, form):
        words = form.cleaned_data
        actions.change_texts(campaign=found, language=language, by=by, **words)
        if verb == "template":
            actions.save_template(
                store=found.store,
                kind=Kind(found.kind),
                language=language,
                subject=words["subject"],
                body=words["body"],
                by=by,
            )
            done = _("Saved here and as the template of %(store)s.") % {"store": found.store}
        else:
            done = _("Text saved.")
        messages.success(request, done)
        return back_to(request, found, f"text-{language}")
    # What was typed stays; saving it again is meant then.
    found = campaign_of(request, pk)
    again = TextForm(
        {**request.POST.dict(), "seen": Plan(found).words(language).mark}, auto_id=f"{language}_%s"
    )
    for error in form.non_field_errors():
        again.add_error(None, error)
    return draft_page(request, found, text=again, language=language)


def _with_true_words(request: TeamRequest, found: Campaign, language: str, chosen: str) -> HttpResponse:
    """The draft's page with one of the true wordings put into the text as it was typed. Nothing is saved yet."""
    reasons = Plan(found).recorded_reasons
    wordings = builtin_texts.wordings_for(reasons, language)
    if not (chosen.isascii() and chosen.isdigit() and int(chosen) < len(wordings)):
        raise Http404
    made = put_in_true_words(
        subject=request.POST.get("subject", "")[:SUBJECT_LENGTH],
        body=request.POST.get("body", "")[:BODY_LENGTH].replace("\r\n", "\n"),
        wording=wordings[int(chosen)],
        language=language,
        kind=found.kind,
        reasons=reasons,
    )
    initial = {"subject": made.subject, "reason": made.reason, "body": made.body}
    initial["seen"] = request.POST.get("seen", "")[:20]
    form = TextForm(initial=initial, auto_id=f"{language}_%s")
    return draft_page(request, found, text=form, language=language, put_in=made)


def _with_offer_last(request: TeamRequest, found: Campaign, language: str) -> HttpResponse:
    """The draft's page with the offer moved to the end of the text as it was typed. Nothing is saved yet."""
    subject, body = put_offer_last(
        request.POST.get("subject", "")[:SUBJECT_LENGTH],
        request.POST.get("body", "")[:BODY_LENGTH].replace("\r\n", "\n"),
        language=language,
        kind="resolution" if found.kind == Kind.RESOLUTION else "holding",
    )
    reason = request.POST.get("reason", "")[:REASON_LENGTH]
    initial = {"subject": subject, "reason": reason, "body": body, "seen": request.POST.get("seen", "")[:20]}
    form = TextForm(initial=initial, auto_id=f"{language}_%s")
    return draft_page(request, found, text=form, language=language, moved=True)


@team_page(MERCHANT)
@post_only
def left_out(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    chosen = request.POST.get("customer", "")
    customer = get_object_or_404(
        Customer.objects.for_team(request.team),
        pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
    )
    with attempt(request):
        if request.POST.get("do") == "take_in":
            actions.include_again(campaign=found, customer=customer, by=request.membership)
            words = _("%(name)s is in the list again.")
        else:
            actions.leave_out(campaign=found, customer=customer, by=request.membership)
            words = _("%(name)s is left out.")
        messages.success(request, words % {"name": customer})
    return back_to(request, found, "who")


@team_page(MERCHANT)
@post_only
def test_mail(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    form = TestMailForm(request.POST)
    if not form.is_valid():
        return draft_page(request, found, test=form)
    people = Plan(found).people
    index = person_index(request, len(people))
    if not people:
        messages.error(request, _("There is nobody whose mail could be tested."))
    else:
        address = form.cleaned_data["address"]
        with attempt(request):
            delivery = actions.send_test(
                campaign=found, person=people[index - 1], address=address, by=request.membership
            )
            if delivery.reason is Reason.LOCAL_MAILBOX:
                messages.warning(
                    request, _("No mail server is set up: the test is in the local mailbox, not on its way.")
                )
            elif delivery.outcome is Outcome.SENT:
                messages.success(request, _("The test is on its way to %(address)s.") % {"address": address})
            else:
                answer = f"{delivery.code or ''} {delivery.enhanced} {delivery.words}".strip()
                words = f"{wording.REASON_WORDS[delivery.reason]} {answer}".strip()
                messages.error(request, _("The test did not go through: %(words)s") % {"words": words})
    url = reverse("outreach:campaign", args=[request.team.slug, found.pk])
    return redirect(f"{url}?step=preview&person={index}#preview")
