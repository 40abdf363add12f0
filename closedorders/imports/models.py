from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.database.jobs import Job
from closedorders.core.text.masks import mask_addresses
from closedorders.orders.models import BuyerAccount, Store

from . import states
from .querysets import ImportQuerySet


class ImportProfile(models.Model):
    """Which column of a store's own kind of file is what: named by a person once, used by itself from then on.

    `header_key` and the columns of `mapping` (field -> column) are as `formats.custom` makes them; `answers` are those
    that were given for a file of this kind and hold for the next one too (`runs.claims.PROFILE_ANSWERS`).
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="import_profiles", db_index=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    header_key = models.CharField(max_length=64)
    header = models.JSONField(default=list)
    kind = models.CharField(max_length=20)
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "header_key"], name="one_profile_per_header")]

    def __str__(self) -> str:
        return self.name or self.header_key[:8]


class Import(Job):
    """One uploaded file on its way: looked at by a worker, previewed by a person, then saved by a worker.

    A job of workers (`core.database.jobs`): when the lease of a killed worker is over, the sweep hands the import to
    another. While saving, `progress_done` counts the orders whose batches are committed: the next worker goes on after
    them. `states` has what moves it from one state to another.
    """

    class State(models.TextChoices):
        UPLOADED = states.UPLOADED, _("Waiting to be read")
        READING = states.READING, _("Being read")
        PREVIEWED = states.PREVIEWED, _("Ready to save")
        COMMITTING = states.COMMITTING, _("Being saved")
        COMMITTED = states.COMMITTED, _("Saved")
        UNMAPPED = states.UNMAPPED, _("Columns to be named")
        REFUSED = states.REFUSED, _("Refused")
        CANCELLED = states.CANCELLED, _("Cancelled")
        UNDOING = states.UNDOING, _("Being taken back")
        UNDONE = states.UNDONE, _("Taken back")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="imports")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="imports")
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="imports"
    )
    uploaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=200)
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    format = models.CharField(max_length=40, blank=True)
    # The file's header as it stands there, and the profile its columns were read by, if any.
    header = models.JSONField(default=list, blank=True)
    profile = models.ForeignKey(
        ImportProfile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Answers for this file: date_order, decimal_sign, default_currency, time_zone, encoding, delimiter, sheet as a
    # person gave them; mapping (kind, fields, by_itself where a profile gave it); override_fields, the fields for which
    # the file's value replaces a typed one, of those seen at overrides_seen_at; overrides_skipped, how many were typed
    # since and stayed.
    answers = models.JSONField(default=dict, blank=True)
    # What was assumed (encoding, delimiter, …) and what must be asked, as codes; the page words them.
    assumptions = models.JSONField(default=dict, blank=True)
    questions = models.JSONField(default=list, blank=True)
    refusal = models.JSONField(default=dict, blank=True)
    # What the preview shows: the first orders of each kind, what was typed by hand and the file says otherwise
    # (kept_by_user, kept_by_user_counts, kept_by_user_digest), AliExpress numbers that belong to another order
    # (linked_to_another_order, linked_to_another_order_count), how many rows the database refused (refused_rows), how
    # many AliExpress numbers a spreadsheet seems to have rounded (rounded_numbers), how many orders' names lost
    # letters and the line of the first (lost_letters), how many have an address of another name (other_names) or would
    # lose a refund or shipment (undoing) and the first of each, and the file's own first rows. Addresses are whole
    # here: pages mask them by role. Of a file that is gone only the counts are left, preview_deleted, and rows_deleted
    # once its bad rows are gone, too.
    samples = models.JSONField(default=dict, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_accepted = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    rows_duplicate = models.PositiveIntegerField(default=0)
    # All issues found; rows of `ImportIssue` stop at a cap.
    issues_found = models.PositiveIntegerField(default=0)
    orders_new = models.PositiveIntegerField(default=0)
    orders_changed = models.PositiveIntegerField(default=0)
    orders_unchanged = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # Who had it saved, which may be another person than who uploaded it.
    saved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    # How far taking it back has come: the state it was in before ("" where nobody asked for it), the key of the last
    # `ImportChange` that was changed back (newest first), and how many orders were removed, changes undone, and orders
    # or values left because a person worked on them meanwhile.
    undo_was = models.CharField(max_length=10, blank=True)
    undo_from = models.BigIntegerField(null=True)
    undo_orders = models.PositiveIntegerField(default=0)
    undo_changed = models.PositiveIntegerField(default=0)
    undo_left = models.PositiveIntegerField(default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="import_newest")]

    def __str__(self) -> str:
        # Masked when it was uploaded, by the spellings that were known then.
        return mask_addresses(self.file_name)

    def get_absolute_url(self) -> str:
        return reverse("imports:import", args=[self.team.slug, self.pk])

    @property
    def refund_column(self) -> str:
        """The title of the column that a person, or the store's profile, said has the amounts of refunds."""
        fields: dict[str, str] = self.answers.get("mapping", {}).get("fields", {})
        return fields.get("refunded", "")

    @property
    def responsible(self) -> Membership:
        """Who had its rows written: whoever pressed Save, which need not be who uploaded the file."""
        return self.saved_by or self.uploaded_by


class ImportIssue(models.Model):
    """A bad row: where it stands in the file, what was there, and why it was not taken (`code` and its `params`)."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="issues")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    # The whole row, for the file of rows to mend; empty where broken quotes hide the cells.
    cells = models.JSONField(default=list, blank=True)
    # [line, cells] of the good rows of the same order, with the first of its bad rows.
    order_rows = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "line"], name="issue_by_line")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class ImportChange(models.Model):
    """What an import made of a row that was there before: enough to take it back while nobody changed it since."""

    class Thing(models.TextChoices):
        STORE_ORDER = "store_order", _("Store order")
        SUPPLIER_ORDER = "supplier_order", _("AliExpress order")
        CUSTOMER = "customer", _("Customer")
        # Only of those that are new with the import: orders and customers have `came_with` or their date for that.
        SUPPLIER = "supplier", _("AliExpress seller")

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes", db_index=False)
    thing = models.CharField(max_length=14, choices=Thing.choices)
    thing_id = models.BigIntegerField()
    line = models.PositiveIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["source", "id"], name="import_change_by_import"),
            models.Index(fields=["thing", "thing_id"], name="import_change_by_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.thing} {self.thing_id}"
