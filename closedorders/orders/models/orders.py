from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.orderfiles.cells import SEVERAL_PARCELS

from ..order_lines import OrderLinesField
from ..querysets import (
    CLOSED_STATUS_CODES,
    STILL_DUE,
    VIEW_CONDITIONS,
    StoreOrderQuerySet,
    SupplierOrderQuerySet,
)
from .stores import BuyerAccount, Customer, Store, Supplier

#: How long AliExpress's risk control checks an order at most, counted from the buyer's payment.
RISK_REVIEW = timedelta(hours=24)


def name_of_buyer(on_order: str, of_customer: str, edited_fields: Collection[str]) -> str:
    """The name on an order, unless it has none or a person typed the customer's."""
    return of_customer if not on_order or "name" in edited_fields else on_order


class StoreOrder(models.Model):
    """What a customer bought. `number` is the store's own (`#1001`), unique in its store only.

    The last five fields are where the order stands, as `status` computes it: a word for each of its three axes, and
    what is true of any of its AliExpress orders whatever the word says. They are kept beside the order so that lists,
    tabs and counts of a million orders read one index. Nothing else may write them.
    """

    # Neither has an index of its own, for those below begin with them, nor a key that is checked for each row, for both
    # are the customer's: that key is checked, and so is the customer's to the store and the store's to the team. Each
    # index and check makes imports slower.
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="orders", db_index=False, db_constraint=False
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="store_orders", db_index=False, db_constraint=False
    )
    number = models.CharField(_("order number"), max_length=64)
    external_id = models.CharField(max_length=40, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    # As the file has it on this order: several people may buy with one address. See `shown_name`.
    buyer_name = models.CharField(max_length=200, blank=True)
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
    # In lower case; of several the one that was made for a customer.
    discount_code = models.CharField(max_length=100, blank=True, default="")
    note = models.TextField(blank=True)
    tags = models.TextField(blank=True)
    promised_by = models.DateField(_("promised by"), null=True, blank=True)
    lines = OrderLinesField()
    edited_fields = models.JSONField(default=list, blank=True)
    # The import that brought it, and the line of its file; blank for what was typed.
    came_with = models.ForeignKey(
        "imports.Import",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    came_on_line = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    supplier_state = models.CharField(max_length=20, default="not_ordered", blank=True)
    money_state = models.CharField(max_length=20, default="", blank=True)
    told_state = models.CharField(max_length=20, default="", blank=True)
    lacks_reason = models.BooleanField(default=False)
    untold = models.BooleanField(default=False)

    objects = StoreOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            # Search finds numbers from their beginning on, which other operator classes cannot do.
            models.UniqueConstraint(
                fields=["store", "number"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="one_store_order_per_number",
            )
        ]
        indexes = [
            # What `StoreOrderQuerySet.by_date` orders by.
            models.Index(
                F("team"),
                Coalesce("placed_at", "created_at").desc(),
                F("id").desc(),
                name="store_order_newest",
            ),
            # Each saved view reads one of these, newest first; a row that is in no view is in none of them.
            *(
                models.Index(
                    F("team"),
                    Coalesce("placed_at", "created_at").desc(),
                    F("id").desc(),
                    name=f"store_order_{name}",
                    condition=condition,
                )
                for name, condition in VIEW_CONDITIONS.items()
            ),
            models.Index(
                fields=["team", "promised_by", "id"], name="store_order_promised", condition=STILL_DUE
            ),
            # Which discount codes were used; most orders have none.
            models.Index(
                fields=["store", "discount_code"],
                name="store_order_discount",
                condition=~models.Q(discount_code=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.team.slug, self.pk])

    @property
    def shown_name(self) -> str:
        """Who bought, as a person typed it, else as this order has it."""
        customer = self.customer
        return name_of_buyer(self.buyer_name, customer.name, customer.edited_fields)

    def is_younger_than(self, day: date) -> bool:
        """Whether it was placed after this day, as the team's calendar has it; never where the file did not say."""
        placed_at = self.placed_at
        return placed_at is not None and timezone.localdate(placed_at, self.team.zone) > day


class SupplierOrder(models.Model):
    """What was bought at AliExpress for a store order.

    May be known before its store order, when an assistant pastes a number: it waits unmatched (`store_order` empty)
    until an import joins them. `number` is text: sixteen digits do not survive a spreadsheet as a number.
    """

    class PaidWith(models.TextChoices):
        """What a person may say of `payment_method`, the routes of the playbooks; files say it in their own words."""

        CARD = "card", _("Card")
        PAYPAL = "paypal", "PayPal"
        POCKET = "pocket", "AliExpress Pocket"
        ALIPAY = "alipay", "Alipay"
        OTHER = "other", _("AliExpress's “other payment methods”")

    # No index of its own: four others begin with the team.
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="supplier_orders", db_index=False)
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
    paid_at = models.DateTimeField(null=True)
    status = models.CharField(_("status as AliExpress words it"), max_length=100, blank=True)
    # The same for our own eyes: a key of `formats.SUPPLIER_STATUSES`, blank for a wording that is new to us.
    status_code = models.CharField(max_length=20, blank=True)
    # Whether a closure of it was ever logged, which only `closures.actions.log_closures` does: so that what AliExpress
    # closed and nobody logged is found without looking through all that was.
    closure_logged = models.BooleanField(default=False)
    title = models.CharField(max_length=500, blank=True)
    # Of an order that travels in several parcels all of them, with `SEVERAL_PARCELS` between.
    tracking_number = models.CharField(_("tracking number"), max_length=200, blank=True)
    shipping_method = models.CharField(max_length=100, blank=True)
    edited_fields = models.JSONField(default=list, blank=True)
    # The import that brought it, and the line of its file; blank for what was typed.
    came_with = models.ForeignKey(
        "imports.Import",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    came_on_line = models.PositiveIntegerField(null=True, blank=True)
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
                fields=["team", "number"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="supplier_order_number_begins",
            ),
            models.Index(
                fields=["team", "tracking_number"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="supplier_order_tracking",
                condition=~models.Q(tracking_number=""),
            ),
            # The few of which that one knows the first parcel only.
            models.Index(
                fields=["team"],
                name="supplier_order_parcels",
                condition=models.Q(tracking_number__contains=SEVERAL_PARCELS),
            ),
            models.Index(
                fields=["team", "-id"],
                name="supplier_order_unlogged",
                condition=models.Q(status_code__in=CLOSED_STATUS_CODES, closure_logged=False),
            ),
            models.Index(
                fields=["team", "paid_at"],
                name="supplier_order_in_review",
                condition=models.Q(status_code="verifying_payment", paid_at__isnull=False),
            ),
            models.Index(
                fields=["team", "-id"],
                name="supplier_order_verifying",
                condition=models.Q(status_code="verifying_payment"),
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
    def paid_with(self) -> str:
        """How it was paid, in the reader's words, or in those of a file."""
        return str(dict(self.PaidWith.choices).get(self.payment_method, self.payment_method))

    @property
    def review_ends_at(self) -> datetime | None:
        """When AliExpress's risk review of the payment should be over; None without a review or a known payment."""
        if self.status_code != "verifying_payment" or self.paid_at is None:
            return None
        return self.paid_at + RISK_REVIEW

    @property
    def review_is_over(self) -> bool:
        """Whether the time of the risk review has passed and no import has shown its end."""
        return self.review_ends_at is not None and self.review_ends_at < timezone.now()

    @property
    def is_stub(self) -> bool:
        """Known by its number alone."""
        return self.store_order_id is None and self.cost is None and self.placed_at is None


class OrderComment(models.Model):
    """What a person wrote about a store order, for the team alone."""

    order = models.ForeignKey(StoreOrder, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("comment"))
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text[:80]


class OrderFile(models.Model):
    """A file kept with a store order: a screenshot, a supplier's answer. Identity papers belong to a case.

    `for_assistants` is false for what may show a customer's address.
    """

    order = models.ForeignKey(StoreOrder, on_delete=models.CASCADE, related_name="files")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="order-files/%Y/%m/", max_length=200)
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


class BulkEdit(models.Model):
    """One thing done to many orders at once, for as long as it can be taken back. `verb` is one of `bulk.VERBS`, or of
    a later app that changes many rows from a list of its own.

    `params` has what was set (`wanted`), the form's own key (`key`), the list it came from (`query`) and how many
    orders each code left out (`why`); once undone, also what was put back (`restored`, `left`). `exceptions` names the
    orders it was not done to, each with a code of `bulk.EXCEPTIONS`; `excepted` counts them.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="bulk_edits")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    matched = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    excepted = models.PositiveIntegerField(default=0)
    exceptions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="bulk_edit_newest")]

    def __str__(self) -> str:
        return self.verb


class BulkEditRow(models.Model):
    """One row that a bulk edit changed, and what it was before."""

    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="rows", db_index=False)
    thing_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "thing_id"], name="one_row_per_bulk_edit")]

    def __str__(self) -> str:
        return str(self.thing_id)
