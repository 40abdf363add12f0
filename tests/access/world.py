"""One of everything that a team can have, for tests that try to reach it: its members, and another team's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from closedorders.accounts.actions import invite
from closedorders.accounts.models import Role
from closedorders.cases.actions import log_contact, open_case
from closedorders.cases.models import Case
from closedorders.closures.actions import add_reason
from closedorders.closures.actions.reasons import REASONS_VERB
from closedorders.closures.models import Closure
from closedorders.imports.models import Import
from closedorders.orders.actions.notes import add_comment, add_file
from closedorders.orders.models import BulkEdit
from closedorders.outreach.actions import create_campaign
from closedorders.outreach.models import Kind, Message, Suppression
from closedorders.risk.models import Confirmation
from tests.cast import Cast
from tests.factories import make_customer, make_incident, make_store, make_store_order, make_supplier_order

# URLs whose arguments name nothing that belongs to a team.
OWNERLESS = {"imports:sample_file", "closures:quick_log_result", "risk:confirmation"}


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
    suppression = Suppression.objects.create(team=team, email="no@example.com", cause="by_hand")
    tick = Confirmation.objects.create(
        team=team,
        check_code="travel",
        answer="fine",
        by=merchant,
        expires_at=timezone.now() + timedelta(days=1),
    )
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
    file = add_file(order=order, upload=SimpleUploadedFile("talk.txt", b"Hello"), by=merchant)
    number = {"number": incident.number}
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
        "orders:buyer_account": incident.buyer_account,
        "closures:closure": closure,
        "closures:closure_reason": closure,
        "closures:closure_outcome": closure,
        "closures:closure_reopening": closure,
        "closures:bulk_reason_undo": reason_edit,
        "risk:withdrawal": tick,
        "outreach:suppression_release": suppression,
        "outreach:message_arrival": message,
        "outreach:message_resending": message,
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
        "offer",
        "preparation",
        "campaign_codes_file",
        "codes_loading",
        "refunds_approval",
        "left_out",
        "test_mail",
        "approval",
        "withdrawal",
        "pausing",
        "resumption",
        "cancellation",
        "retries",
        "progress",
        "campaign",
    ]:
        arguments[f"outreach:{name}"] = {"pk": campaign.pk}
    for name in [
        "case",
        "documents",
        "contacts",
        "alipay",
        "appeal",
        "approval",
        "closing",
        "further_request",
        "rejection",
        "return",
        "review",
        "submission",
        "unblocking",
    ]:
        arguments[f"cases:{name}"] = {"pk": case.pk}
    for name in ("reason", "playbook", "reason_retirement"):
        arguments[f"closures:{name}"] = {"code": own_reason.code}
    return arguments | {
        "orders:order_comment_withdrawal": {"pk": order.pk, "comment_pk": comment.pk},
        "orders:order_file": {"pk": order.pk, "file_pk": file.pk},
        "orders:order_file_withdrawal": {"pk": order.pk, "file_pk": file.pk},
        "incidents:incident": number,
        "incidents:incident_cause": number,
        "incidents:incident_end": number,
        "cases:case_opening": number,
        "cases:document": {"pk": case.pk, "slot_pk": slot.pk},
        "cases:decision": {"pk": case.pk, "slot_pk": slot.pk},
        "cases:follow_up": {"pk": case.pk, "contact_pk": contact.pk},
        "cases:snooze": {"pk": case.pk, "contact_pk": contact.pk},
        "cases:cleanup": {"pk": case.pk, "place": "phone"},
        "outreach:campaign_creation": number,
        "outreach:text": {"pk": campaign.pk, "language": "en"},
        "outreach:template": {"store": store.pk, "kind": "holding", "language": "en"},
        "team:mail": {"key": "1700000000.M1P1"},
    }


def another_case(cast: Cast) -> Case:
    """A case beside the one of `things_of`."""
    bought = make_supplier_order(cast.team, make_store_order(make_store(cast.team)))
    return open_case(incident=make_incident(cast.team, cast.merchant, [bought]), by=cast.merchant)
