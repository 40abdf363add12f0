from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.cases.actions import log_contact, open_case
from closedorders.closures.actions import apply_playbook, set_outcome, tick_step
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import Closure, Incident, IncidentStep
from closedorders.core.files.pdf import Fact, Letters, Moment, Section, Sheet, letters, write_pdf
from closedorders.incidents.actions import end_incident
from closedorders.incidents.report.reads import read_facts
from closedorders.incidents.report.sheet import missing, sheet_of
from closedorders.incidents.report.timeline import MOST_LINES
from closedorders.orders.models import StoreOrder
from closedorders.outreach.models import Campaign, Message, Refund
from closedorders.risk.models import Confirmation
from tests.cast import Cast
from tests.closures.pages import SignIn, words
from tests.factories import reason
from tests.incidents.scenes import bad_day


def url(incident: Incident, name: str = "incident_report") -> str:
    return reverse(f"incidents:{name}", args=[incident.team.slug, incident.number])


def facts_of(incident: Incident) -> dict[str, str]:
    """The report's lines by their labels."""
    incident.refresh_from_db()
    sheet = sheet_of(read_facts(incident))
    return {
        fact.label: fact.value.replace("\N{NO-BREAK SPACE}", " ")
        for section in sheet.sections
        for fact in section.facts
    }


def refund(cast: Cast, incident: Incident, state: str) -> None:
    order = StoreOrder.objects.exclude(refunds__isnull=False).order_by("pk").first()
    assert order is not None
    campaign = Campaign.objects.create(
        team=cast.team, incident=incident, store=order.store, kind="resolution", created_by=cast.merchant
    )
    Refund.objects.create(
        team=cast.team,
        campaign=campaign,
        incident=incident,
        store_order=order,
        amount=Decimal("4.50"),
        currency="EUR",
        percent=10,
        state=state,
    )


def test_the_money_of_the_report_is_what_is_recorded(cast: Cast) -> None:
    incident = bad_day(cast, 3)
    Closure.objects.order_by("pk").update(
        supplier_refund_expected=Decimal("12.90"), supplier_refund_currency="USD"
    )
    first = Closure.objects.order_by("pk").first()
    Closure.objects.filter(pk=first.pk).update(supplier_refund_received_on=timezone.localdate())  # type: ignore[union-attr]  # three were made
    refund(cast, incident, "issued")
    refund(cast, incident, "approved")
    lines = facts_of(incident)
    assert lines["Value at risk"] == "€135.00"
    assert lines["Apology refunds paid"] == "€4.50"
    assert lines["AliExpress gives back"] == "$38.70"
    assert lines["Of it received"] == "$12.90"
    StoreOrder.objects.update(refunded=Decimal("9"))
    StoreOrder.objects.filter(pk=StoreOrder.objects.order_by("pk").first().pk).update(total=None)  # type: ignore[union-attr]  # three were made
    lines = facts_of(incident)
    assert lines["Refunded in the shop"] == "€27.00"
    assert lines["Value at risk"] == "€90.00"


def test_an_order_that_aliexpress_reopened_is_not_counted_as_closed(cast: Cast) -> None:
    incident = bad_day(cast, 3)
    Closure.objects.filter(pk=Closure.objects.order_by("pk").first().pk).update(  # type: ignore[union-attr]  # three were made
        reopened_at=timezone.now(), outcome="reopened"
    )
    lines = facts_of(incident)
    assert (lines["Orders closed by AliExpress"], lines["Reopened by AliExpress"]) == ("2", "1")
    assert lines["Value at risk"] == "€90.00"


def test_hours_are_split_between_us_and_aliexpress(cast: Cast) -> None:
    incident = bad_day(cast, 1)
    start = timezone.now() - timedelta(hours=10)
    Closure.objects.update(closed_at=start)
    assert facts_of(incident)["Hours of the case"] == "not recorded"
    case = open_case(incident=incident, by=cast.merchant)
    case.transitions.update(at=start + timedelta(hours=1))
    case.transitions.create(
        before="ready", after="submitted", at=start + timedelta(hours=4), by=cast.merchant
    )
    case.transitions.create(
        before="submitted", after="unblocked", at=start + timedelta(hours=9), by=cast.merchant
    )
    Incident.objects.update(ended_at=start + timedelta(hours=10))
    lines = facts_of(incident)
    assert lines["Our hours"] == "4 h"
    assert lines["AliExpress's hours"] == "5 h"
    assert lines["From the first closure to the end"] == "10 h"
    assert lines["Until the first customer was told"] == "nobody has been told"


