from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Incident
from closedorders.documents.models import Document
from closedorders.orders.models import BuyerAccount

from .querysets import CaseQuerySet, ContactQuerySet, TransitionQuerySet


class Case(models.Model):
    """The verification that AliExpress asks of a buyer account after an incident, in rounds."""

    class State(models.TextChoices):
        COLLECTING = "collecting", _("Collecting documents")
        IN_REVIEW = "in_review", _("With the reviewer")
        READY = "ready", _("Ready to submit")
        SUBMITTED = "submitted", _("Waiting on AliExpress")
        REJECTED = "rejected", _("Rejected by AliExpress")
        UNBLOCKED = "unblocked", _("Unblocked")
        CLOSED = "closed", _("Closed")

    class Verification(models.TextChoices):
        """What AliExpress verifies. A blank value: nobody has said so yet."""

        CARD = "card", _("The card")
        ACCOUNT = "account", _("The account")
        COMPANY_CARD = "company_card", _("A company's card")
        UNSURE = "unsure", _("Not sure yet")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="cases")
    # The newest one counts; an earlier one is over its block.
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="cases")
    buyer_account = models.ForeignKey(BuyerAccount, on_delete=models.PROTECT, related_name="cases")
    reviewer = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.COLLECTING)
    verification = models.CharField(max_length=12, choices=Verification.choices, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # The incident's first closure: since then the clock runs.
    clock_from = models.DateTimeField(null=True, blank=True)
    answer_due = models.DateField(_("answer due"), null=True, blank=True)
    # Every document that a slot ever had, also where another one or a tick by hand took its place.
    documents_used = models.ManyToManyField(Document, related_name="+", blank=True)
    # Of the chat that is going on now and not logged yet.
    chat_started_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=~models.Q(state__in=["unblocked", "closed"]),
                name="one_unfinished_case_per_incident",
            )
        ]

    def __str__(self) -> str:
        return _("Case of incident %(number)s") % {"number": self.incident.number}

    def get_absolute_url(self) -> str:
        return reverse("cases:case", args=[self.team.slug, self.pk])

    @property
    def answer_is_late(self) -> bool:
        """Whether the day by which AliExpress wants an answer is over, in the team's time zone."""
        return self.answer_due is not None and self.answer_due < timezone.localdate(timezone=self.team.zone)


class Transition(models.Model):
    """One change of a case's state: the history that the clock is read from. The first row has a blank `before`.

    One that was a mistake stays, marked as taken back; what it changed is undone, and the clock leaves it out.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="transitions")
    before = models.CharField(max_length=10, choices=Case.State.choices, blank=True)
    after = models.CharField(max_length=10, choices=Case.State.choices)
    round = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    # The account's state before, where the move changed it: what taking the move back restores.
    account_before = models.CharField(max_length=12, choices=BuyerAccount.State.choices, blank=True)
    # What a new round changed, as it was before: "answer_due"; "slots" by key: None of new ones, else
    # [state, round] before, and [document, changed_at] as the new round left them.
    round_before = models.JSONField(default=dict, blank=True)
    # The logged contact in which AliExpress said so.
    contact = models.ForeignKey(
        "Contact", on_delete=models.SET_NULL, null=True, blank=True, related_name="transitions"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_back_why = models.CharField(max_length=300, blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Notice(models.Model):
    """A mail that is to be sent to somebody of the team, who acts next after a move. It goes once it is sent."""

    transition = models.ForeignKey(Transition, on_delete=models.CASCADE, related_name="notices")
    reader = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)
    # Not tried before; of the worker that has it, the end of its lease.
    not_before = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transition", "reader"], name="one_notice_per_reader_and_move")
        ]

    def __str__(self) -> str:
        return f"{self.transition} · {self.reader}"


class Slot(models.Model):
    """One thing AliExpress asks for: a document of the vault, or the tick of a person who keeps it elsewhere."""

    class State(models.TextChoices):
        MISSING = "missing", _("Missing")
        READY = "ready", _("Ready")
        APPROVED = "approved", _("Approved")
        ASKED_AGAIN = "asked_again", _("Asked again")
        NOT_NEEDED = "not_needed", _("Not asked for")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="slots")
    kind = models.CharField(max_length=20, choices=Document.Kind.choices)
    label = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MISSING)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="slots"
    )
    # The last round in which AliExpress asked for it.
    asked_in_round = models.PositiveSmallIntegerField(default=1)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=~models.Q(kind="other"), name="one_slot_per_kind"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.get_kind_display()


class Decision(models.Model):
    """The reviewer's verdict on a slot in a round, and why. Never deleted."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("Approved")
        ASKED_AGAIN = "asked_again", _("Ask again")

    class Reason(models.TextChoices):
        NOT_READABLE = "not_readable", _("Blurred")
        CUT_OFF = "cut_off", _("Cut off")
        NUMBERS_VISIBLE = "numbers_visible", _("A number can be read that must be covered")
        EXPIRED = "expired", _("Expired")
        WRONG_NAME = "wrong_name", _("Wrong person")
        WRONG_DOCUMENT = "wrong_document", _("Wrong document")
        OTHER = "other", _("Other")

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    note = models.TextField(blank=True)
    #: Whether the merchant decided because the team had no reviewer.
    alone = models.BooleanField(default=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.slot}: {self.get_verdict_display()}"


