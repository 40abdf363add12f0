from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team

from .querysets import DocumentQuerySet


class Document(models.Model):
    """An identity paper as it may be shown: redrawn with boxes burned in, encrypted. It knows no case.

    Once deleted the row stays as a receipt: what was stored, its checksums, who deleted it, when and why.
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

    class Deletion(models.TextChoices):
        BY_HAND = "by_hand", _("Deleted by hand")
        RETENTION = "retention", _("Deleted 30 days after its case was closed")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    #: Boxes burned in: `[page, x, y, width, height, reason]`, in parts of the page.
    boxes = models.JSONField(default=list)
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
        indexes = [models.Index(fields=["team", "-id"], name="document_newest")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("documents:document", args=[self.team.slug, self.pk])


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
