from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of
from closedorders.core.refusals import Refused

from .. import actions, pictures
from ..forms import CROP, DocumentForm, boxes_of, reasons, rows_of
from ..kinds import RULES
from ..models import Document, PageImage
from ..proof.actions import may_confirm
from ..proof.wording import sentences, why_not_checked
from ..reads.kit import expiring, kit_of, warning_of
from ..reads.receipt import receipt_of
from .progress import STATE_TONES, progress_of

#: Rows of boxes for people without JavaScript.
BLANK_ROWS = 4
_ASKED = ("kind", "name", "files", "turn", "nothing_to_hide", "expires_on")
_PLAIN = "text/plain; charset=utf-8"


@team_page(MERCHANT)
def documents(request: TeamRequest) -> HttpResponse:
    today = timezone.localdate()
    page = page_of(
        request,
        Document.objects.for_team(request.team).kept().with_sizes().select_related("team").order_by("-pk"),
    )
    rows = [
        {
            "document": each,
            "warning": warning_of(each.expires_on, today),
            "tone": STATE_TONES[Document.State(each.state)],
        }
        for each in page
    ]
    return render(
        request,
        "documents/documents.html",
        {
            "page": page,
            "rows": rows,
            "kit": kit_of(request.team, today),
            "expiring": expiring(request.team, today),
        },
    )


@team_page(MERCHANT)
@get_and_post
def new_document(request: TeamRequest) -> HttpResponse:
    back = _back(request)
    if request.method != "POST":
        return _blank_editor(request, back)
    form = DocumentForm(request.POST, request.FILES)
    boxes: list[actions.Box] = []
    crops: list[actions.Crop] = []
    try:
        boxes, crops = boxes_of(request.POST)
    except (ValueError, OverflowError):
        form.add_error(
            None, _("The place of a box is typed in numbers of percent. Correct it and save again.")
        )
    if form.is_valid():
        asked = form.cleaned_data
        previous = Document.objects.for_team(request.team).filter(pk=asked["previous"] or 0).first()
        with attempt(request, form):
            document = actions.add_document(
                team=request.team,
                boxes=boxes,
                crops=crops,
                by=request.membership,
                previous=previous if previous is not None and previous.kind == asked["kind"] else None,
                **{name: asked[name] for name in _ASKED},
            )
            messages.success(request, _("Stored, encrypted: only what you see here. It is being checked."))
            page = document.get_absolute_url()
            return redirect(f"{page}?{urlencode({'next': back})}" if back else page)
    return _editor(request, form, rows_of(boxes, crops))


def _back(request: TeamRequest) -> str:
    """The page of this site that one came from, to go on with there."""
    back = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else ""


def _blank_editor(request: TeamRequest, back: str) -> HttpResponse:
    """A form for a new picture; with `?like=` it begins with the boxes of an earlier one."""
    like = request.GET.get("like", "")
    kind = request.GET.get("kind", "")
    kind = kind if kind in RULES else ""
    ours = Document.objects.for_team(request.team)
    earlier = ours.filter(pk=like).first() if like.isascii() and like.isdigit() and len(like) < 19 else None
    if earlier is None:
        offered = ours.filter(kind=kind).order_by("-pk").first() if kind else None
        return _editor(request, DocumentForm(initial={"kind": kind}), [], offered=offered, back=back)
    initial = {"kind": earlier.kind, "name": earlier.name, "turn": earlier.turn, "previous": earlier.pk}
    crops = [actions.Crop(*crop) for crop in earlier.crops]
    rows = rows_of(actions.boxes_before_crop(earlier), crops)
    return _editor(request, DocumentForm(initial=initial), rows, earlier=earlier)


def _editor(
    request: TeamRequest, form: DocumentForm, rows: list[dict[str, Any]], **context: object
) -> HttpResponse:
    context |= {
        "form": form,
        "boxes": rows,
        "blank_rows": range(BLANK_ROWS),
        "reasons": [*reasons(), (CROP, _("Nothing: keep only this part"))],
        "rules": [
            {
                "code": code,
                "kind": Document.Kind(code).label,
                "show": _(rules.show),
                "hide": _(rules.hide),
                "may_hide": _(rules.may_hide),
            }
            for code, rules in RULES.items()
        ],
    }
    return render(request, "documents/new.html", context)


@team_page(MERCHANT)
@post_only
def preview(request: TeamRequest) -> HttpResponse:
    """One page of a file as a picture, for the drawing tool, or as plain text why there is none.

    Nothing of it is stored. A refusal is an ordinary answer: browsers report others as errors of the page.
    """
    form = DocumentForm(request.POST, request.FILES)
    form.is_valid()  # Only what is used here has to be right.
    files, turn = form.cleaned_data.get("files") or [], form.cleaned_data.get("turn") or 0
    page = request.POST.get("preview_page", "1")
    if not files:
        return HttpResponse(_("Choose a file first."), content_type=_PLAIN)
    try:
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
        drawn = pictures.preview(files[: actions.MOST_FILES], number, turn=turn)
    except Refused as refused:
        return HttpResponse(str(refused), content_type=_PLAIN)
    answer = HttpResponse(drawn.jpeg, content_type="image/jpeg", headers={"X-Pages": str(drawn.pages)})
    return as_download(answer, "preview.jpg")


def document_of(request: TeamRequest, pk: int) -> Document:
    return get_object_or_404(
        Document.objects.for_team(request.team)
        .with_sizes()
        .select_related(
            "team",
            "previous__team",
            "created_by__user",
            "covered_by",
            "deleted_by__user",
            "confirmed_by__user",
        ),
        pk=pk,
    )


@team_page(MERCHANT)
def document(request: TeamRequest, pk: int) -> HttpResponse:
    found, back = document_of(request, pk), _back(request)
    working = found.deleted_at is None and found.state in Document.UNFINISHED
    state = Document.State(found.state)
    return render(
        request,
        "documents/document.html",
        {
            "document": found,
            "receipt": receipt_of(found),
            "tone": STATE_TONES[state],
            "working": working,
            "progress": progress_of(found) if working else None,
            "leaks": sentences(found),
            "why_not": why_not_checked(found) if state == Document.State.UNCHECKED else "",
            "may_confirm": may_confirm(found, request.membership.user_id),
            "warning": warning_of(found.expires_on, timezone.localdate()),
            "back_url": f"{back}{'&' if '?' in back else '?'}document={found.pk}" if back else "",
        },
    )


@team_page(MERCHANT)
def page_image(request: TeamRequest, pk: int, number: int) -> HttpResponse:
    page = get_object_or_404(
        PageImage.objects.select_related("document__team"),
        document__team=request.team,
        document=pk,
        number=number,
    )
    return picture_of(request, page, before_use=True)


def picture_of(request: TeamRequest, page: PageImage, *, before_use: bool = False) -> HttpResponse:
    """The answer with a page's picture, or why there is none. The caller has decided that this person may look.

    `before_use`: also of a document that was not checked yet, for its own pages.
    """
    try:
        jpeg = actions.look_at_page(page=page, by=request.membership, before_use=before_use)
    except Refused as refused:
        return HttpResponse(str(refused), status=410, content_type=_PLAIN)
    return as_download(
        HttpResponse(jpeg, content_type="image/jpeg"), f"document-{page.document_id}-{page.number}.jpg"
    )


@team_page(MERCHANT)
@post_only
def deletion(request: TeamRequest, pk: int) -> HttpResponse:
    found = document_of(request, pk)
    with attempt(request):
        actions.delete_document(document=found, by=request.membership)
        messages.success(request, _("Deleted: the pictures and their keys are gone. This receipt stays."))
    return redirect(found)
