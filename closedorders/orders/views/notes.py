"""Comments and files of a store order."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import post_only

from ..actions import notes as actions_notes
from ..forms import CommentForm, OrderFileForm
from ..models import OrderComment, OrderFile, StoreOrder
from ..timeline import files_for
from .order import order_of, show_order


def _back(order: StoreOrder, place: str) -> HttpResponse:
    return redirect(f"{order.get_absolute_url()}#{place}")


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_comments(request: TeamRequest, pk: int) -> HttpResponse:
    found = order_of(request, pk)
    form = CommentForm(request.POST, auto_id="comment_%s")
    if form.is_valid():
        with attempt(request, form, "text"):
            actions_notes.add_comment(order=found, by=request.membership, **form.cleaned_data)
            return _back(found, "timeline")
    return show_order(request, found, comment_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_comment_withdrawal(request: TeamRequest, pk: int, comment_pk: int) -> HttpResponse:
    found = order_of(request, pk)
    comment = get_object_or_404(OrderComment.objects.select_related("order"), order=found, pk=comment_pk)
    with attempt(request):
        actions_notes.withdraw_comment(comment=comment, by=request.membership)
        messages.success(request, _("The comment is withdrawn."))
    return _back(found, "timeline")


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_files(request: TeamRequest, pk: int) -> HttpResponse:
    found = order_of(request, pk)
    form = OrderFileForm(request.POST, request.FILES, by=request.membership, auto_id="file_%s")
    if form.is_valid():
        with attempt(request, form, "file"):
            actions_notes.add_file(
                order=found,
                upload=form.cleaned_data["file"],
                for_assistants=form.cleaned_data.get("for_assistants", False),
                by=request.membership,
            )
            messages.success(request, _("The file is kept with this order."))
            return _back(found, "files")
    return show_order(request, found, file_form=form)


def _file(request: TeamRequest, order: StoreOrder, pk: int) -> OrderFile:
    live = files_for(order, request.membership).filter(withdrawn_at=None)
    return get_object_or_404(live.select_related("order"), pk=pk)


@team_page(MERCHANT, ASSISTANT)
def order_file(request: TeamRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """The file itself, always to be saved: nothing that somebody uploaded opens on this site."""
    file = _file(request, order_of(request, pk), file_pk)
    try:
        content = file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return as_download(FileResponse(content, content_type=file.content_type), file.name)


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_file_withdrawal(request: TeamRequest, pk: int, file_pk: int) -> HttpResponse:
    found = order_of(request, pk)
    file = _file(request, found, file_pk)
    with attempt(request):
        actions_notes.withdraw_file(file=file, by=request.membership)
        messages.success(request, _("The file is withdrawn and deleted."))
    return _back(found, "files")
