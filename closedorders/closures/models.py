from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.database.jobs import Job
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.core.page_urls import page_url
from closedorders.orders.models import BuyerAccount, SupplierOrder

from .builtin_reasons import BUILTIN
from .querysets import ClosureLogQuerySet, ClosureQuerySet, ClosureReasonQuerySet, IncidentQuerySet


class ClosureReason(models.Model):
    """Why AliExpress closed an order.

    Seeded reasons belong to no team and take their words from `builtin_reasons`, translated; a team's own reason, or
    a team's rewording of a seeded one, is a row of the team.
    """

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, related_name="closure_reasons"
    )
    code = models.SlugField(max_length=40)
    own_name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=100)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ClosureReasonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(team=None), name="one_seeded_reason_per_code"
            ),
            models.UniqueConstraint(
                fields=["team", "code"], condition=Q(team__isnull=False), name="one_team_reason_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        if self.own_name:
            return self.own_name
        return str(BUILTIN[self.code].name) if self.code in BUILTIN else self.code


class Playbook(models.Model):
    """A team's own words for what to do about a reason. A blank field means the seeded words."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="playbooks")
    reason = models.ForeignKey(ClosureReason, on_delete=models.CASCADE, related_name="playbooks")
    what_happened = models.TextField(_("what happened"), blank=True)
    do_now = models.TextField(_("do now"), blank=True)
    who_to_tell = models.TextField(_("who to tell"), blank=True)
    payment_route = models.TextField(_("how to pay next time"), blank=True)
    prevention = models.TextField(_("prevention"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    verified_on = models.DateField(_("last checked on"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "reason"], name="one_playbook_per_reason")]

    def __str__(self) -> str:
        return str(self.reason)


class Incident(models.Model):
    """One bad event on one buyer account: the closures it brought, from the first one until all is made good."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="incidents")
    number = models.PositiveIntegerField()
    buyer_account = models.ForeignKey(BuyerAccount, on_delete=models.PROTECT, related_name="incidents")
    cause = models.ForeignKey(
        ClosureReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # For the report: how many customers asked before they were told, as the merchant counted them, and what was learnt.
    customers_asked = models.PositiveIntegerField(_("customers who had to ask"), null=True, blank=True)
    lessons = models.TextField(_("what we change"), max_length=4000, blank=True)
    # Since when new closures of the account go to another open incident. This one stays open for what is left to do.
    passed_on_at = models.DateTimeField(null=True, blank=True)
    # The incident after which, or out of which, this one was opened.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    # The incident that has its closures now.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )

    # Of an incident in which as many orders were closed in as few hours as the team calls a storm: how many, since
    # when, whether it was opened by itself, and the cause that AliExpress's words ("words") or what is red in the risk
    # checklist ("checklist") propose while no person has set one.
    storm_size = models.PositiveIntegerField(null=True, blank=True)
    storm_at = models.DateTimeField(null=True, blank=True)
    opened_by_itself = models.BooleanField(default=False)
    proposed_cause = models.ForeignKey(
        ClosureReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_from = models.CharField(max_length=10, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="one_incident_per_number"),
            # Several of an account may be open; one of them takes its new closures.
            models.UniqueConstraint(
                fields=["buyer_account"],
                condition=Q(ended_at=None, passed_on_at=None),
                name="one_incident_takes_closures",
            ),
        ]

    def __str__(self) -> str:
        return _("Incident %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return page_url(self)


class IncidentStep(models.Model):
    """One thing to do about an incident, from the playbook of a reason; who did it and when.

    `texts` by language, or one text under "" where the words are the team's own: as the playbook said when the step
    was added.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="steps")
    reason = models.ForeignKey(ClosureReason, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    texts = models.JSONField()
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["incident", "position"]
        constraints = [models.UniqueConstraint(fields=["incident", "position"], name="one_step_per_position")]

    def __str__(self) -> str:
        language = get_language() or ""
        return str(self.texts.get(language) or next(iter(self.texts.values()), ""))


class NoVerification(models.Model):
    """A merchant's word that AliExpress verifies nothing for an incident, with the reason. Taken back, it stays."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="no_verifications")
    reason = models.CharField(_("why"), max_length=300)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(withdrawn_at=None), name="one_no_verification_per_incident"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class Closure(models.Model):
    """AliExpress closed this order: when, why ("not sure yet" is an empty reason), who logged it, how it came in.

    Reopening keeps the row; at most one closure of an order is open.
    """

    class Source(models.TextChoices):
        PASTED = "pasted", _("Pasted")
        IMPORTED = "imported", _("Imported")

    class Origin(models.TextChoices):
        """Who or what closed the order; blank where nobody knows."""

        RISK = "risk", _("Risk control")
        UNPAID = "unpaid", _("Not paid in time")
        SELLER = "seller", _("Seller did not ship in time")
        BUYER = "buyer", _("Cancelled from your account")
        DISPUTE = "dispute", _("Dispute")

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        REOPENED = "reopened", _("Reopened by AliExpress")
        REPLACED = "replaced", _("Reordered")
        REFUNDED = "refunded", _("Customer refunded")
        WRITTEN_OFF = "written_off", _("Written off")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="closures")
    supplier_order = models.ForeignKey(SupplierOrder, on_delete=models.CASCADE, related_name="closures")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="closures")
    reason = models.ForeignKey(
        ClosureReason, on_delete=models.PROTECT, null=True, blank=True, related_name="closures"
    )
    closed_at = models.DateTimeField(default=timezone.now)
    logged_at = models.DateTimeField(default=timezone.now)
    logged_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PASTED)
    words = models.TextField(_("AliExpress's exact words"), blank=True)
    origin = models.CharField(_("closed by"), max_length=8, choices=Origin.choices, blank=True)
    supplier_refund_expected = MoneyField(null=True, blank=True)
    supplier_refund_currency = CurrencyField()
    supplier_refund_announced_on = models.DateField(null=True, blank=True)
    supplier_refund_received_on = models.DateField(null=True, blank=True)
    # What came, where it is not what was expected: blank until then.
    supplier_refund_received = MoneyField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reopened_at = models.DateTimeField(null=True, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_order"], condition=Q(reopened_at=None), name="one_open_closure_per_order"
            )
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="closure_newest"),
            models.Index(fields=["team", "closed_at"], name="closure_by_day"),
            models.Index(fields=["incident", "-id"], name="closure_by_incident"),
            models.Index(
                fields=["team", "closed_at", "id"],
                name="closure_still_open",
                condition=Q(reopened_at=None, outcome="open"),
            ),
            models.Index(
                fields=["team", "supplier_refund_announced_on", "id"],
                name="closure_refund_due",
                condition=Q(supplier_refund_announced_on__isnull=False, supplier_refund_received_on=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.supplier_order)

    def get_absolute_url(self) -> str:
        return reverse("closures:closure", args=[self.team.slug, self.pk])


class ClosureEvidence(models.Model):
    """A screenshot of what AliExpress said, of one closure or of all that were logged with it.

    `for_assistants` is false for what may show a customer's address.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="closure_evidence")
    closures = models.ManyToManyField(Closure, related_name="evidence")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="closure-evidence/%Y/%m/", max_length=200)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=60)
    for_assistants = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class ClosureLog(Job):
    """Many numbers that a worker logs as closed, batch by batch. `progress_done` counts those that are logged.

    `rows` are [number, key of the buyer account or None, key of the reason or None]; they are deleted when it is over.
    An order of which no row and no import knows the account gets `buyer_account`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        RUNNING = "running", _("Being logged")
        DONE = "done", _("Logged")
        REFUSED = "refused", _("Stopped")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="closure_logs")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rows = models.JSONField(default=list)
    closed_at = models.DateTimeField()
    words = models.TextField(blank=True)
    origin = models.CharField(max_length=8, choices=Closure.Origin.choices, blank=True)
    source = models.CharField(max_length=10, choices=Closure.Source.choices, default=Closure.Source.PASTED)
    by_itself = models.BooleanField(default=False)
    evidence = models.ForeignKey(
        ClosureEvidence, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    incidents = models.ManyToManyField(Incident, related_name="+")
    logged = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    stubs = models.PositiveIntegerField(default=0)
    elsewhere = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ClosureLogQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="closure_log_newest")]

    def __str__(self) -> str:
        return _("Log of %(count)s closures") % {"count": self.progress_total}

    def get_absolute_url(self) -> str:
        return reverse("closures:log", args=[self.team.slug, self.pk])
