from __future__ import annotations

from collections.abc import Callable
from copy import copy
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Incident
from closedorders.core.csv_export import csv_response
from closedorders.core.delivery import Outcome
from closedorders.core.money import quantize, totals
from closedorders.core.paging import capped_count, page_of
from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer, Platform, Store

from . import actions, audience, pages, rendering, templates_builtin, wording
from .codes import Coupon, shopify_codes_csv, woocommerce_coupons_csv
from .forms import CountForm, OfferForm, SuppressionForm, TemplateForm, TestMailForm, TextForm
from .models import Campaign, DiscountCode, Kind, Message, Refund, Suppression, Template
from .plans import Plan, Words

SHOWN = 50
EXPORT_LIMIT = 10_000


def _campaign(request: TeamRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.for_team(request.team), pk=pk)


def _to(request: TeamRequest, campaign: Campaign, anchor: str = "") -> HttpResponseRedirect:
    url = reverse("outreach:campaign", args=[request.team.slug, campaign.pk])
    return redirect(f"{url}#{anchor}" if anchor else url)


def _try(request: TeamRequest, act: Callable[[], str | None]) -> bool:
    """Do it; say what came of it. Whether it happened."""
    try:
        words = act()
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    if words:
        messages.success(request, words)
    return True


# -- Campaigns ---------------------------------------------------------------------------------------------------------


@team_page(MERCHANT, ASSISTANT)
def campaigns(request: TeamRequest) -> HttpResponse:
    page = page_of(request, Campaign.objects.for_team(request.team))
    waiting = audience.waiting_incidents(request.team) if request.membership.is_merchant else []
    context = {
        "rows": pages.campaign_rows(page.rows),
        "page": page,
        "waiting": waiting,
        "kinds": Kind,
    }
    return render(request, "outreach/campaigns.html", context)


@team_page(MERCHANT)
@require_POST
def campaign_creation(request: TeamRequest, number: int) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.for_team(request.team), number=number)
    stores = Store.objects.filter(team=request.team)
    chosen = request.POST.get("store", "")
    if chosen.isdecimal() and len(chosen) < 19:
        store = get_object_or_404(stores, pk=int(chosen))
    else:
        hit = stores.filter(orders__supplier_orders__closures__incident=incident)
        found = hit.order_by("pk").first() or stores.order_by("pk").first()
        if found is None:
            messages.error(request, _("Add a store first: a mail needs somebody it comes from."))
            return redirect("outreach:campaigns", team=request.team.slug)
        store = found
    kind = request.POST.get("kind", Kind.RESOLUTION)
    if kind not in Kind.values:
        raise Http404
    made = actions.create_campaign(incident=incident, kind=Kind(kind), store=store, by=request.membership)
    return _to(request, made)


