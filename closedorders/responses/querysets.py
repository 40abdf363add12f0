from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from closedorders.accounts.models import Team
from closedorders.closures.models import Incident
from closedorders.outreach.models import Message

if TYPE_CHECKING:
    from .models import PageClosing, Reply


class ReplyQuerySet(models.QuerySet["Reply"]):
    def for_team(self, team: Team) -> ReplyQuerySet:
        return self.filter(team=team)

    def about(self, incident: Incident) -> ReplyQuerySet:
        """Those to mails of this incident, also of one that was merged into it."""
        return self.filter(message__incident=incident)

    def waiting(self) -> ReplyQuerySet:
        """Those that no merchant has dealt with."""
        return self.filter(read_at=None)


class PageClosingQuerySet(models.QuerySet["PageClosing"]):
    def standing(self) -> PageClosingQuerySet:
        """Those that nobody took back."""
        return self.filter(opened_at=None)

    def of(self, message: Message) -> PageClosingQuerySet:
        """What closes the page of this mail: its own closing, or that of its whole campaign."""
        return self.standing().filter(Q(message=message) | Q(message=None, campaign=message.campaign_id))