def test_only_mails_that_left_count_as_told(cast: Cast) -> None:
    incident = bad_day(cast, 3)
    start = timezone.now() - timedelta(hours=5)
    Closure.objects.update(closed_at=start)
    states = ["sent", "bounced", "queued"]
    orders = StoreOrder.objects.select_related("customer", "store")
    campaign = Campaign.objects.create(
        team=cast.team, incident=incident, store=orders[0].store, kind="resolution", created_by=cast.merchant
    )
    for number, order in enumerate(orders):
        Message.objects.create(
            team=cast.team,
            campaign=campaign,
            incident=incident,
            kind="resolution",
            customer=order.customer,
            state=states[number],
            recipient=order.customer.email,
            message_id=f"<{number}@x>",
            settled_at=start + timedelta(hours=number + 1),
        )
    lines = facts_of(incident)
    assert (lines["Told by mail"], lines["No mail reached them"]) == ("1", "1")
    assert lines["Until the first customer was told"] == "1 h"


def test_what_had_warned_is_what_people_had_answered_before_and_nothing_else(cast: Cast) -> None:
    incident = bad_day(cast, 1)
    first = timezone.now() - timedelta(days=3)
    Closure.objects.update(closed_at=first)

    def answer(code: str, kind: str, at: timedelta, **more: object) -> None:
        Confirmation.objects.create(
            team=cast.team,
            check_code=code,
            answer=kind,
            by=cast.merchant,
            at=first + at,
            expires_at=first + at + timedelta(days=14),
            **more,
        )

    answer("travel", "problem", timedelta(days=-1), withdrawn_at=first + timedelta(hours=1))
    answer("travel", "fine", timedelta(days=1))
    answer("card_check", "problem", timedelta(hours=1))
    answer("complaints", "fine", timedelta(days=-40))
    answer("account_change", "problem", timedelta(days=-2), withdrawn_at=first - timedelta(days=1))
    lines = facts_of(incident)
    assert lines[str(BUILTIN["travel"].name)].startswith("WARNED")
    assert lines[str(BUILTIN["complaints"].name)].endswith("too long ago to count")
    assert lines[str(BUILTIN["card_check"].name)] == "nobody had answered this check"
    assert lines[str(BUILTIN["account_change"].name)] == "nobody had answered this check"
    assert lines[str(BUILTIN["fraud_review"].name)] == "not recorded"


def test_a_draft_names_what_is_missing_and_an_ended_incident_does_not(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 2)
    client = client_of(cast.merchant)
    page = words(client.get(url(incident)))
    for sentence in (
        "Draft: this is missing",
        "The incident has not ended",
        "2 closed orders are still open",
        "How many customers had to ask",
        "For 2 closures nobody noted what AliExpress gives back.",
    ):
        assert sentence in page
    for closure in Closure.objects.all():
        set_outcome(closure=closure, outcome=Closure.Outcome.REFUNDED, by=cast.merchant)
    Closure.objects.update(supplier_refund_expected=1, supplier_refund_currency="USD")
    Incident.objects.update(customers_asked=0)
    incident.refresh_from_db()
    end_incident(incident=incident, by=cast.merchant)
    assert missing(read_facts(incident)) == []
    assert "Draft" not in words(client.get(url(incident)))


