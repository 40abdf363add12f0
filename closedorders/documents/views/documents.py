from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of
from closedorders.core.refusals import Refused

from .. import actions
from ..forms import DocumentForm, boxes_of
from ..kinds import RULES, Reason
from ..models import Document, PageImage
from ..pictures import LONGEST_PREVIEW, OpenPicture

#: Rows of boxes for people without JavaScript.
BLANK_ROWS = 4
_PLAIN = "text/plain; charset=utf-8"


@team_page(MERCHANT)
def documents(request: TeamRequest) -> HttpResponse:
    page = page_of(
        request,
        Document.objects.for_team(request.team).kept().with_sizes().select_related("team").order_by("-pk"),
    )
    return render(
        request,
        "documents/documents.html",
        {"page": page, "kept": Document.objects.for_team(request.team).bytes_kept()},
    )


@team_page(MERCHANT)
@get_and_post
def new_document(request: TeamRequest) -> HttpResponse:
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = ""
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        return _editor(request, DocumentForm(initial={"kind": kind if kind in RULES else ""}))
    form = DocumentForm(request.POST, request.FILES)
    try:
        boxes = boxes_of(request.POST)
    except (ValueError, OverflowError):
        form.add_error(
            None, _("The place of a box is typed in numbers of percent. Correct it and save again.")
        )
        boxes = []
    if form.is_valid():
        with attempt(request, form):
            document = actions.add_document(
                team=request.team, boxes=boxes, by=request.membership, **form.cleaned_data
            )
            messages.success(request, _("The document is stored: only what you see here, encrypted."))
            return redirect(
                f"{back}{'&' if '?' in back else '?'}document={document.pk}" if back else document
            )
    return _editor(request, form, boxes=boxes)


def _editor(
    request: TeamRequest, form: DocumentForm, *, boxes: list[actions.Box] | None = None
) -> HttpResponse:
    shown = [
        {
            "page": box.page,
            "reason": box.reason,
            **{name: f"{getattr(box, name) * 100:.2f}" for name in ("x", "y", "width", "height")},
        }
        for box in boxes or []
    ]
    context: dict[str, Any] = {
        "form": form,
        "boxes": shown,
        "blank_rows": range(BLANK_ROWS),
        "reasons": [(code, _(label)) for code, label in Reason.CHOICES],
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
    file, turn = form.cleaned_data.get("file"), form.cleaned_data.get("turn") or 0
    page = request.POST.get("preview_page", "1")
    if file is None:
        return HttpResponse(_("Choose a file first."), content_type=_PLAIN)
    try:
        with OpenPicture(file) as picture:
            drawn = picture.draw(
                int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1,
                boxes=[],
                turn=turn,
                longest=LONGEST_PREVIEW,
            )
    except Refused as refused:
        return HttpResponse(str(refused), content_type=_PLAIN)
    answer = HttpResponse(drawn.jpeg, content_type="image/jpeg", headers={"X-Pages": str(drawn.pages)})
    return as_download(answer, "preview.jpg")


def _document(request: TeamRequest, pk: int) -> Document:
    return get_object_or_404(
        Document.objects.for_team(request.team)
        .with_sizes()
        .select_related("created_by__user", "deleted_by__user"),
        pk=pk,
    )


@team_page(MERCHANT)
def document(request: TeamRequest, pk: int) -> HttpResponse:
    found = _document(request, pk)
    words = dict(Reason.CHOICES)
    covered: dict[str, int] = {}
    for *_place, reason in found.boxes:
        covered[reason] = covered.get(reason, 0) + 1
    return render(
        request,
        "documents/document.html",
        {
            "document": found,
            "pages": list(found.pages.all()),
            "covered": [
                {"label": _(words.get(reason, reason)), "value": count} for reason, count in covered.items()
            ],
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
    return picture_of(request, page)


def picture_of(request: TeamRequest, page: PageImage) -> HttpResponse:
    """The answer with a page's picture, or why there is none. The caller has decided that this person may look."""
    try:
        jpeg = actions.look_at_page(page=page, by=request.membership)
    except Refused as refused:
        return HttpResponse(str(refused), status=410, content_type=_PLAIN)
    return as_download(
        HttpResponse(jpeg, content_type="image/jpeg"), f"document-{page.document_id}-{page.number}.jpg"
    )


@team_page(MERCHANT)
@post_only
def deletion(request: TeamRequest, pk: int) -> HttpResponse:
    found = _document(request, pk)
    with attempt(request):
        actions.delete_document(document=found, by=request.membership)
        messages.success(request, _("Deleted: the pictures and their keys are gone. This receipt stays."))
    return redirect(found)