@team_page(MERCHANT, ASSISTANT)
def campaign(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    if found.state == Campaign.State.DRAFT:
        if not request.membership.is_merchant:
            return render(request, "outreach/draft_closed.html", {"campaign": found})
        return _draft(request, found)
    return _run(request, found)


def _draft(request: TeamRequest, campaign: Campaign, **forms: Any) -> HttpResponse:
    """The draft's page; `forms` are those that came back with mistakes: `offer`, `test`, `text` with its language."""
    plan = Plan(campaign)
    index = _person_index(request, len(plan.people))
    text_form, text_language = forms.get("text"), forms.get("language")
    texts = [
        _text_panel(plan, plan.words(language), text_form if language == text_language else None)
        for language in plan.languages
    ]
    person = plan.people[index - 1] if plan.people else None
    context = {
        "campaign": campaign,
        "plan": plan,
        "resolution": campaign.kind == Kind.RESOLUTION,
        "excluded": plan.audience.excluded[:SHOWN],
        "excluded_more": max(0, len(plan.audience.excluded) - SHOWN),
        "nameless": [p for p in plan.people if not rendering.first_name(p.customer.name)][:SHOWN],
        "incomplete": plan.incomplete[:SHOWN],
        "without_amount": plan.without_amount[:SHOWN],
        "LEFT_OUT": audience.Exclusion.LEFT_OUT,
        "offer_form": forms.get("offer") or OfferForm(instance=copy(campaign)),
        "figures": _draft_figures(plan),
        "steps": _draft_steps(plan),
        "next_action": _next_action(plan),
        "codes_made": len(plan.people) - len(plan.without_code),
        "proposed": len(plan.refunds_in(Refund.State.PROPOSED)),
        "approved": len(plan.refunds_in(Refund.State.APPROVED)),
        "issued": len(plan.refunds_in(Refund.State.ISSUED)),
        "dropped": len(plan.refunds_in(Refund.State.DROPPED)),
        "texts": texts,
        "placeholder_help": _placeholder_help(),
        "letter": plan.letter(person) if person else None,
        "index": index,
        "previous": index - 1 if index > 1 else None,
        "next": index + 1 if index < len(plan.people) else None,
        "test_form": forms.get("test") or TestMailForm(initial={"person": index}),
        "count_form": CountForm(),
    }
    status = 422 if forms else 200
    return render(request, "outreach/draft.html", context, status=status)


def _placeholder_help() -> list[tuple[str, Any]]:
    return [("{" + name + "}", words) for name, words in wording.PLACEHOLDER_HELP.items()]


def _person_index(request: TeamRequest, people: int) -> int:
    """Which recipient the preview shows, counted from 1."""
    wanted = request.GET.get("person", "") or request.POST.get("person", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    return max(1, min(number, people))


def _text_panel(plan: Plan, words: Words, form: TextForm | None) -> dict[str, Any]:
    names = dict(settings.LANGUAGES)
    initial = {"subject": words.subject, "body": words.body, "reason": words.reason}
    return {
        "language": words.language,
        "name": names.get(words.language, words.language),
        "words": words,
        "form": form or TextForm(initial=initial, auto_id=f"{words.language}_%s"),
        "doubts": plan.doubts(words),
        "wordings": templates_builtin.REASON_WORDINGS[words.language],
        "people": sum(1 for person in plan.people if person.language == words.language),
    }


def _draft_figures(plan: Plan) -> list[dict[str, Any]]:
    orders = sum(len(person.orders) for person in plan.people)
    figures: list[dict[str, Any]] = [
        {
            "label": _("People to write to"),
            "value": len(plan.people),
            "note": ngettext("%(count)s order", "%(count)s orders", orders) % {"count": orders},
        },
        {"label": pgettext("customers", "Left out"), "value": len(plan.audience.excluded)},
    ]
    if plan.offers_code:
        percent = _("%(percent)s%% each") % {"percent": plan.campaign.code_percent}
        figures.append({"label": _("Discount codes"), "value": len(plan.people), "note": percent})
    figures += [
        {
            "label": _("Refunds"),
            "value": str(total),
            "note": ngettext("%(count)s order", "%(count)s orders", total.count) % {"count": total.count},
        }
        for total in plan.refund_totals
    ]
    return figures


def _draft_steps(plan: Plan) -> list[dict[str, Any]]:
    """The panels of the draft's page in their order, with what the list before sending says about each."""
    failing = {check.code for check in plan.checks if not check.ok}
    resolution = plan.campaign.kind == Kind.RESOLUTION
    steps = [
        (pgettext("customers", "Who"), "who", {"solved", "people"}),
        (_("Offer and cost") if resolution else _("Next word"), "offer", {"dates"}),
    ]
    if plan.offers_code:
        steps.append((_("Codes"), "codes", {"codes"}))
    if plan.offers_refund:
        steps.append((_("Refunds"), "refunds", {"refunds"}))
    steps += [
        (_("Text"), "texts", {"words", "claims"}),
        (_("Preview"), "preview", {"values"}),
        (_("Send"), "send", failing),
    ]
    made = [{"label": label, "anchor": anchor, "ok": not codes & failing} for label, anchor, codes in steps]
    now = next((step for step in made if not step["ok"]), made[-1])
    return [{**step, "now": step is now} for step in made]


def _next_action(plan: Plan) -> str:
    """The one button of the draft's page that leads on: `prepare`, `export`, `load`, `approve`, `send`, or none."""
    if not plan.is_prepared:
        return "prepare"
    if plan.unloaded_codes:
        return "load" if all(code.exported_at for code in plan.unloaded_codes) else "export"
    if plan.refunds_in(Refund.State.PROPOSED):
        return "approve"
    return "send" if plan.is_ready else ""


def _run(request: TeamRequest, campaign: Campaign) -> HttpResponse:
    progress = pages.progress_of(campaign)
    if not request.membership.is_merchant:
        # The mail server's own words may repeat a customer's address; the cause alone is enough to know.
        campaign.pause_reason = ""
    state = request.GET.get("state", "")
    state = state if state in Message.State.values else ""
    found = pages.with_orders(campaign.messages.all())
    page = page_of(request, found.filter(state=state) if state else found)
    context = {
        "campaign": campaign,
        "progress": progress,
        "poll_url": _poll_url(request, campaign, progress),
        "tabs": pages.ledger_tabs(progress.counts, state),
        "rows": pages.ledger(page.rows, request.membership),
        "page": page,
        "tone": wording.CAMPAIGN_TONES[campaign.state],
        "retryable": progress.failed + progress.counts.get("deferred", 0),
        "can_retry": campaign.state != Campaign.State.CANCELLED,
    }
    return render(request, "outreach/run.html", context)


def _poll_url(request: TeamRequest, campaign: Campaign, progress: pages.Progress) -> str:
    if not progress.polls:
        return ""
    url = reverse("outreach:progress", args=[request.team.slug, campaign.pk])
    return f"{url}?phase={progress.phase}"


@team_page(MERCHANT, ASSISTANT)
def progress(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar by itself. When the page around it must change too, it asks for the whole page."""
    found = _campaign(request, pk)
    now = pages.progress_of(found)
    context = {"progress": now, "poll_url": _poll_url(request, found, now)}
    response = render(request, "outreach/_progress.html", context)
    if request.GET.get("phase") != now.phase:
        response["HX-Refresh"] = "true"
    return response


# -- A draft, step by step -----------------------------------------------------------------------------------------


@team_page(MERCHANT)
@require_POST
def offer(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    form = OfferForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return _draft(request, found, offer=form)

    def act() -> str:
        actions.change_offer(campaign=found, by=request.membership, **form.cleaned_data)
        return _("Offer saved.")

    _try(request, act)
    return _to(request, found, "offer")


@team_page(MERCHANT)
@require_POST
def preparation(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)

    def act() -> str:
        plan = actions.prepare(campaign=found, by=request.membership)
        parts = []
        if plan.offers_code:
            parts.append(
                ngettext("%(count)s code", "%(count)s codes", len(plan.people)) % {"count": len(plan.people)}
            )
        if plan.offers_refund:
            number = len(plan.order_refunds) - len(plan.without_amount)
            parts.append(ngettext("%(count)s refund", "%(count)s refunds", number) % {"count": number})
        return _("Ready: %(things)s.") % {"things": ", ".join(parts) or _("nothing was needed")}

    _try(request, act)
    return _to(request, found, "codes" if found.code_percent else "refunds")


@team_page(MERCHANT)
@require_POST
def campaign_codes_file(request: TeamRequest, pk: int) -> HttpResponseBase:
    """The file a shop loads, in the shape its platform takes."""
    found = _campaign(request, pk)
    codes = actions.export_codes(codes=found.codes.all(), by=request.membership)
    name = f"codes-incident-{found.incident.number}.csv"
    if found.store.platform == Platform.SHOPIFY:
        return _file(name, shopify_codes_csv(code.code for code in codes))
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
        return _file(name, woocommerce_coupons_csv(coupons))
    return csv_response(name, _code_rows(codes))


def _file(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _code_rows(codes: list[DiscountCode]) -> list[list[object]]:
    head: list[object] = [
        _("Code"),
        _("Percent"),
        _("Good until"),
        _("Customer"),
        _("E-mail"),
        _("In the shop"),
    ]
    return [
        head,
        *(
            [
                code.code,
                code.percent,
                code.expires_on.isoformat() if code.expires_on else "",
                code.customer.name,
                code.customer.email,
                timezone.localdate(code.loaded_at).isoformat() if code.loaded_at else "",
            ]
            for code in codes
        ),
    ]


@team_page(MERCHANT)
@require_POST
def codes_loading(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)

    def act() -> str:
        number = actions.mark_codes_loaded(codes=found.codes.all(), by=request.membership)
        return ngettext("%(count)s code is in the shop.", "%(count)s codes are in the shop.", number) % {
            "count": number
        }

    _try(request, act)
    return _to(request, found, "codes")


@team_page(MERCHANT)
@require_POST
def refunds_approval(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)

    def act() -> str:
        proposed = found.refunds.filter(state=Refund.State.PROPOSED)
        number = actions.approve_refunds(refunds=proposed, by=request.membership)
        return ngettext(
            "%(count)s refund is on the worklist.", "%(count)s refunds are on the worklist.", number
        ) % {"count": number}

    _try(request, act)
    return _to(request, found, "refunds")


@team_page(MERCHANT)
@require_POST
def text(request: TeamRequest, pk: int, language: str) -> HttpResponse:
    found = _campaign(request, pk)
    if language not in templates_builtin.LANGUAGES:
        raise Http404
    by, verb = request.membership, request.POST.get("do", "save")
    if verb == "reset":

        def reset() -> str:
            actions.change_texts(campaign=found, language=language, subject="", body="", reason="", by=by)
            return _("Back to the words it started with.")

        _try(request, reset)
        return _to(request, found, f"text-{language}")
    form = TextForm(request.POST, auto_id=f"{language}_%s")
    if not form.is_valid():
        return _draft(request, found, text=form, language=language)

    def save() -> str:
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
            return _("Saved here and as the template of %(store)s.") % {"store": found.store}
        return _("Text saved.")

    _try(request, save)
    return _to(request, found, f"text-{language}")


@team_page(MERCHANT)
@require_POST
def left_out(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    chosen = request.POST.get("customer", "")
    customer = get_object_or_404(
        Customer.objects.for_team(request.team),
        pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
    )

    def act() -> str:
        if request.POST.get("do") == "take_in":
            actions.take_in(campaign=found, customer=customer, by=request.membership)
            return _("%(name)s is in the list again.") % {"name": customer}
        actions.leave_out(campaign=found, customer=customer, by=request.membership)
        return _("%(name)s is left out.") % {"name": customer}

    _try(request, act)
    return _to(request, found, "who")


@team_page(MERCHANT)
@require_POST
def test_mail(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    form = TestMailForm(request.POST)
    if not form.is_valid():
        return _draft(request, found, test=form)
    people = Plan(found).people
    index = _person_index(request, len(people))
    if not people:
        messages.error(request, _("There is nobody whose mail could be tested."))
    else:
        address = form.cleaned_data["address"]

        def act() -> None:
            delivery = actions.send_test(
                campaign=found, person=people[index - 1], address=address, by=request.membership
            )
            if delivery.outcome is Outcome.SENT:
                messages.success(request, _("The test is on its way to %(address)s.") % {"address": address})
                return
            said = f"{delivery.code or ''} {delivery.enhanced} {delivery.words}".strip()
            words = f"{wording.REASON_WORDS[delivery.reason]} {said}".strip()
            messages.error(request, _("The test did not go through: %(words)s") % {"words": words})

        _try(request, act)
    url = reverse("outreach:campaign", args=[request.team.slug, found.pk])
    return redirect(f"{url}?person={index}#preview")


# -- Sending -----------------------------------------------------------------------------------------------------------


@team_page(MERCHANT)
@require_POST
def approval(request: TeamRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    form = CountForm(request.POST)
    typed = form.cleaned_data["count"] if form.is_valid() else -1

    def act() -> None:
        if typed < 0:
            raise Refused(_("Type the number of people as digits: that is the confirmation."))
        actions.approve_campaign(campaign=found, typed_count=typed, by=request.membership)

    sent = _try(request, act)
    return _to(request, found, "" if sent else "send")


def _post(
    act: Callable[[Campaign, TeamRequest], str | None],
) -> Callable[..., HttpResponseBase]:
    """A button of a campaign that is being sent: POST, do it, back to the page."""

    @team_page(MERCHANT)
    @require_POST
    def view(request: TeamRequest, pk: int) -> HttpResponse:
        found = _campaign(request, pk)
        _try(request, lambda: act(found, request))
        return _to(request, found)

    return view


def _withdraw(campaign: Campaign, request: TeamRequest) -> str:
    actions.take_back(campaign=campaign, by=request.membership)
    return _("Taken back. Nothing was sent.")


def _pause(campaign: Campaign, request: TeamRequest) -> str:
    actions.pause(campaign=campaign, by=request.membership)
    return _("Paused. No further mail leaves.")


def _resume(campaign: Campaign, request: TeamRequest) -> str:
    actions.resume(campaign=campaign, by=request.membership)
    return _("Going on with the next one that has not been sent.")


def _cancel(campaign: Campaign, request: TeamRequest) -> str:
    number = actions.cancel_campaign(campaign=campaign, by=request.membership)
    return ngettext(
        "Cancelled. %(count)s person was not written to.",
        "Cancelled. %(count)s people were not written to.",
        number,
    ) % {"count": number}


def _retry(campaign: Campaign, request: TeamRequest) -> str:
    number = actions.retry_failed(campaign=campaign, by=request.membership)
    return ngettext("%(count)s message is tried again.", "%(count)s messages are tried again.", number) % {
        "count": number
    }


withdrawal = _post(_withdraw)
pausing = _post(_pause)
resumption = _post(_resume)
cancellation = _post(_cancel)
retries = _post(_retry)


def _message(request: TeamRequest, pk: int) -> Message:
    found = Message.objects.for_team(request.team).select_related("campaign__team", "team", "customer")
    return get_object_or_404(found, pk=pk)


@team_page(MERCHANT)
@require_POST
def message_arrival(request: TeamRequest, pk: int) -> HttpResponse:
    found = _message(request, pk)

    def act() -> str:
        actions.mark_uncertain_as_sent(message=found, by=request.membership)
        return _("Noted: %(name)s has it.") % {"name": found.customer}

    _try(request, act)
    return redirect(found.campaign)


@team_page(MERCHANT)
@require_POST
def message_resending(request: TeamRequest, pk: int) -> HttpResponse:
    found = _message(request, pk)

    def act() -> str:
        actions.send_again(message=found, by=request.membership)
        if found.campaign.state == Campaign.State.CANCELLED:
            return _("Noted: %(name)s did not get it. A new campaign may write to them.") % {
                "name": found.customer
            }
        return _("The mail to %(name)s is sent again.") % {"name": found.customer}

    _try(request, act)
    return redirect(found.campaign)


# -- Worklists across campaigns ----------------------------------------------------------------------------------------


def _ticked(request: TeamRequest) -> list[int]:
    return [int(pk) for pk in request.POST.getlist("pk")[:500] if pk.isdecimal() and len(pk) < 19]


def _tabs(request: TeamRequest, active: str, views: dict[str, tuple[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?view={name}", "count": capped_count(rows), "active": name == active}
        for name, (label, rows) in views.items()
    ]


@team_page(MERCHANT)
def codes(request: TeamRequest) -> HttpResponse:
    found = DiscountCode.objects.for_team(request.team)
    if request.method == "POST":
        ticked = found.filter(pk__in=_ticked(request))

        def act() -> str:
            number = actions.mark_codes_loaded(codes=ticked, by=request.membership)
            return ngettext("%(count)s code is in the shop.", "%(count)s codes are in the shop.", number) % {
                "count": number
            }

        _try(request, act)
        return redirect("outreach:codes", team=request.team.slug)
    views = {
        "to_load": (_("Not in the shop yet"), found.not_loaded()),
        "loaded": (_("In the shop"), found.exclude(loaded_at=None)),
    }
    view = request.GET.get("view", "to_load")
    view = view if view in views else "to_load"
    rows = views[view][1].select_related("customer", "store", "campaign__incident")
    context = {"tabs": _tabs(request, view, views), "view": view, "page": page_of(request, rows)}
    return render(request, "outreach/codes.html", context)


@team_page(MERCHANT)
@require_POST
def codes_file(request: TeamRequest) -> HttpResponseBase:
    """Every code that is not in a shop yet, as a table."""
    waiting = DiscountCode.objects.for_team(request.team).not_loaded().order_by("pk")[:EXPORT_LIMIT]
    found = DiscountCode.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
    return csv_response("codes.csv", _code_rows(actions.export_codes(codes=found, by=request.membership)))


_REFUND_VIEWS: dict[str, tuple[Refund.State, Callable[[], str]]] = {
    "to_pay": (Refund.State.APPROVED, lambda: _("To pay")),
    "proposed": (Refund.State.PROPOSED, lambda: _("To approve")),
    "paid": (Refund.State.ISSUED, lambda: _("Paid")),
    "dropped": (Refund.State.DROPPED, lambda: _("Dropped")),
}


@team_page(MERCHANT)
def refunds(request: TeamRequest) -> HttpResponse:
    found = Refund.objects.for_team(request.team)
    view = request.GET.get("view", "to_pay")
    view = view if view in _REFUND_VIEWS else "to_pay"
    if request.method == "POST":
        ticked = found.filter(pk__in=_ticked(request))
        _try(request, lambda: _move_refunds(request, ticked))
        url = reverse("outreach:refunds", args=[request.team.slug])
        return redirect(f"{url}?view={view}")
    views = {name: (label(), found.filter(state=state)) for name, (state, label) in _REFUND_VIEWS.items()}
    rows = views[view][1].select_related("store_order__store", "store_order__customer", "campaign__incident")
    amounts = views[view][1].values_list("amount", "currency")[:EXPORT_LIMIT]
    context = {
        "tabs": _tabs(request, view, views),
        "view": view,
        "page": page_of(request, rows),
        "totals": totals(amounts),
    }
    return render(request, "outreach/refunds.html", context)


def _move_refunds(request: TeamRequest, ticked: Any) -> str:
    by = request.membership
    match request.POST.get("do"):
        case "approve":
            number = actions.approve_refunds(refunds=ticked, by=by)
            words = ngettext("%(count)s refund approved.", "%(count)s refunds approved.", number)
        case "issue":
            number = actions.issue_refunds(refunds=ticked, by=by)
            words = ngettext("%(count)s refund ticked as paid.", "%(count)s refunds ticked as paid.", number)
        case "reopen":
            number = actions.reopen_refunds(refunds=ticked, by=by)
            words = ngettext(
                "%(count)s refund is on the worklist again.",
                "%(count)s refunds are on the worklist again.",
                number,
            )
        case "drop":
            number = actions.drop_refunds(refunds=ticked, by=by)
            words = ngettext("%(count)s refund dropped.", "%(count)s refunds dropped.", number)
        case _:
            raise Http404
    if not number:
        raise Refused(_("Nothing was ticked that this fits."))
    return words % {"count": number}


@team_page(MERCHANT)
def refunds_file(request: TeamRequest) -> HttpResponseBase:
    """The refunds of one view, for whoever pays them."""
    view = request.GET.get("view", "to_pay")
    if view not in _REFUND_VIEWS:
        raise Http404
    rows = (
        Refund.objects.for_team(request.team)
        .filter(state=_REFUND_VIEWS[view][0])
        .select_related("store_order__store", "store_order__customer", "campaign__incident")
        .order_by("pk")[:EXPORT_LIMIT]
    )
    head = [
        _("Store"),
        _("Order"),
        _("Customer"),
        _("Amount"),
        _("Currency"),
        _("Percent"),
        _("State"),
        _("Incident"),
    ]
    return csv_response(
        f"refunds-{view.replace('_', '-')}.csv",
        [
            head,
            *(
                [
                    refund.store_order.store.name,
                    refund.store_order.number,
                    refund.store_order.customer.name,
                    quantize(refund.amount, refund.currency) if refund.currency else refund.amount,
                    refund.currency,
                    refund.percent,
                    refund.get_state_display(),
                    refund.campaign.incident.number,
                ]
                for refund in rows
            ),
        ],
    )


@team_page(MERCHANT)
def suppressions(request: TeamRequest) -> HttpResponse:
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        actions.add_suppression(
            team=request.team,
            email=words["email"],
            cause=Suppression.Cause(words["cause"]),
            detail=words["detail"],
            by=request.membership,
        )
        messages.success(request, _("Nobody of your team writes to this address from here any more."))
        return redirect("outreach:suppressions", team=request.team.slug)
    found = Suppression.objects.filter(team=request.team).select_related(
        "created_by__user", "released_by__user"
    )
    views = {
        "live": (_("Not written to"), found.live()),
        "released": (_("Released"), found.exclude(released_at=None)),
    }
    view = request.GET.get("view", "live")
    view = view if view in views else "live"
    context = {
        "form": form,
        "tabs": _tabs(request, view, views),
        "view": view,
        "page": page_of(request, views[view][1]),
    }
    return render(request, "outreach/suppressions.html", context)


@team_page(MERCHANT)
@require_POST
def suppression_release(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Suppression, team=request.team, pk=pk)
    actions.release_suppression(suppression=found, by=request.membership)
    messages.success(request, _("Released. It may be written to again."))
    return redirect("outreach:suppressions", team=request.team.slug)


# -- Templates ---------------------------------------------------------------------------------------------------------


@team_page(MERCHANT)
def templates(request: TeamRequest) -> HttpResponse:
    stores = list(Store.objects.filter(team=request.team)[:100])
    own = {
        (template.store_id, template.kind, template.language): template
        for template in Template.objects.filter(store__in=stores)
    }
    names = dict(settings.LANGUAGES)
    rows = [
        {
            "store": store,
            "kind": kind,
            "language": names[language],
            "url": reverse("outreach:template", args=[request.team.slug, store.pk, kind, language]),
            "own": own.get((store.pk, kind, language)),
        }
        for store in stores
        for kind in Kind
        for language in templates_builtin.LANGUAGES
    ]
    return render(request, "outreach/templates.html", {"rows": rows})


@team_page(MERCHANT)
def template(request: TeamRequest, store: int, kind: str, language: str) -> HttpResponse:
    found = get_object_or_404(Store, team=request.team, pk=store)
    if kind not in Kind.values or language not in templates_builtin.LANGUAGES:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "reset":
        actions.reset_template(store=found, kind=Kind(kind), language=language, by=request.membership)
        messages.success(request, _("Back to the built-in words."))
        return redirect("outreach:templates", team=request.team.slug)
    own = Template.objects.filter(store=found, kind=kind, language=language).first()
    builtin = templates_builtin.builtin_template(
        kind="resolution" if kind == Kind.RESOLUTION else "holding", language=language
    )
    shown = own or builtin
    form = TemplateForm(request.POST or None, initial={"subject": shown.subject, "body": shown.body})
    if request.method == "POST" and form.is_valid():
        actions.save_template(
            store=found, kind=Kind(kind), language=language, by=request.membership, **form.cleaned_data
        )
        messages.success(request, _("Template saved."))
        return redirect("outreach:templates", team=request.team.slug)
    context = {
        "form": form,
        "store": found,
        "kind": Kind(kind).label,
        "language": dict(settings.LANGUAGES)[language],
        "own": own,
        "placeholder_help": _placeholder_help(),
    }
    return render(request, "outreach/template.html", context)
