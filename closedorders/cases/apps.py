from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "closedorders.cases"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.db.models import Exists, OuterRef, Q
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_things, name_values
        from closedorders.closures import blocks
        from closedorders.closures.blocks import Block
        from closedorders.documents import extensions as documents
        from closedorders.documents.models import Document
        from closedorders.orders import extensions
        from closedorders.orders.models import BuyerAccount

        from .actions.documents import why_needed
        from .models import Case, Cleanup, Contact, Decision, Slot
        from .order_extension import CasesOfOrders

        name_fields(
            {
                "state": _("State"),
                "round": _("Round"),
                "verification": _("Which verification"),
                "answer_due": _("Answer due"),
                "account_state": _("AliExpress account"),
                "channel": _("Channel"),
                "purpose": _("Purpose"),
                "follow_up_at": _("Follow up on"),
                "document": _("Document"),
                "done_at": _("Deleted on"),
                "pack_format": _("File"),
                "alipay_verified_on": _("Alipay verified on"),
            }
        )
        name_values("state", Case.State, thing="cases.case")
        name_values("state", Slot.State, thing="cases.slot")
        name_values("kind", Document.Kind, thing="cases.slot")
        name_values("verification", Case.Verification)
        name_values("reason", Decision.Reason, thing="cases.slot")
        name_values("account_state", BuyerAccount.State)
        name_values("channel", Contact.Channel)
        name_values("purpose", Contact.Purpose)
        name_things(Case, "incident")
        for each in (Slot, Contact, Cleanup):
            name_things(each)
        extensions.register("cases", CasesOfOrders())
        documents.register("cases", why_needed)
        of_incident = Case.objects.filter(incident=OuterRef("pk"))
        blocks.register(
            "cases",
            Block(blocked=Q(Exists(of_incident.blocked())), lifted=Q(Exists(of_incident.unblocked()))),
        )
