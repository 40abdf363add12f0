"""One of everything whose words an assistant reads, with an address in each, for the tests of masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.actions import log_contact, open_case
from closedorders.closures.actions import attach_evidence, set_words, start_log
from closedorders.closures.bulk.outcomes import OUTCOMES_VERB
from closedorders.closures.models import Closure
from closedorders.imports.models import Import, ImportIssue
from closedorders.incidents.reorder.actions import PlanOptions, claim_next, make_plan
from closedorders.incidents.reorder.planning import Limits
from closedorders.orders.actions.notes import add_comment, add_file
from closedorders.orders.models import BulkEdit, Supplier, SupplierOrder
from closedorders.outreach.models import Campaign, Message
from tests.cast import Cast
from tests.documents.scenes import make_document
from tests.outreach.scenes import Scene, sending

SignIn = Callable[[Membership | None], Client]

LOCAL, HOST = "wilhelmina.canary", "hotmail-canary.com"
ADDRESS = f"{LOCAL}@{HOST}"


def arguments_of(scene: Scene, cast: Cast) -> dict[str, dict[str, Any]]:
    written = scene.customers[0].name
    campaign = Campaign.objects.filter(incident=scene.incident).first() or sending(scene)
    Message.objects.update(
        state=Message.State.FAILED,
        reply_code=550,
        reply_words=f"5.1.1 {written}: user {LOCAL} not found at {HOST}",
    )
    order = scene.customers[0].orders.get()
    bought = order.supplier_orders.get()
    source = Import.objects.create(
        team=cast.team,
        store=scene.store,
        uploaded_by=cast.merchant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state="previewed",
        orders_new=1,
        samples={
            "new": [
                {"number": "#1", "name": written, "email": ADDRESS, "items": [written], "status": written}
            ]
        },
        assumptions={
            "date_order": {"date_order": "dmy", "line": 2, "value": written},
            "sheet": {"sheet": written, "sheets": [written, "Orders"]},
        },
    )
    for column, code in (
        ("Email", "invalid_email"),
        ("Billing Name", "ragged_row"),
        ("Notes", "name_too_long"),
    ):
        ImportIssue.objects.create(source=source, line=2, column=column, value=written, code=code)
    refused = Import.objects.create(
        team=cast.team,
        store=scene.store,
        uploaded_by=cast.merchant,
        file_name="orders.csv",
        size=1,
        sha256="1" * 64,
        state="refused",
        refusal={"code": "unknown_format", "params": {"columns": f"#1001, {written}, paid"}},
    )
    edit = BulkEdit.objects.create(
        team=cast.team,
        by=cast.merchant,
        verb="tag_add",
        params={"wanted": {"tag": written}, "query": urlencode({"q": written})},
        excepted=1,
        exceptions=[{"order": order.pk, "number": "#1", "code": "has_tag"}],
    )
    plan = make_plan(
        incident=scene.incident,
        by=cast.merchant,
        options=PlanOptions(limits=Limits(), route="pocket", starts_on=timezone.localdate()),
    )
    claim_next(plan=plan, by=cast.assistant)
    outcomes = BulkEdit.objects.create(
        team=cast.team,
        by=cast.merchant,
        verb=OUTCOMES_VERB,
        params={"outcome": "written_off"},
        excepted=1,
        exceptions=[{"closure": None, "number": bought.number, "code": "money_outcome"}],
    )
    add_comment(order=order, text=f"Ask\n{written}\nagain", by=cast.merchant)
    file = add_file(
        order=order,
        upload=SimpleUploadedFile(f"{written.replace('/', ' ')}.txt", b"Hello"),
        by=cast.assistant,
    )
    SupplierOrder.objects.update(
        status=written,
        title=written,
        tracking_number=written,
        supplier=Supplier.objects.get_or_create(team=cast.team, name=written)[0],
    )
    closure = Closure.objects.get()
    set_words(closure=closure, words=f"Write to {written}", by=cast.merchant)
    case = open_case(incident=scene.incident, by=cast.merchant)
    log_contact(case=case, by=cast.merchant, summary=f"Asked {written}", agent=written, promise=written)
    slot = case.slots.all()[0]
    slot.document = make_document(cast.merchant)
    slot.save()
    unchecked = make_document(cast.merchant, state="unchecked")
    evidence = attach_evidence(
        closure=closure,
        upload=SimpleUploadedFile(f"{written.replace('/', ' ')}.webp", b"RIFF____WEBP"),
        by=cast.assistant,
    )
    log = start_log(
        team=cast.team,
        rows=[(bought.number, scene.incident.buyer_account, None)],
        buyer_account=None,
        words=f"Write to {written}",
        by=cast.merchant,
    )
    pks: dict[str, Any] = {
        "closures:log": log.pk,
        "closures:log_progress": log.pk,
        "orders:order": order.pk,
        "orders:supplier_order": bought.pk,
        "orders:bulk_edit": edit.pk,
        "orders:bulk_left_out": edit.pk,
        "imports:import_undo": source.pk,
        "imports:import_columns": source.pk,
        "imports:import": source.pk,
        "imports:import_progress": source.pk,
        "imports:bad_rows": source.pk,
        "closures:closure": Closure.objects.get().pk,
        "closures:outcomes_edit": outcomes.pk,
        "cases:case": case.pk,
        "cases:asking_again": case.pk,
        "outreach:campaign": campaign.pk,
        "outreach:progress": campaign.pk,
        "outreach:message": campaign.messages.all()[0].pk,
        "documents:confirmation": unchecked.pk,
        "risk:notices": scene.incident.buyer_account_id,
        "risk:supplier": Supplier.objects.create(team=cast.team, name="Lamp factory").pk,
    }
    return {
        **{name: {"pk": pk} for name, pk in pks.items()},
        "refused": {"pk": refused.pk},
        "incidents:incident": {"number": scene.incident.number},
        "incidents:reorder": {"number": scene.incident.number},
        "incidents:reorder_sheet": {"number": scene.incident.number},
        "incidents:reorder_batch": {"number": scene.incident.number, "batch": 1},
        "closures:reason": {"code": "fraud_review"},
        "closures:quick_log_result": {"log": "x"},
        "imports:sample_file": {"name": "shopify"},
        "orders:order_file": {"pk": order.pk, "file_pk": file.pk},
        "cases:slot_review": {"pk": case.pk, "slot_pk": slot.pk},
        "cases:slot_page": {"pk": case.pk, "slot_pk": slot.pk, "number": 1},
        "documents:confirmation_page": {"pk": unchecked.pk, "number": 1},
        "closures:evidence_file": {"pk": closure.pk, "evidence_pk": evidence.pk},
    }
