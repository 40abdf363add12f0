from __future__ import annotations

import io

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import get_and_post
from closedorders.core.paging import page_of

from .. import actions
from ..models import Pack
from ..pack.contents import contents_of, differing_versions
from .answering import case_of

RECEIPTS_PER_PAGE = 10
_TYPES = {Pack.Format.ZIP: "application/zip", Pack.Format.PDF: "application/pdf"}


@team_page(MERCHANT)
@get_and_post
def pack(request: TeamRequest, pk: int) -> HttpResponseBase:
    """What a submission pack would hold, and the receipts of those made. A POST makes one and sends it."""
    case = case_of(request.team, pk)
    if request.method == "POST":
        with attempt(request):
            made, content = actions.make_pack(
                case=case,
                file_format=request.POST.get("format", ""),
                by=request.membership,
                different_boxes="different_boxes" in request.POST,
            )
            name = f"verification-{case.incident.number}-round-{case.round}.{made.format}"
            kind = _TYPES[Pack.Format(made.format)]
            return as_download(FileResponse(io.BytesIO(content), content_type=kind), name)
    contents = contents_of(case)
    context = {
        "case": case,
        "contents": contents,
        "versions": differing_versions(case, contents.items),
        "receipts": page_of(request, case.packs.select_related("by__user"), size=RECEIPTS_PER_PAGE),
    }
    return render(request, "cases/pack/pack.html", context, status=422 if request.method == "POST" else 200)
