from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.database.jobs import Job

from .querysets import DocumentQuerySet


class Document(Job):
    """An identity paper as it may be shown: redrawn with boxes burned in, encrypted. It knows no case.

    A worker looks for what is still readable on it: that is the job, its progress counts pages. Only a document in
    which nothing was found, or which a second person confirmed, may be used (`is_usable`). Once deleted the row stays
    as a receipt: what was stored, its checksums, who deleted it, when and why.
    """

    class Kind(models.TextChoices):
        CARD_FRONT = "card_front", _("Credit card, front")
        CARD_BACK = "card_back", _("Credit card, back")
        IDENTITY = "identity", _("Passport or ID")
        DRIVING_LICENCE = "driving_licence", _("Driving licence")
        BUSINESS = "business", _("Proof of business")
        CONTACT = "contact", _("Contact details")
        STATEMENT = "statement", _("Card statement or banking screenshot")
        OTHER = "other", _("Other")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be checked")
        CHECKING = "checking", _("Being checked")
        CLEAN = "clean", _("Nothing found")
        LEAK = "leak", _("Shows too much")
        UNCHECKED = "unchecked", _("Not checked")
        CONFIRMED = "confirmed", _("Confirmed by a second person")

    class Deletion(models.TextChoices):
        BY_HAND = "by_hand", _("Deleted by hand")
        RETENTION = "retention", _("Deleted 30 days after its case was closed")
        LEFT = "left", _("Deleted because it showed too much for a day")

    UNFINISHED = (State.WAITING, State.CHECKING)
    USABLE = (State.CLEAN, State.CONFIRMED)

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: Boxes burned in: `[page, x, y, width, height, reason]`, in parts of the page as it is stored.
    boxes = models.JSONField(default=list)
    #: What was kept of pages that were cropped: `[page, x, y, width, height]`, in parts of the page before that.
    crops = models.JSONField(default=list)
    #: Degrees to the right by which the file's pages were turned.
    turn = models.PositiveSmallIntegerField(default=0)
    #: What the check found and how it was done, as `proof.checking` writes it; nothing that must be hidden.
    check_result = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Who burned in the newest boxes after it was added; None where nobody has.
    covered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: The document whose boxes it began with: an earlier picture of the same paper.
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="later"
    )
    uploaded_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deleted_why = models.CharField(max_length=10, choices=Deletion.choices, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "-id"], name="document_newest"),
            # What the sweep looks for every few seconds: nearly always nothing.
            models.Index(
                fields=["id"],
                name="document_unfinished",
                condition=models.Q(state__in=["waiting", "checking", "leak"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("documents:document", args=[self.team.slug, self.pk])

    @property
    def is_usable(self) -> bool:
        """Whether it may be shown to anybody or used in a case."""
        return self.deleted_at is None and self.state in self.USABLE


class PageImage(models.Model):
    """One page of a document, encrypted with a key of its own. Without the document's bytes both are blank."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to="vault/%Y/%m", max_length=200, blank=True)
    wrapped_key = models.TextField(blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    stored_bytes = models.PositiveIntegerField()
    #: Of the JPEG before it was encrypted.
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_image_per_page")]

    def __str__(self) -> str:
        return f"{self.document} · {self.number}"


class SelfTest(Job):
    """A test that covering and checking work here, on made pictures: one row, run again and again."""

    class State(models.TextChoices):
        NEVER = "never", _("Never run")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    UNFINISHED = (State.WAITING, State.RUNNING)
    ONLY = 1

    state = models.CharField(max_length=10, choices=State.choices, default=State.NEVER)
    #: Codes of the steps (`proof.self_test.STEPS`), each with whether it passed.
    result = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.get_state_display())
