from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.methods import post_only
from closedorders.core.refusals import Refused

from ..forms import DocumentForm
from ..proof.expiry import NoReader, read_expiry


@team_page(MERCHANT)
@post_only
def expiry(request: TeamRequest) -> HttpResponse:
    """The field of the expiry date with what the chosen file says, for its owner to compare. Nothing is stored."""
    form = DocumentForm(request.POST, request.FILES)
    form.is_valid()  # Only what is used here has to be right.
    files, turn = form.cleaned_data.get("files") or [], form.cleaned_data.get("turn") or 0
    typed = form.cleaned_data.get("expires_on")
    found = None
    try:
        found = read_expiry(files[0], turn=turn) if files else None
        words = (
            _("Read from the machine-readable lines: %(day)s. Compare it with the paper.")
            % {"day": date_format(found)}
            if found
            else _("Choose a file first.")
            if not files
            else _("No machine-readable lines could be read upright on the first page. Type the date.")
        )
    except NoReader:
        words = _("Text in pictures cannot be read on this server. Type the date.")
    except Refused as refused:
        words = str(refused)
    filled = DocumentForm(initial={"expires_on": found or typed})
    return render(
        request, "documents/_expiry.html", {"form": filled, "words": words, "found": found is not None}
    )
