from __future__ import annotations

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.masks import mask_addresses
from closedorders.core.money import CurrencyField, MoneyField

from .querysets import (
    CLOSED_STATUS_CODES,
    BuyerAccountQuerySet,
    CustomerQuerySet,
    ImportQuerySet,
    StoreOrderQuerySet,
    StoreQuerySet,
    SupplierOrderQuerySet,
)


class Platform(models.TextChoices):
    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"
    OTHER = "other", _("Other")


class Store(models.Model):
    """A shop the merchant sells in, and who its mails come from."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="stores")
    name = models.CharField(_("name"), max_length=100)
    platform = models.CharField(
        _("platform"), max_length=12, choices=Platform.choices, default=Platform.SHOPIFY
    )
    currency = CurrencyField(_("currency"), help_text=_("Used where an order file names none, e.g. EUR."))
    language = models.CharField(
        _("customers' language"),
        max_length=5,
        default="en",
        help_text=_("For customers whose own is not known."),
    )
    sender_name = models.CharField(_("sender name"), max_length=100, blank=True)
    sender_email = models.EmailField(_("sender e-mail"), blank=True)
    reply_to = models.EmailField(_("replies go to"), blank=True, help_text=_("Blank: the sender e-mail."))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("name"), "team", name="one_store_per_name")]

    def __str__(self) -> str:
        return self.name


class BuyerAccount(models.Model):
    """An AliExpress account that places the team's orders. AliExpress blocks and unblocks accounts, not orders."""

    class State(models.TextChoices):
        OK = "ok", _("Working")
        UNDER_REVIEW = "under_review", _("Under review")
        BLOCKED = "blocked", _("Blocked")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="buyer_accounts")
    label = models.CharField(
        _("label"), max_length=60, help_text=_("A name of your own; never the password.")
    )
    tier = models.CharField(_("tier"), max_length=30, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OK)
    card_country = models.CharField(_("country of the card"), max_length=2, blank=True)
    ordering_place = models.CharField(_("usual place of ordering"), max_length=100, blank=True)
    alipay_verified_on = models.DateField(_("Alipay verified on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BuyerAccountQuerySet.as_manager()

    class Meta:
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(Lower("label"), "team", name="one_buyer_account_per_label")]

    def __str__(self) -> str:
        return self.label


class Supplier(models.Model):
    """A seller on AliExpress."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="suppliers")
    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_supplier_per_name")]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """Who bought in one store.

    `key` tells customers of a store apart: `email:<address>`, else `phone:<digits>`, else `order:<number>` (files
    have no customer number of their own). `edited_fields` names what a person typed: imports leave those alone.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers")
    key = models.CharField(max_length=320)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    edited_fields = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="one_customer_per_key")]
        indexes = [models.Index(fields=["email"], name="customer_by_email")]

    def __str__(self) -> str:
        # Files have addresses as names too; whoever may read them whole uses `name`.
        return mask_addresses(self.name) or _("Customer %(pk)s") % {"pk": self.pk}


class StoreOrder(models.Model):
    """What a customer bought. `number` is the store's own (`#1001`), unique in its store only."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="orders")
    # The team of the store, repeated so that lists of a team read one index.
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="store_orders")
    number = models.CharField(_("order number"), max_length=64)
    external_id = models.CharField(max_length=40, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    currency = CurrencyField()
    subtotal = MoneyField(null=True)
    shipping = MoneyField(null=True)
    total = MoneyField(null=True)
    refunded = MoneyField(null=True)
    placed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    financial_status = models.CharField(max_length=30, blank=True)
    fulfillment_status = models.CharField(max_length=30, blank=True)
    payment_method = models.CharField(max_length=100, blank=True)
    ship_country = models.CharField(max_length=2, blank=True)
    note = models.TextField(blank=True)
    tags = models.TextField(blank=True)
    promised_by = models.DateField(_("promised by"), null=True, blank=True)
    edited_fields = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreOrderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="one_store_order_per_number")]
        indexes = [
            # What `StoreOrderQuerySet.by_date` orders by.
            models.Index(
                F("team"),
                Coalesce("placed_at", "created_at").desc(),
                F("id").desc(),
                name="store_order_newest",
            ),
            models.Index(fields=["team", "number"], name="store_order_by_number"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.team.slug, self.pk])


class OrderLine(models.Model):
    """One product of a store order, in the order of the file."""

    order = models.ForeignKey(StoreOrder, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=500)
    sku = models.CharField(max_length=200, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    price = MoneyField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position")]

    def __str__(self) -> str:
        return self.name


class SupplierOrder(models.Model):
    """What was bought at AliExpress for a store order.

    May be known before its store order, when an assistant pastes a number: it waits unmatched (`store_order` empty)
    until an import joins them. `number` is text: sixteen digits do not survive a spreadsheet as a number.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="supplier_orders")
    number = models.CharField(_("AliExpress order number"), max_length=20)
    store_order = models.ForeignKey(
        StoreOrder, on_delete=models.SET_NULL, null=True, blank=True, related_name="supplier_orders"
    )
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="supplier_orders"
    )
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    currency = CurrencyField()
    cost = MoneyField(null=True)
    payment_method = models.CharField(_("payment method"), max_length=30, blank=True)
    placed_at = models.DateTimeField(null=True)
    status = models.CharField(_("status as AliExpress words it"), max_length=100, blank=True)
    # The same for our own eyes: a key of `formats.SUPPLIER_STATUSES`, blank for a wording that is new to us.
    status_code = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=500, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    shipping_method = models.CharField(max_length=100, blank=True)
    edited_fields = models.JSONField(default=list, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replacements"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SupplierOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="one_supplier_order_per_number")
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="supplier_order_newest"),
            models.Index(fields=["team", "placed_at"], name="supplier_order_by_day"),
            models.Index(
                fields=["team", "-id"],
                name="supplier_order_looks_closed",
                condition=models.Q(status_code__in=CLOSED_STATUS_CODES),
            ),
            models.Index(
                fields=["team", "-id"],
                name="supplier_order_unmatched",
                condition=models.Q(store_order=None),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:supplier_order", args=[self.team.slug, self.pk])

    @property
    def is_stub(self) -> bool:
        """Known by its number alone."""
        return self.store_order_id is None and self.cost is None and self.placed_at is None


class Import(models.Model):
    """One uploaded file on its way: looked at by a worker, previewed by a person, then saved by a worker.

    `claimed_until` is the lease of the worker that has it, and its fence: a worker writes only while the value is the
    one it set. When it runs out (a killed worker) the sweep hands the import to another. While saving,
    `progress_done` counts the orders whose batches are committed: the next worker goes on after them.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting to be read")
        READING = "reading", _("Being read")
        PREVIEWED = "previewed", _("Ready to save")
        COMMITTING = "committing", _("Being saved")
        COMMITTED = "committed", _("Saved")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Cancelled")

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
    # Answers a person gave for this file: date order, default currency.
    answers = models.JSONField(default=dict, blank=True)
    # What was assumed (encoding, delimiter, …) and what must be asked, as codes; the page words them.
    assumptions = models.JSONField(default=dict, blank=True)
    questions = models.JSONField(default=list, blank=True)
    refusal = models.JSONField(default=dict, blank=True)
    # The first rows of each kind, as shown in the preview.
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
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="import_newest")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("orders:import", args=[self.team.slug, self.pk])


class ImportIssue(models.Model):
    """A bad row: where it stands in the file, what was there, and why it was not taken (`code` and its `params`)."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="issues")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "line"], name="issue_by_line")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"
