"""Customers whom no mail reaches, and how they were told in another way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Closure, Incident
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import page_of_list
from closedorders.orders.models import Customer

from .. import actions
from ..audience import Exclusion
from ..forms import ContactForm
from ..models import DirectContact
from ..texts.direct import direct_text
from ..untold import ON_ITS_WAY, UNREACHABLE, UntoldCustomer, by_customer, untold_closures, untold_customers


@team_page(MERCHANT)
def unreachable(request: TeamRequest) -> HttpResponse:
    """Everyone who has not been told and cannot be mailed, of one incident or of all."""
    number = request.GET.get("incident", "")
    incident = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        incident = Incident.objects.for_team(request.team).filter(number=int(number)).first()
    found = untold_customers(request.team, [incident] if incident else None)
    page = page_of_list(request, [each for each in found if each.word == UNREACHABLE])
    context = {"page": page, "rows": _rows(page.rows), "incident": incident}
    return render(request, "outreach/direct/unreachable.html", context)


def _rows(people: list[UntoldCustomer]) -> list[dict[str, Any]]:
    """Two queries, however many there are."""
    closures = (
        Closure.objects.filter(pk__in=[pk for each in people for pk in each.closures])
        .select_related(
            "incident__team", "supplier_order__store_order__customer", "supplier_order__store_order__store"
        )
        .defer("supplier_order__store_order__lines")
        .in_bulk()
    )
    rows = []
    for each in people:
        theirs = [closures[pk] for pk in each.closures if pk in closures]
        orders = {sale.pk: sale for closure in theirs if (sale := closure.supplier_order.store_order)}
        if orders:
            sales = list(orders.values())
            rows.append(
                {
                    "customer": sales[0].customer,
                    "store": sales[0].store,
                    "orders": sales,
                    "incident": theirs[0].incident,
                    "since": each.oldest_closed_at,
                    "why": Exclusion(each.why).label,
                }
            )
    return rows


@team_page(MERCHANT)
@get_and_post
def customer_contact(request: TeamRequest, number: int, customer: int) -> HttpResponse:
    """What to say to one customer, and the note that it was said."""
    incident = get_object_or_404(Incident.objects.for_team(request.team), number=number)
    person = get_object_or_404(Customer.objects.for_team(request.team).select_related("store"), pk=customer)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            contact = actions.note_contact(
                incident=incident, customer=person, by=request.membership, **form.cleaned_data
            )
            success_with_undo(
                request,
                _("%(name)s counts as told.") % {"name": person},
                undo_url=reverse("outreach:contact_undo", args=[request.team.slug, contact.pk]),
            )
            url = reverse("outreach:unreachable", args=[request.team.slug])
            return redirect(f"{url}?incident={incident.number}")
    text = direct_text(incident, person.store, person)
    if text is None:
        raise Http404
    closures = Closure.objects.filter(incident=incident, supplier_order__store_order__customer=person)
    waiting = next(iter(by_customer(untold_closures(closures))), None)
    contacts = DirectContact.objects.live().filter(incident=incident, customer=person)
    context = {
        "incident": incident,
        "customer": person,
        "text": text,
        "why": Exclusion(waiting.why).label if waiting and waiting.why else "",
        "is_told": waiting is None,
        "mail_on_its_way": waiting is not None and waiting.word == ON_ITS_WAY,
        "form": form,
        "contacts": contacts.select_related("created_by__user").order_by("-pk")[:20],
    }
    return render(request, "outreach/direct/customer.html", context)


@team_page(MERCHANT)
@post_only
def contact_undo(request: TeamRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(
        DirectContact.objects.filter(team=request.team).select_related("incident", "customer"), pk=pk
    )
    actions.undo_contact(contact=contact, by=request.membership)
    messages.success(request, _("%(name)s is still to be told.") % {"name": contact.customer})
    return redirect(
        "outreach:customer_contact",
        team=request.team.slug,
        number=contact.incident.number,
        customer=contact.customer_id,
    )
