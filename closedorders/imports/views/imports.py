"""From an uploaded file to saved orders: upload, reading, preview, saving, result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.csv_export import csv_response
from closedorders.core.health import worker_is_alive
from closedorders.core.methods import get_and_post, post_only
from closedorders.core.paging import capped_count, page_of
from closedorders.core.refusals import Refused
from closedorders.core.templatetags.look import checksum, count, duration, file_size
from closedorders.imports import actions
from closedorders.orders.forms import FirstBuyerAccountForm, FirstStoreForm
from closedorders.orders.masking import Sight
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, SupplierOrder

from .. import states
from ..actions import undo_import
from ..bad_rows import delimiter_to_mend, first_issues, rows_to_mend
from ..forms import ImportForm, ReadingForm
from ..models import Import, ImportChange
from ..states import Action
from ..undo import Blocker, plan
from ..wording import FORMAT_NAMES, UNDO_REASONS, refusal_texts
from .columns import columns_page
from .kinds import KINDS_OF_FILES
from .preview import how_read, linked_to_another_order, may_choose_sheet, preview, sheets_of

ISSUES_SHOWN = 20
NUMBERS_IN_LINK = 100
_LATER_SHOWN = 5
#: A worker tells of itself every half second, at least with each batch.
_QUIET_FOR = timedelta(seconds=20)
#: Refusals that another encoding or delimiter may mend.
_ANOTHER_WAY = frozenset(
    {"unknown_format", "no_header", "undecodable_bytes", "unclosed_quote", "field_too_long"}
)

_STATE_TONES = {
    Import.State.UPLOADED: "blue",
    Import.State.READING: "blue",
    Import.State.PREVIEWED: "amber",
    Import.State.COMMITTING: "blue",
    Import.State.COMMITTED: "green",
    Import.State.UNMAPPED: "amber",
    Import.State.REFUSED: "red",
    Import.State.CANCELLED: "grey",
    Import.State.UNDOING: "blue",
    Import.State.UNDONE: "grey",
}


_COUNTED = (Import.State.PREVIEWED, Import.State.COMMITTED, Import.State.UNDOING, Import.State.UNDONE)


@dataclass(frozen=True, slots=True)
class ImportRow:
    source: Import
    tone: str
    state: str
    format: str
    counted: bool
    #: Where another person had it saved than who uploaded it.
    saved_by: str


def _import_row(source: Import) -> ImportRow:
    state = source.get_state_display()
    tone = _STATE_TONES[Import.State(source.state)]
    if source.state == Import.State.PREVIEWED and not source.orders_new + source.orders_changed:
        if source.questions:
            state = _("Waits for an answer")
        elif source.rows_rejected and not source.orders_unchanged:
            tone, state = "red", _("Only bad rows")
        else:
            tone, state = "grey", _("Nothing new")
    counted = source.state in _COUNTED or _partly_saved(source)
    saved_by = str(source.saved_by.user) if source.saved_by and source.saved_by != source.uploaded_by else ""
    return ImportRow(source, tone, state, str(FORMAT_NAMES.get(source.format, "")), counted, saved_by)


def _partly_saved(source: Import) -> bool:
    """Whether it ended early, after some of its orders were saved."""
    return source.state in (Import.State.CANCELLED, Import.State.REFUSED) and _saved(source) > 0


def _saved(source: Import) -> int:
    return source.orders_new + source.orders_changed + source.orders_unchanged


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def imports(request: TeamRequest) -> HttpResponse:
    """The upload form and what was uploaded before."""
    team = request.team
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, team=team)
        if form.is_valid():
            try:
                source = actions.upload_import(
                    team=team,
                    upload=form.cleaned_data["file"],
                    store=form.cleaned_data["store"],
                    buyer_account=form.cleaned_data["buyer_account"],
                    by=request.membership,
                )
            except Refused as refused:
                form.add_error("file", str(refused))
            else:
                return redirect(source)
    else:
        form = ImportForm(team=team)
    stores = list(Store.objects.for_team(team))
    listed = Import.objects.for_team(team).select_related("uploaded_by__user", "saved_by__user", "store")
    store = next((each for each in stores if str(each.pk) == request.GET.get("store")), None)
    state = request.GET.get("state", "")
    if store is not None:
        listed = listed.filter(store=store)
    if state in Import.State.values:
        listed = listed.filter(state=state)
    else:
        state = ""
    page = page_of(request, listed)
    return render(
        request,
        "imports/imports.html",
        {
            "form": form,
            "has_store": bool(stores),
            "stores": stores,
            "store": store,
            "state": state,
            "states": Import.State.choices,
            "filtered": store is not None or bool(state),
            "has_account": BuyerAccount.objects.for_team(team).exists(),
            "store_form": FirstStoreForm(initial={"currency": team.currency}),
            "account_form": FirstBuyerAccountForm(),
            "page": page,
            "rows": [_import_row(source) for source in page.rows],
            "kinds": KINDS_OF_FILES,
        },
        status=422 if form.errors else 200,
    )


# --- One import ---


def _source(request: TeamRequest, pk: int) -> Import:
    sources = Import.objects.for_team(request.team)
    return get_object_or_404(
        sources.select_related(
            "store",
            "buyer_account",
            "profile",
            "uploaded_by__user",
            "saved_by__user",
            "undone_by__user",
            "team",
        ),
        pk=pk,
    )


@team_page(MERCHANT, ASSISTANT)
def import_page(request: TeamRequest, pk: int) -> HttpResponse:
    """One page for all states; which part shows follows from the state."""
    source = _source(request, pk)
    if source.state == Import.State.UNMAPPED:
        return columns_page(request, source)
    sight = Sight.of(request.membership)
    context: dict[str, Any] = {
        "source": source,
        "row": _import_row(source),
        "working": source.state in states.WITH_WORKERS,
        "facts": _facts(source),
        "may_cancel": source.state != Import.State.COMMITTING
        or actions.may_take_back(source, request.membership),
    }
    if source.state in states.WITH_WORKERS:
        context["progress"] = _progress(source)
    elif source.state == Import.State.REFUSED:
        happened, todo = refusal_texts(source.refusal.get("code", ""), source.refusal.get("params", {}))
        # A file without a header shows its first cells here.
        happened = sight.words(happened)
        context |= {"happened": happened, "todo": todo, "safe": _what_is_safe(source)}
        another_way = source.answers or source.refusal.get("code") in _ANOTHER_WAY or may_choose_sheet(source)
        if another_way and source.file and not _partly_saved(source):
            context["how"] = how_read(source, sight)
    context["partly_saved"] = _partly_saved(source)
    shown = (Import.State.PREVIEWED, Import.State.COMMITTED, Import.State.UNDONE)
    if source.state in shown or context["partly_saved"]:
        context |= _numbers(source, request, sight)
    if source.state in states.before(Action.UNDO) and _saved(source):
        context["may_undo"] = actions.may_take_back(source, request.membership)
    if source.state in (Import.State.PREVIEWED, Import.State.COMMITTED):
        context |= linked_to_another_order(source, sight)
    if source.state == Import.State.PREVIEWED:
        context |= preview(source, request.membership) | {
            "how": how_read(source, sight),
            "seen": actions.preview_mark(source),
        }
    if source.state == Import.State.COMMITTED:
        context |= _looks_closed(request)
    context["orders_url"] = _orders_url(source)
    response = render(request, "imports/import.html", context)
    response["Cache-Control"] = "no-store"
    return response


@team_page(MERCHANT, ASSISTANT)
def import_progress(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar alone, for polling; asks for the whole page once there is something else to see."""
    source = _source(request, pk)
    if source.state not in states.WITH_WORKERS or request.GET.get("state") not in (None, _phase(source)):
        return HttpResponseClientRefresh()
    return render(request, "components/_progress.html", _progress(source))


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_saving(request: TeamRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        actions.save_import,
        override_fields=request.POST.getlist("override_fields"),
        seen=request.POST.get("seen", ""),
    )


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_cancellation(request: TeamRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.cancel_import)


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_answers(request: TeamRequest, pk: int) -> HttpResponse:
    source = _source(request, pk)
    form = ReadingForm(request.POST, sheets=sheets_of(source, Sight.of(request.membership)))
    # Without an open question the same way of reading may find more: orders that other files have brought since.
    if not form.is_valid() or (source.questions and not form.answers):
        mistakes = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(mistakes) or _("Choose an answer first."))
        return redirect(source)
    try:
        actions.answer_import(
            source=source, answers=form.answers, by=request.membership, seen=request.POST.get("seen", "")
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(source)


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def import_undo(request: TeamRequest, pk: int) -> HttpResponse:
    """What taking an import back would do, or why it cannot be; then to do it."""
    if request.method == "POST":
        return _act(request, pk, undo_import)
    source = _source(request, pk)
    allowed = actions.may_take_back(source, request.membership)
    context: dict[str, Any] = {"source": source, "row": _import_row(source), "may_undo": allowed}
    if source.state in states.before(Action.UNDO) and allowed:
        found = plan(source)
        context |= {
            "found": found,
            "blockers": _blockers(request, found.blockers),
            "more": found.blocked - len(found.blockers),
            "later": _later(source) if found.orders or found.supplier_orders else [],
        }
    return render(request, "imports/import_undo.html", context)


def _later(source: Import) -> Sequence[Import]:
    """The newest files that were saved after this one and found orders here already: maybe those of this one."""
    saved = Import.objects.for_team(source.team).filter(
        store=source.store, pk__gt=source.pk, state=Import.State.COMMITTED, orders_unchanged__gt=0
    )
    return list(saved.select_related("team").order_by("-pk")[:_LATER_SHOWN])


def _blockers(request: TeamRequest, found: Sequence[Blocker]) -> list[dict[str, Any]]:
    """Each as an order and why: what was changed of a customer is told at the newest of their orders."""
    customers = {each.pk for each in found if each.thing == ImportChange.Thing.CUSTOMER}
    newest = Customer.objects.filter(pk__in=customers).annotate(newest=Max("orders"))
    orders = StoreOrder.objects.for_team(request.team).filter(pk__in=newest.values("newest"))
    order_of = {
        customer: (pk, number) for customer, pk, number in orders.values_list("customer", "pk", "number")
    }
    pages = {
        ImportChange.Thing.STORE_ORDER: "orders:order",
        ImportChange.Thing.SUPPLIER_ORDER: "orders:supplier_order",
    }
    shown = []
    for each in found:
        thing, pk, label = each.thing, each.pk, each.label
        if each.pk in order_of and thing == ImportChange.Thing.CUSTOMER:
            thing, (pk, label) = ImportChange.Thing.STORE_ORDER, order_of[each.pk]
        page = pages.get(ImportChange.Thing(thing))
        shown.append(
            {
                "label": label,
                "url": reverse(page, args=[request.team.slug, pk]) if page else "",
                "why": ", ".join(str(UNDO_REASONS[reason]) for reason in each.reasons),
            }
        )
    return shown


def _act(request: TeamRequest, pk: int, action: Any, **more: Any) -> HttpResponse:
    source = _source(request, pk)
    try:
        action(source=source, by=request.membership, **more)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(source)


@team_page(MERCHANT, ASSISTANT)
def bad_rows(request: TeamRequest, pk: int) -> HttpResponseBase:
    """Every bad row that was kept, as it stands in the file and with what is wrong: to mend and to import again."""
    source = _source(request, pk)
    rows = rows_to_mend(source, sight=Sight.of(request.membership), language=get_language() or "en")
    return csv_response(f"bad-rows-{source.pk}.csv", rows, delimiter=delimiter_to_mend(source))


# --- What the page shows ---


def _phase(source: Import) -> str:
    phases = {Import.State.COMMITTING: "saving", Import.State.UNDOING: "undoing"}
    return phases.get(Import.State(source.state), "reading")


def _progress(source: Import) -> dict[str, Any]:
    phase = _phase(source)
    seconds = (timezone.now() - source.started_at).total_seconds() if source.started_at else 0.0
    waiting, left = "", _goes_on_in(source)
    if source.state == Import.State.UPLOADED or source.claimed_until is None:
        waiting = _("Waiting for a worker to take it")
        if not worker_is_alive():
            waiting = _(
                "No worker answers. The file is kept and goes on by itself once one runs: "
                "tell whoever runs this site"
            )
    if phase in ("saving", "undoing"):
        label = _("Saving orders") if phase == "saving" else _("Taking the import back")
        done, total = source.progress_done, source.progress_total
    else:
        # Bytes would be numbers nobody can read; rows to come are not known before the end.
        label = _("Reading the file, kB")
        done, total = source.progress_done // 1024, max(1, source.progress_total // 1024)
        if source.rows_read and not waiting:
            waiting = ngettext("%(rows)s row so far", "%(rows)s rows so far", source.rows_read) % {
                "rows": count(source.rows_read)
            }
    if left is not None:
        waiting = _("The worker is silent. Unless it comes back, another one goes on in %(left)s") % {
            "left": duration(left)
        }
    # A resumed run started later than its count: no rate is better than a wrong one.
    rate = done / seconds if done and seconds > 1 and source.attempts <= 1 and left is None else 0.0
    poll = reverse("imports:import_progress", args=[source.team.slug, source.pk])
    return {
        "label": label,
        "done": done,
        "total": total,
        "rate": rate,
        "seconds_left": int((total - done) / rate) if rate and total > done else 0,
        "waiting": waiting,
        "poll_url": f"{poll}?{urlencode({'state': phase})}",
    }


def _goes_on_in(source: Import) -> timedelta | None:
    """How long until another worker may take the import, where the one that has it is silent or has put it off."""
    if source.claimed_until is None:
        return None
    left = source.claimed_until - timezone.now()
    if left > timedelta(seconds=settings.IMPORT_LEASE_SECONDS) - _QUIET_FOR:
        return None
    return max(left, timedelta(seconds=1))


def _what_of_the_file(source: Import) -> str:
    if "rows_deleted" in source.samples:
        return _("Deleted, and so are the copies of its rows. Its numbers and the reasons are kept.")
    if not source.file:
        return _("Deleted. Its numbers are kept, and its bad rows for 30 days after the upload.")
    if source.state in states.OVER:
        return _(
            "It is deleted within the hour. Its numbers stay, its bad rows for 30 days after the upload."
        )
    return _(
        "Kept until this import is over, for 30 days at most, and so are its bad rows. Its numbers stay."
    )


def _facts(source: Import) -> list[dict[str, Any]]:
    row = _import_row(source)
    facts: list[dict[str, Any]] = [
        {"label": _("Store"), "value": source.store},
        {
            "label": _("Uploaded"),
            "value": date_format(timezone.localtime(source.created_at), "DATETIME_FORMAT"),
        },
        {"label": _("By"), "value": source.uploaded_by.user},
        *([{"label": _("Saved by"), "value": row.saved_by}] if row.saved_by else []),
        {
            "label": _("File"),
            "value": file_size(source.size),
            "note": _what_of_the_file(source),
        },
        {"label": _("Checksum"), "value": checksum(source.sha256)},
    ]
    if row.counted:
        facts.append(
            {
                "label": _("Rows read"),
                "value": count(source.rows_read),
                "note": ngettext(
                    "%(number)s of them counted once: the same row came before.",
                    "%(number)s of them counted once: the same rows came before.",
                    source.rows_duplicate,
                )
                % {"number": count(source.rows_duplicate)}
                if source.rows_duplicate
                else "",
            }
        )
    if source.finished_at:
        finished = date_format(timezone.localtime(source.finished_at), "DATETIME_FORMAT")
        facts.append({"label": _("Finished"), "value": finished})
        # A run that tried to take it back began later.
        if (
            source.state == Import.State.COMMITTED
            and source.started_at
            and source.started_at <= source.finished_at
        ):
            facts.append(
                {"label": _("Saving took"), "value": duration(source.finished_at - source.started_at)}
            )
    if source.undone_at and source.undone_by:
        facts.append(
            {
                "label": _("Taken back"),
                "value": date_format(timezone.localtime(source.undone_at), "DATETIME_FORMAT"),
                "note": str(source.undone_by.user),
            }
        )
    if source.buyer_account:
        facts.insert(1, {"label": _("AliExpress account"), "value": source.buyer_account})
    if source.format:
        facts.insert(0, {"label": _("Kind of file"), "value": FORMAT_NAMES.get(source.format, source.format)})
    return facts


def _numbers(source: Import, request: TeamRequest, sight: Sight) -> dict[str, Any]:
    rows_deleted = "rows_deleted" in source.samples
    return {
        "figures": [
            {"label": _("New"), "value": count(source.orders_new)},
            {"label": _("Changed"), "value": count(source.orders_changed)},
            {"label": _("Unchanged"), "value": count(source.orders_unchanged)},
            {
                "label": _("Bad rows"),
                "value": count(source.rows_rejected),
                "tone": "red" if source.rows_rejected else "",
                "note": ngettext("of %(rows)s row", "of %(rows)s rows", source.rows_read)
                % {"rows": count(source.rows_read)},
            },
        ],
        "issues": first_issues(source, sight, ISSUES_SHOWN),
        "rows_deleted": rows_deleted,
        "download": _download(source) if source.issues_found > ISSUES_SHOWN and not rows_deleted else "",
        "bad_rows_url": reverse("imports:bad_rows", args=[request.team.slug, source.pk]),
    }


def _download(source: Import) -> str:
    """How many bad rows are in the file of them: one may have several mistakes, and not all are kept."""
    kept = source.issues.values("line").distinct().count()
    words = {"kept": count(kept), "all": count(source.rows_rejected)}
    if kept < source.rows_rejected:
        return _("The download has the first %(kept)s of %(all)s bad rows.") % words
    return _("The download has all %(all)s bad rows.") % words


def _what_is_safe(source: Import) -> str:
    if _saved(source):
        return _("What was saved before it stopped stays saved. Importing the file again adds nothing twice.")
    return _("Nothing of this file was saved. Your orders are as they were.")


def _orders_url(source: Import) -> str:
    """Where what it brought is listed: AliExpress orders without a store order have a list of their own."""
    url = reverse("orders:orders", args=[source.team.slug])
    brought = SupplierOrder.objects.for_team(source.team).filter(came_with=source)
    return f"{url}?view=unmatched" if brought.unmatched().exists() else url


def _looks_closed(request: TeamRequest) -> dict[str, Any]:
    """AliExpress orders that look closed but are not logged: told here because an import is what brings them."""
    found = SupplierOrder.objects.for_team(request.team).looks_closed()
    number = capped_count(found)
    url = reverse("closures:quick_log", args=[request.team.slug])
    if 0 < number <= NUMBERS_IN_LINK:
        numbers = found.order_by("-pk").values_list("number", flat=True)[:NUMBERS_IN_LINK]
        url += "?" + urlencode({"numbers": "\n".join(numbers)})
    return {
        "looks_closed": number,
        "quick_log_url": url,
        "looks_closed_url": reverse("orders:orders", args=[request.team.slug]) + "?view=unlogged",
    }
