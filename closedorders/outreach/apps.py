from __future__ import annotations

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "closedorders.outreach"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_things, name_values
        from closedorders.orders import extensions

        from .models import Campaign, Compensation, DirectContact, Kind, Refund, Suppression
        from .order_extension import OutreachOfOrders

        name_fields(
            {
                "kind": _("Kind"),
                "store": _("Store"),
                "people": _("People to write to"),
                "left_out": _("Left out"),
                "codes": _("Codes"),
                "refunds": _("Refunds"),
                "second_people": _("above so many people"),
                "second_amount": _("above this much given back"),
                "second_refund": _("above this much in one refund"),
                "begins_at": _("Begin at"),
                "not_sent": _("Not sent"),
                "same_address": _("Told already at the same address"),
                "code_percent": _("discount code, %"),
                "code_expires_on": _("code is good until"),
                "refund_percent": _("refund, %"),
                "refund_base": _("refund of"),
                "gift": _("gift"),
                "gift_cost": _("cost of the gift"),
                "store_credit": _("store credit"),
                "shipping_upgrade": _("faster shipping"),
                "upgrade_cost": _("cost of faster shipping"),
                "compensations": _("Store credit and faster shipping"),
                "given": _("What is given"),
                "new_date": _("new delivery date"),
                "confirmed_words": _("Words said to be true"),
                "how": _("How"),
                "scope": _("What is not sent"),
            }
        )
        name_values("kind", Kind)
        name_values("state", Campaign.State, thing="outreach.campaign")
        name_values("state", Refund.State, thing="outreach.refund")
        name_values("refund_base", Campaign.RefundBase)
        name_values("cause", Campaign.PauseCause, thing="outreach.campaign")
        name_values("cause", Suppression.Cause, thing="outreach.suppression")
        name_values("scope", Suppression.Scope, thing="outreach.suppression")
        name_things(Campaign, "incident")
        name_values("given", Compensation.Kind)
        name_values("how", DirectContact.How, thing="outreach.directcontact")
        extensions.register("outreach", OutreachOfOrders())
