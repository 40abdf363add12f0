"""One of everything that a team can have, for tests that try to reach it: its members, and another team's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from closedorders.accounts.actions import invite
from closedorders.accounts.models import ExchangeRate, Role
from closedorders.cases.actions import log_contact, open_case
from closedorders.cases.models import Case
from closedorders.closures.actions import add_reason, attach_evidence, start_log
from closedorders.closures.actions.reasons import REASONS_VERB
from closedorders.closures.bulk.outcomes import OUTCOMES_VERB
from closedorders.closures.models import Closure, IncidentStep
from closedorders.imports.models import Import
from closedorders.incidents.reminders.actions import add_reminder
from closedorders.incidents.reorder.actions import PlanOptions, make_plan
from closedorders.incidents.reorder.planning import Limits
from closedorders.orders.actions.notes import add_comment, add_file
from closedorders.orders.models import BulkEdit, Supplier
from closedorders.outreach.actions import create_campaign
from closedorders.outreach.models import DirectContact, Kind, Message, Suppression, TextVersion
from closedorders.responses.models import Reply
from closedorders.risk.models import (
    AccountEvent,
    Alert,
    Away,
    Confirmation,
    Dismissal,
    Funds,
    KnownEvent,
    Notice,
    OfficeNetwork,
    PocketEntry,
    Snooze,
    Trip,
)
from tests.cast import Cast
from tests.documents.scenes import make_document
from tests.factories import make_customer, make_incident, make_store, make_store_order, make_supplier_order

# URLs whose arguments name nothing that belongs to a team.
OWNERLESS = {
    "imports:sample_file",
    "closures:quick_log_result",
    "outreach:refunds_undo",
    "risk:confirmation",
    "risk:threshold",
    "risk:dismissal",
}


def things_of(cast: Cast) -> dict[str, dict[str, Any]]:
    """For each address with arguments of its own: arguments that name things of this cast's team."""
    team, merchant = cast.team, cast.merchant
    store = make_store(team)
    customer = make_customer(store)
    order = make_store_order(store, customer)
    bought = make_supplier_order(team, order)
    incident = make_incident(team, merchant, [bought])
    closure = Closure.objects.get(incident=incident)
    own_reason = add_reason(team=team, name="A reason of this team only", by=merchant)
    reason_edit = BulkEdit.objects.create(
        team=team, by=merchant, verb=REASONS_VERB, params={"reason": None, "code": ""}, changed=1
    )
    outcomes_edit = BulkEdit.objects.create(
        team=team, by=merchant, verb=OUTCOMES_VERB, params={"outcome": "written_off"}, changed=1
    )
    case = open_case(incident=incident, by=merchant)
    contact = log_contact(
        case=case, by=merchant, summary="Asked.", follow_up_at=timezone.now() + timedelta(days=1)
    )
    slot = case.slots.first()
    assert slot is not None
    campaign = create_campaign(incident=incident, kind=Kind.HOLDING, store=store, by=merchant)
    message = Message.objects.create(
        team=team,
        campaign=campaign,
        incident=incident,
        kind=Kind.HOLDING,
        customer=customer,
        recipient=customer.email,
        language="en",
        subject="Your order",
        body="It is late.",
        message_id="<world@example.com>",
        state=Message.State.UNCERTAIN,
    )
    message.closures.add(closure)
    reply = Reply.objects.create(team=team, message=message, customer=customer, text="When does it come?")
    suppression = Suppression.objects.create(team=team, email="no@example.com", cause="by_hand")
    version = TextVersion.objects.create(
        store=store,
        kind="holding",
        language="en",
        subject="Your order",
        body="It is late.",
        saved_by=merchant,
    )
    told = DirectContact.objects.create(
        team=team, incident=incident, customer=customer, how="phone", created_by=merchant
    )
    tick = Confirmation.objects.create(
        team=team,
        check_code="travel",
        answer="fine",
        by=merchant,
        expires_at=timezone.now() + timedelta(days=1),
    )
    today = timezone.localdate()
    trip = Trip.objects.create(
        team=team, who=merchant, starts_on=today, ends_on=today, country="ES", added_by=merchant
    )
    event = AccountEvent.objects.create(
        team=team, buyer_account=incident.buyer_account, kind="card", happened_on=today, by=merchant
    )
    dismissal = Dismissal.objects.create(
        team=team, check_code="complaints", state="act", reason="Settled.", until=today, by=merchant
    )
    credit = PocketEntry.objects.create(
        team=cast.team,
        buyer_account=incident.buyer_account,
        kind="deposit",
        amount=100,
        currency="USD",
        happened_on=timezone.localdate(),
        expires_on=timezone.localdate() + timedelta(days=90),
        by=cast.merchant,
    )
    notice = Notice.objects.create(
        team=team,
        buyer_account=incident.buyer_account,
        kind="bank",
        sent_on=timezone.localdate(),
        by=merchant,
    )
    account = incident.buyer_account
    funds = Funds.objects.create(
        team=team, buyer_account=account, method="card", currency="USD", stated_on=today, by=merchant
    )
    office = OfficeNetwork.objects.create(team=team, network="203.0.113.0/24", label="Office", by=merchant)
    supplier = Supplier.objects.create(team=team, name="Lamp factory")
    snooze = Snooze.objects.create(
        team=team,
        buyer_account=account,
        check_code="fraud_review",
        state="act",
        until=today,
        by=merchant,
    )
    away = Away.objects.create(team=team, until=today, by=merchant)
    known = KnownEvent.objects.create(team=team, starts_on=today, ends_on=today, why="Fair", by=merchant)
    alert = Alert.objects.create(team=team, check_code="travel", was="ok", state="act", on_today=True)
    upload = Import.objects.create(
        team=team,
        store=store,
        uploaded_by=merchant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state="previewed",
    )
    bulk_edit = BulkEdit.objects.create(
        team=team, by=merchant, verb="tag_add", params={"wanted": {"tag": "VIP"}}
    )
    invitation = invite(team=team, email="x@example.com", role=Role.ASSISTANT, by=merchant).invitation
    comment = add_comment(order=order, text="Asked the supplier.", by=merchant)
    document = make_document(merchant)
    unchecked = make_document(merchant, state="unchecked")
    slot.document = document
    slot.save()
    file = add_file(order=order, upload=SimpleUploadedFile("talk.txt", b"Hello"), by=merchant)
    reminder = add_reminder(
        subject=incident,
        due_at=timezone.now() + timedelta(days=1),
        note="Ask again.",
        person=merchant,
        by=merchant,
    )
    step = IncidentStep.objects.create(
        incident=incident, reason=own_reason, position=1, texts={"": "Ask."}, added_by=merchant
    )
    picture = SimpleUploadedFile("closed.png", b"\x89PNG\r\n\x1a\n")
    evidence = attach_evidence(closure=closure, upload=picture, by=merchant, for_assistants=True)
    log = start_log(
        team=team, rows=[(bought.number, incident.buyer_account, None)], buyer_account=None, by=merchant
    )
    rate = ExchangeRate.objects.create(
        team=team, currency="GBP", home=team.currency, rate=1, stated_on=timezone.localdate(), source="Bank"
    )
    number = {"number": incident.number}
    make_plan(
        incident=incident,
        by=merchant,
        options=PlanOptions(limits=Limits(), route="pocket", starts_on=timezone.localdate()),
    )
    pk_of = {
        "orders:order": order,
        "orders:order_customer": order,
        "orders:order_promise": order,
        "orders:bulk_edit": bulk_edit,
        "orders:bulk_left_out": bulk_edit,
        "orders:bulk_undo": bulk_edit,
        "orders:order_comments": order,
        "orders:order_files": order,
        "orders:supplier_order": bought,
        "orders:store": store,
        **{
            f"senders:{name}": store
            for name in (
                "sending",
                "rules",
                "lines",
                "mail_server",
                "mail_server_removal",
                "selector",
                "check",
                "reply_test",
            )
        },
        "orders:buyer_account": incident.buyer_account,
        "orders:alipay": incident.buyer_account,
        "closures:closure": closure,
        "closures:closure_reason": closure,
        "closures:closure_outcome": closure,
        "closures:closure_evidence": closure,
        "closures:log": log,
        "closures:log_progress": log,
        "closures:closure_reopening": closure,
        "closures:closure_removal": closure,
        "closures:bulk_reason_undo": reason_edit,
        "documents:document": document,
        "documents:deletion": document,
        "documents:check": document,
        "documents:boxes": document,
        "documents:confirmation": unchecked,
        "closures:outcomes_edit": outcomes_edit,
        "closures:outcomes_undo": outcomes_edit,
        "incidents:supplier_refund": closure,
        "incidents:reminder_done": reminder,
        "incidents:reminder_cancellation": reminder,
        "incidents:reminder_reopening": reminder,
        "incidents:reminder_snooze": reminder,
        "closures:incident_step": step,
        "risk:withdrawal": tick,
        "risk:trip_step": trip,
        "risk:dismissal_withdrawal": dismissal,
        "risk:trip_cancellation": trip,
        "risk:account_event_withdrawal": event,
        "risk:notices": incident.buyer_account,
        "risk:notice_withdrawal": notice,
        "risk:pocket_withdrawal": credit,
        "risk:alert_seen": alert,
        "risk:funds_withdrawal": funds,
        "risk:office_withdrawal": office,
        "risk:supplier": supplier,
        "risk:snooze_withdrawal": snooze,
        "risk:away_withdrawal": away,
        "risk:known_event_withdrawal": known,
        "outreach:suppression_release": suppression,
        "outreach:version_restoration": version,
        "outreach:contact_undo": told,
        "outreach:message": message,
        "outreach:message_arrival": message,
        "outreach:message_resending": message,
        **{f"responses:{name}": store for name in ("mailbox", "mailbox_reading", "mailbox_removal")},
        "responses:reply_dealt_with": reply,
        "responses:reply_waiting": reply,
        "responses:customer_data": customer,
        "responses:customer_export": customer,
        "responses:customer_erasure": customer,
        "responses:page": message,
        "responses:page_closing": message,
        "responses:page_opening": message,
        "responses:campaign_closing": campaign,
        "responses:campaign_opening": campaign,
        "team:rate_removal": rate,
        "team:person_role": cast.assistant,
        "team:person_removal": cast.assistant,
        "team:invitation_removal": invitation,
    }
    arguments: dict[str, dict[str, Any]] = {name: {"pk": thing.pk} for name, thing in pk_of.items()}
    for name in (
        "import",
        "import_progress",
        "import_saving",
        "import_cancellation",
        "import_undo",
        "import_answers",
        "import_store",
        "import_columns",
        "import_columns_forgetting",
        "bad_rows",
    ):
        arguments[f"imports:{name}"] = {"pk": upload.pk}
    for name in [
        "sender",
        "offer",
        "cost",
        "language",
        "preparation",
        "campaign_codes_file",
        "codes_loading",
        "refunds_approval",
        "left_out",
        "test_mail",
        "approval",
        "withdrawal",
        "approval_stop",
        "asking_withdrawal",
        "pausing",
        "resumption",
        "cancellation",
        "retries",
        "decisions",
        "progress",
        "letter",
        "campaign",
    ]:
        arguments[f"outreach:{name}"] = {"pk": campaign.pk}
    for name in ("compensations_file", "compensations_issuing"):
        arguments[f"outreach:{name}"] = {"pk": campaign.pk, "kind": "credit"}
    for name in [
        "case",
        "asking_again",
        "cleanups",
        "pack",
        "documents",
        "contacts",
        "answer_due",
        "appeal",
        "approval",
        "chat",
        "closing",
        "further_request",
        "move_undo",
        "rejection",
        "return",
        "review",
        "step_back",
        "submission",
        "unblocking",
        "verification",
    ]:
        arguments[f"cases:{name}"] = {"pk": case.pk}
    for name in ("reason", "playbook", "playbook_check", "playbook_steps", "reason_retirement"):
        arguments[f"closures:{name}"] = {"code": own_reason.code}
    return arguments | {
        "orders:order_comment_withdrawal": {"pk": order.pk, "comment_pk": comment.pk},
        "orders:order_file": {"pk": order.pk, "file_pk": file.pk},
        "orders:order_file_withdrawal": {"pk": order.pk, "file_pk": file.pk},
        "closures:evidence_file": {"pk": closure.pk, "evidence_pk": evidence.pk},
        "closures:evidence_withdrawal": {"pk": closure.pk, "evidence_pk": evidence.pk},
        "incidents:incident": number,
        "incidents:incident_cause": number,
        "incidents:incident_end": number,
        **{f"incidents:{name}": number for name in ("reorder", "reorder_sheet", "reorder_next")},
        **{f"incidents:{name}": number | {"batch": 1} for name in ("reorder_batch", "reorder_route")},
        **{
            f"incidents:{name}": number | {"closure": closure.pk}
            for name in ("reorder_line", "reorder_number", "reorder_release", "reorder_undo")
        },
        "incidents:incident_report": number,
        "incidents:incident_report_notes": number,
        "incidents:incident_report_pdf": number,
        "incidents:incident_reopening": number,
        "incidents:incident_split": number,
        "incidents:incident_merger": number,
        "incidents:no_verification": number,
        "incidents:no_verification_withdrawal": number,
        "cases:case_opening": number,
        "cases:document": {"pk": case.pk, "slot_pk": slot.pk},
        **{
            f"cases:{name}": {"pk": case.pk, "slot_pk": slot.pk}
            for name in ("decision", "slot_file", "slot_entry", "slot_review", "review_start")
        },
        "cases:slot_page": {"pk": case.pk, "slot_pk": slot.pk, "number": 1},
        "documents:page_image": {"pk": document.pk, "number": 1},
        "documents:confirmation_page": {"pk": unchecked.pk, "number": 1},
        "cases:follow_up": {"pk": case.pk, "contact_pk": contact.pk},
        "cases:snooze": {"pk": case.pk, "contact_pk": contact.pk},
        "cases:outcome": {"pk": case.pk, "contact_pk": contact.pk},
        "cases:cleanup": {"pk": case.pk, "place": "phone"},
        "outreach:campaign_creation": number,
        "outreach:customer_contact": number | {"customer": order.customer_id},
        "outreach:text": {"pk": campaign.pk, "language": "en"},
        "outreach:text_versions": {"pk": campaign.pk, "language": "en"},
        "outreach:template": {"store": store.pk, "kind": "holding", "language": "en"},
        "outreach:template_versions": {"store": store.pk, "kind": "holding", "language": "en"},
        "team:mail": {"key": "1700000000.M1P1"},
    }


def another_case(cast: Cast) -> Case:
    """A case beside the one of `things_of`."""
    bought = make_supplier_order(cast.team, make_store_order(make_store(cast.team)))
    return open_case(incident=make_incident(cast.team, cast.merchant, [bought]), by=cast.merchant)
