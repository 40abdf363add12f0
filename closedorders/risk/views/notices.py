"""The messages that go out before an account's large orders do."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.orders.models import BuyerAccount

from .. import actions
from ..facts import gather
from ..forms import NoticeForm
from ..models import Notice
from ..notices import texts
from ..rules.base import TOLD_DAYS

SHOWN = 10


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def notices(request: TeamRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(BuyerAccount.objects.for_team(request.team), pk=pk)
    posted = None
    if request.method == "POST":
        posted = NoticeForm(request.POST, kind=request.POST.get("kind", ""))
        if posted.is_valid():
            with attempt(request, posted, "sent_on"):
                actions.note_notice(account=account, by=request.membership, **posted.cleaned_data)
                messages.success(request, _("Noted. The checklist counts it from now on."))
                return redirect("risk:notices", team=request.team.slug, pk=account.pk)
    facts = next((each for each in gather(request.team).accounts if each.pk == account.pk), None)
    sent = list(
        Notice.objects.filter(team=request.team, buyer_account=account).select_related("by__user")[:SHOWN]
    )
    kinds = [
        {
            "kind": kind,
            "label": label,
            "days": TOLD_DAYS[kind],
            "texts": texts(kind, facts),
            "form": posted if posted and posted.data.get("kind") == kind else NoticeForm(kind=kind),
        }
        for kind, label in Notice.Kind.choices
    ]
    return render(request, "risk/notices.html", {"account": account, "kinds": kinds, "sent": sent})


def _has_earlier(notice: Notice) -> bool:
    """Whether the newest one left of its kind is an earlier one that still counts."""
    left = Notice.objects.filter(
        team=notice.team_id, buyer_account=notice.buyer_account_id, kind=notice.kind, withdrawn_at=None
    )
    newest = left.aggregate(day=Max("sent_on"))["day"]
    remembered = timezone.localdate() - timedelta(days=TOLD_DAYS[notice.kind])
    return newest is not None and remembered <= newest <= notice.sent_on


@team_page(MERCHANT, ASSISTANT)
@post_only
def notice_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Notice.objects.filter(team=request.team).select_related("buyer_account"), pk=pk)
    actions.withdraw_notice(notice=found, by=request.membership)
    messages.success(
        request, _("Taken back. The one before it counts again.") if _has_earlier(found) else _("Taken back.")
    )
    return redirect("risk:notices", team=request.team.slug, pk=found.buyer_account_id)
