from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.cases.models import Case
from closedorders.closures.models import Incident
from closedorders.orders.models import StoreOrder, SupplierOrder

from .querysets import ReminderQuerySet
from .reorder.models import ReorderBatch, ReorderLine, ReorderPlan

__all__ = [
    "Digest",
    "RefundWindow",
    "Reminder",
    "ReorderBatch",
    "ReorderLine",
    "ReorderPlan",
    "StoredFigures",
]

#: A reminder is about exactly one of these.
SUBJECTS = ("incident", "case", "store_order", "supplier_order")


class Reminder(models.Model):
    """Somebody wants to come back to an incident, a case or an order at a certain time.

    Open until it is done or cancelled; both keep the row.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reminders")
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="reminders"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, blank=True, related_name="reminders")
    store_order = models.ForeignKey(
        StoreOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="reminders"
    )
    supplier_order = models.ForeignKey(
        SupplierOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="reminders"
    )
    due_at = models.DateTimeField()
    note = models.CharField(max_length=300)
    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="reminders")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reminder_of_one_thing",
                condition=Q(
                    *(Q(**{f"{name}__isnull": name != filled for name in SUBJECTS}) for filled in SUBJECTS),
                    _connector=Q.OR,
                ),
            )
        ]
        indexes = [
            models.Index(
                fields=["team", "due_at", "id"],
                name="reminder_open",
                condition=Q(done_at=None, cancelled_at=None),
            )
        ]

    def __str__(self) -> str:
        return _("Reminder: %(thing)s") % {"thing": self.subject}

    @property
    def subject(self) -> Incident | Case | StoreOrder | SupplierOrder:
        found: Incident | Case | StoreOrder | SupplierOrder = next(
            thing for thing in (getattr(self, name) for name in SUBJECTS) if thing is not None
        )
        return found

    @property
    def subject_url(self) -> str:
        if self.store_order_id:
            return reverse("orders:order", args=[self.team.slug, self.store_order_id])
        if self.supplier_order_id:
            return reverse("orders:supplier_order", args=[self.team.slug, self.supplier_order_id])
        subject = self.subject
        subject.team = self.team
        return str(subject.get_absolute_url())

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.cancelled_at is None


class RefundWindow(models.Model):
    """How many business days AliExpress may need to give a team its money back. Without a row: 3 to 20."""

    FIRST_DAY, LAST_DAY = 3, 20

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="refund_window")
    first_day = models.PositiveSmallIntegerField(
        _("Earliest, in business days"),
        default=FIRST_DAY,
        validators=[MinValueValidator(0), MaxValueValidator(90)],
    )
    last_day = models.PositiveSmallIntegerField(
        _("Latest, in business days"),
        default=LAST_DAY,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="window_has_an_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day}–{self.last_day}"


class StoredFigures(models.Model):
    """What was counted of an incident with many closures, for the next visits to its page.

    `event` is the team's newest audit event of that moment: after whatever a person does it is counted anew.
    """

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="stored_figures")
    event = models.BigIntegerField()
    counted_at = models.DateTimeField()
    figures = models.JSONField()

    def __str__(self) -> str:
        return str(self.incident)


class Digest(models.Model):
    """The morning summary of one person in one team on one day: one row, so one mail.

    `sending` until the mail server answered. With `submitting_at` nobody knows whether it left: it is not sent again.
    """

    class State(models.TextChoices):
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DEFERRED = "deferred", _("Tried, waiting to try again")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="digests")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    attempt = models.PositiveSmallIntegerField(default=1)
    claimed_until = models.DateTimeField()
    submitting_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "day"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.membership} · {self.day}"
