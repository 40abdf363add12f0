from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.core.database.jobs import unclaimed
from closedorders.orders.models import Store, StoreOrder

from .message_states import BINDING, UNRESOLVED

if TYPE_CHECKING:
    from .models import (
        Approval,
        Campaign,
        DirectContact,
        DiscountCode,
        Message,
        Refund,
        Suppression,
        TextVersion,
    )


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def for_team(self, team: Team) -> CampaignQuerySet:
        return self.filter(team=team).select_related("incident", "incident__team", "store", "team")

    def open(self) -> CampaignQuerySet:
        """Not yet at its end."""
        return self.filter(state__in=["draft", "approving", "sending", "paused"])

    def under_way(self, now: datetime | None = None) -> CampaignQuerySet:
        """Sending, with the time in which it may be taken back over."""
        return self.filter(state="sending", starts_at__lte=now or timezone.now())

    def ready_to_send(self, now: datetime | None = None) -> CampaignQuerySet:
        """Under way, and not waiting for a mail server that could not be reached."""
        now = now or timezone.now()
        return self.under_way(now).filter(Q(next_try_at=None) | Q(next_try_at__lte=now))

    def without_server(self) -> CampaignQuerySet:
        """Sending, and waiting for a mail server that could not be reached."""
        return self.filter(state="sending", no_server_since__isnull=False)

    def without_open_messages(self) -> CampaignQuerySet:
        """Those of whose messages each has come to its end."""
        from .models import Message  # The models import this module.

        return self.exclude(pk__in=Message.objects.unresolved().values("campaign"))


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def due(self) -> ApprovalQuerySet:
        """To be worked on, and no worker has it."""
        return self.filter(unclaimed(), state__in=["waiting", "running", "undoing"])

    def open(self) -> ApprovalQuerySet:
        """Not at its end: worked on, or waiting for another merchant."""
        return self.filter(state__in=["waiting", "running", "asked", "undoing"])

    def asked(self) -> ApprovalQuerySet:
        """Waiting for another merchant."""
        return self.filter(state="asked")


class MessageQuerySet(models.QuerySet["Message"]):
    def for_team(self, team: Team) -> MessageQuerySet:
        return self.filter(team=team)

    def due(self) -> MessageQuerySet:
        """May be claimed now: the campaign is ready to send and the row's own wait is over."""
        now = timezone.now()
        return self.filter(
            Q(campaign__next_try_at=None) | Q(campaign__next_try_at__lte=now),
            Q(not_after=None) | Q(not_after__gt=now),
            state__in=["queued", "deferred"],
            not_before__lte=now,
            campaign__state="sending",
            campaign__starts_at__lte=now,
        )

    def past_their_hours(self) -> MessageQuerySet:
        """To be sent, and the hours in which that was allowed are over, or will be before their next try."""
        over = Q(not_after__lte=timezone.now()) | Q(not_after__lte=models.F("not_before"))
        return self.filter(over, state__in=["queued", "deferred"])

    def lost(self) -> MessageQuerySet:
        """Claimed by a worker whose lease has run out."""
        return self.filter(state="sending", claimed_until__lt=timezone.now())

    def with_corrected_address(self) -> MessageQuerySet:
        """Those that came back from an address that is no longer their customer's. Both are stored folded."""
        return self.filter(state="bounced").exclude(recipient=models.F("customer__email"))

    def unresolved(self) -> MessageQuerySet:
        return self.filter(state__in=UNRESOLVED)

    def binding(self) -> MessageQuerySet:
        """Those that keep everybody else at their address from being written to."""
        return self.filter(state__in=BINDING)

    def count_by_campaign(self) -> dict[int, int]:
        """Campaign -> how many of these messages it has; campaigns without any are left out."""
        counted = self.order_by().values("campaign").annotate(number=Count("pk"))
        return dict(counted.values_list("campaign", "number"))


class DiscountCodeQuerySet(models.QuerySet["DiscountCode"]):
    def for_team(self, team: Team) -> DiscountCodeQuerySet:
        return self.filter(store__team=team)

    def with_use(self) -> DiscountCodeQuerySet:
        """With `used_in` and `used_number`: key and number of the first order that was bought with it, or None."""
        orders = StoreOrder.objects.filter(
            store=models.OuterRef("store"), discount_code=models.OuterRef("code")
        )
        first = orders.order_by("pk")
        return self.annotate(
            used_in=models.Subquery(first.values("pk")[:1]),
            used_number=models.Subquery(first.values("number")[:1]),
        )

    def used(self) -> DiscountCodeQuerySet:
        """Those that an order was bought with, as the shop's files say."""
        orders = StoreOrder.objects.filter(
            store=models.OuterRef("store"), discount_code=models.OuterRef("code")
        )
        return self.filter(models.Exists(orders))

    def not_loaded(self) -> DiscountCodeQuerySet:
        return self.filter(loaded_at=None)


class RefundQuerySet(models.QuerySet["Refund"]):
    def for_team(self, team: Team) -> RefundQuerySet:
        return self.filter(team=team)


class DirectContactQuerySet(models.QuerySet["DirectContact"]):
    def live(self) -> DirectContactQuerySet:
        """Those that nobody took back."""
        return self.filter(undone_at=None)


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def live(self) -> SuppressionQuerySet:
        return self.filter(released_at=None)

    def pressed(self) -> SuppressionQuerySet:
        """Those that people asked for themselves, by the button of a mail."""
        return self.filter(cause="asked", created_by=None)

    def blocking(self) -> SuppressionQuerySet:
        """Live, and no mail at all goes to the address."""
        return self.live().filter(scope="everything")

    def refusing_offers(self) -> SuppressionQuerySet:
        """Live, and mails about orders go without their offer."""
        return self.live().filter(scope="offers")


class TextVersionQuerySet(models.QuerySet["TextVersion"]):
    def of_template(self, store: Store, kind: str, language: str) -> TextVersionQuerySet:
        """The saves of a store's template, newest first."""
        return self.filter(store=store, campaign=None, kind=kind, language=language).order_by("-pk")

    def of_campaign(self, campaign: Campaign, language: str) -> TextVersionQuerySet:
        """The saves of a campaign's own words, newest first."""
        found = self.filter(store=campaign.store_id, campaign=campaign, kind=campaign.kind, language=language)
        return found.order_by("-pk")