class Review(models.Model):
    """One look at a slot's document: from its start to the decision, or to whatever ended it without one."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="reviews")
    #: Blank where the document is not in the vault.
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    decision = models.OneToOneField(
        Decision, on_delete=models.CASCADE, null=True, blank=True, related_name="review"
    )
    #: How often the reviewer typed something else than the owner.
    mismatches = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "by"], condition=models.Q(ended_at=None), name="one_open_review_per_person"
            )
        ]

    def __str__(self) -> str:
        return str(self.slot)


class DocumentEntry(models.Model):
    """What the owner typed from a document, as a keyed hash: enough to tell whether somebody else reads the same."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="entry")
    #: A code of `review.entries.Asks`.
    asks = models.CharField(max_length=10)
    digest = models.CharField(max_length=200)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.document)


class Pack(models.Model):
    """The receipt of a submission pack: what was in it, who made it and when. The pack itself is stored nowhere."""

    class Format(models.TextChoices):
        ZIP = "zip", "ZIP"
        PDF = "pdf", "PDF"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="packs")
    round = models.PositiveSmallIntegerField()
    format = models.CharField(max_length=3, choices=Format.choices)
    #: In their order: `{slot, document, name, pages}` with the document's key and the SHA-256 of each page's JPEG.
    contents = models.JSONField()
    #: Of the whole file.
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    #: Whether nobody but the merchant looked at some of it.
    alone = models.BooleanField(default=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return _("%(format)s, round %(round)s") % {"format": self.get_format_display(), "round": self.round}


class Contact(models.Model):
    """One contact with AliExpress: who, about what, what they promised, when to ask again."""

    class Channel(models.TextChoices):
        CHAT = "chat", _("Live chat")
        EMAIL = "email", _("E-mail")
        OTHER = "other", _("Other")

    class Purpose(models.TextChoices):
        ASK = "ask", _("Asked about the block")
        SUBMIT = "submit", _("Sent documents")
        INSIST = "insist", pgettext_lazy("AliExpress", "Asked again")
        THANKS = "thanks", _("Said thank you")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.CHAT)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.ASK)
    agent = models.CharField(_("agent's name"), max_length=100, blank=True)
    summary = models.TextField(_("what was said"))
    promise = models.CharField(_("what they promised"), max_length=300, blank=True)
    follow_up_at = models.DateTimeField(_("follow up on"), null=True, blank=True)
    followed_up_at = models.DateTimeField(null=True, blank=True)
    # When the chat began; `at` is when it was logged.
    started_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.get_purpose_display()}"

    @property
    def duration(self) -> timedelta | None:
        """How long the chat took, where its start is known."""
        return self.at - self.started_at if self.started_at else None


class Cleanup(models.Model):
    """A place where originals of identity papers linger, and when a person confirmed they are deleted there."""

    class Place(models.TextChoices):
        PHONE = "phone", _("Phone gallery")
        BIN = "bin", _("Phone bin")
        MAILBOX = "mailbox", _("Mailbox")
        SENT = "sent", _("Sent mail")
        CLOUD = "cloud", _("Cloud backup")
        CHAT = "chat", _("Chat")
        DOWNLOADS = "downloads", _("Downloads of the computer")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="cleanups")
    place = models.CharField(max_length=10, choices=Place.choices)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "place"], name="one_cleanup_per_place")]

    def __str__(self) -> str:
        return self.get_place_display()