def test_who_had_to_ask_is_typed_by_the_merchant_and_says_so(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 2)
    client = client_of(cast.merchant)
    assert facts_of(incident)["Had to ask"] == "not recorded"
    opened = client.get(url(incident)).context["form"].initial["seen"]
    typed = {"customers_asked": "7", "lessons": "Two cards.", "seen": opened}
    assert client.post(url(incident, "incident_report_notes"), typed).status_code == 302
    page = words(client.get(url(incident)))
    assert "Had to ask 7 counted by the merchant" in page
    assert "What we change Two cards." in page
    late = client.post(url(incident, "incident_report_notes"), {**typed, "lessons": "Three cards."})
    assert late.status_code == 422
    page = words(late)
    assert "Two cards." in page
    assert "Three cards." in page
    assert client.post(url(incident, "incident_report_notes"), {"customers_asked": "-1"}).status_code == 422
    incident.refresh_from_db()
    assert (incident.customers_asked, incident.lessons) == (7, "Two cards.")


def test_nobody_but_the_merchant_reads_the_report(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 1)
    for member in (cast.assistant, cast.reviewer):
        assert client_of(member).get(url(incident)).status_code == 403
        assert client_of(member).get(url(incident, "incident_report_pdf")).status_code == 403
        assert url(incident) not in client_of(member).get(incident.get_absolute_url()).content.decode()
    assert url(incident) in client_of(cast.merchant).get(incident.get_absolute_url()).content.decode()


def test_the_timeline_has_contacts_and_steps_and_keeps_to_one_page(cast: Cast) -> None:
    incident = bad_day(cast, 1)
    Closure.objects.update(closed_at=timezone.now() - timedelta(hours=6))
    apply_playbook(incident=incident, reason=reason(), by=cast.merchant)
    for step in IncidentStep.objects.select_related("incident"):
        tick_step(step=step, done=True, by=cast.assistant)
    case = open_case(incident=incident, by=cast.merchant)
    log_contact(case=case, by=cast.assistant, summary="They ask for a passport.")
    sheet = sheet_of(read_facts(incident))
    told = [f"{moment.title} {moment.text}" for moment in sheet.timeline]
    assert any("They ask for a passport." in line for line in told)
    assert any(line.startswith("Done: Stop placing orders") for line in told)
    for number in range(60):
        log_contact(case=case, by=cast.assistant, summary=f"Again {number}")
    sheet = sheet_of(read_facts(incident))
    assert len(sheet.timeline) == MOST_LINES
    assert "more contacts and steps are on the pages" in sheet.foot
    assert sheet.timeline[0].title == "The first order is closed"


def test_the_report_reads_as_often_for_forty_orders_as_for_two(cast: Cast, client_of: SignIn) -> None:
    counts = []
    for orders in (2, 40):
        incident = bad_day(cast, orders)
        client = client_of(cast.merchant)
        client.get(url(incident))
        with CaptureQueriesContext(connection) as captured:
            client.get(url(incident))
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] < 45


def test_the_pdf_is_one_page_with_its_typeface_in_it(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 2)
    answer = client_of(cast.merchant).get(url(incident, "incident_report_pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert "draft" in answer["Content-Disposition"]
    content = answer.content
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in content


def test_a_page_too_long_is_printed_smaller_not_on_two_pages() -> None:
    sheet = Sheet(
        title="T",
        subtitle="",
        sections=[Section("S", [Fact("a", "b", "c")] * 90)],
        timeline_title="T",
        timeline=[Moment("1", "x" * 300, "y" * 300)] * 40,
        notices=["n" * 400] * 12,
        foot="f",
    )
    assert write_pdf(sheet).count(b"/Type /Page\n") == 1


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Łukasz Peña-Ğüneş Ωmega Жанна Nguyễn", "Łukasz Peña-Ğüneş Ωmega Жанна Nguyễn"),
        ("Ana 王小明 Ruiz", "Ana WangXiaoMing* Ruiz"),
        ("محمد", "mhmd*"),
        ("n\u0303", "ñ"),
        ("<b> & 5 %", "<b> & 5 %"),
    ],
)
def test_no_name_becomes_a_box(name: str, written: str) -> None:
    pen = letters()
    assert pen.write(name) == written
    assert bool(pen.replaced) is ("*" in written)


def test_a_letter_that_nothing_can_write_is_a_question_mark_that_is_noticed() -> None:
    pen = Letters(frozenset(map(ord, "ab")))
    assert pen.write("a\ue000 b") == "a?* b"
    assert pen.replaced == {"a\ue000": "a?"}
