"""One mail as its customer got it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.orders.masking import Sight

from ..models import Message
from ..runs.ledger import ledger, with_orders
from ..runs.letters import letter_of


@team_page(MERCHANT, ASSISTANT)
def message(request: TeamRequest, pk: int) -> HttpResponse:
    """What was written, to whom, when, and what the mail server said. Four queries."""
    found = get_object_or_404(
        with_orders(
            Message.objects.for_team(request.team).select_related(
                "campaign__team", "campaign__store", "campaign__incident__team", "campaign__approved_by__user"
            )
        ).defer(None),
        pk=pk,
    )
    context = {
        "row": ledger([found], request.membership)[0],
        "campaign": found.campaign,
        "letter": letter_of(found, Sight.of(request.membership)),
    }
    return render(request, "outreach/campaigns/message.html", context)
