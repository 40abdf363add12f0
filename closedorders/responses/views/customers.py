"""What is kept about one customer: to see, to take out, to erase."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import post_only
from closedorders.orders.models import Customer, OrderComment, OrderFile
from closedorders.outreach.models import DiscountCode, Refund

from ..models import Reply
from ..personal_data.actions import erase_customer, export_customer
from ..personal_data.subject import subject_of


def _customer(request: TeamRequest, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.for_team(request.team).select_related("store"), pk=pk)


@team_page(MERCHANT)
def customer_data(request: TeamRequest, pk: int) -> HttpResponse:
    """How much is kept, in counts: the words themselves are in the file."""
    customer = _customer(request, pk)
    subject = subject_of(customer, request.team)
    orders = subject.orders
    kept = [
        (_("Orders"), len(orders)),
        (_("Mails"), len(subject.messages)),
        (_("Answers"), Reply.objects.filter(customer=customer).count()),
        (_("Told without a mail"), len(subject.contacts)),
        (_("Discount codes"), DiscountCode.objects.filter(customer=customer).count()),
        (_("Refunds"), Refund.objects.filter(store_order__in=orders).count()),
        (_("Comments"), OrderComment.objects.filter(order__in=orders, withdrawn_at=None).count()),
        (_("Files"), OrderFile.objects.filter(order__in=orders, withdrawn_at=None).count()),
    ]
    context = {
        "customer": customer,
        "subject": subject,
        "facts": [{"label": label, "value": str(count)} for label, count in kept],
        "first_order": orders[0] if orders else None,
        "mail_under_way": subject.mail_under_way(),
        "elsewhere": subject.elsewhere(),
    }
    return render(request, "responses/customer_data.html", context)


@team_page(MERCHANT)
@post_only
def customer_export(request: TeamRequest, pk: int) -> HttpResponseBase:
    customer = _customer(request, pk)
    with attempt(request):
        made = export_customer(customer=customer, by=request.membership)
        # No name in the name of the file: it stays in lists of downloads.
        file = FileResponse(made, content_type="application/zip")
        return as_download(file, f"customer-{customer.pk}.zip")
    return redirect("responses:customer_data", team=request.team.slug, pk=pk)


@team_page(MERCHANT)
@post_only
def customer_erasure(request: TeamRequest, pk: int) -> HttpResponse:
    customer = _customer(request, pk)
    with attempt(request):
        erase_customer(
            customer=customer,
            confirmation=request.POST.get("confirmation", ""),
            by=request.membership,
        )
        messages.success(request, _("Erased. Order numbers, amounts and dates stay for your accounts."))
    return redirect("responses:customer_data", team=request.team.slug, pk=pk)
