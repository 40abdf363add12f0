from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Set
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Concat, Replace

from closedorders.accounts.models import Team
from closedorders.accounts.team_cache import team_cached
from closedorders.core.text.address_spellings import MAY_CONTAIN_ADDRESS
from closedorders.core.text.folding import folded
from closedorders.orderfiles.cells import SEVERAL_PARCELS

from .extensions import extensions

if TYPE_CHECKING:
    from .models import BuyerAccount, Customer, Store, StoreOrder, SupplierOrder

#: Codes of `formats.SUPPLIER_STATUSES` after which AliExpress sends nothing any more.
CLOSED_STATUS_CODES = ("cancelled", "closed", "expired")

#: Orders or customers that a search reads by key; of more it looks through the list.
CANDIDATES = 2_000
#: Order numbers that tell how a team's shops write them, how many ways of one shop are tried, and of all of them.
NUMBERS_LOOKED_AT, BEGINNINGS_OF_A_SHOP, MOST_BEGINNINGS = 300, 6, 40
#: Shops of which few of these orders are: so many are asked for some numbers of their own, `NUMBERS_OF_A_SHOP` each.
QUIET_SHOPS, NUMBERS_OF_A_SHOP = 10, 20

#: Saved views of the orders list that read the stored standing of an order -> what its rows have in common.
VIEW_CONDITIONS = {
    "no_reason": Q(lacks_reason=True),
    "not_told": Q(untold=True),
    "replaced": Q(supplier_state="replaced"),
    "closed": Q(supplier_state="closed_open"),
}
#: Words of the supplier axis after which a promised day no longer counts.
DONE_STATES = ["shipped", "completed", "refunded", "written_off"]
#: What the shop says of an order that it gave up without a date for it.
GIVEN_UP = ["cancelled", "canceled", "failed"]
#: Promised and not shipped, received, cancelled, given back or made good: late from the day after the promise.
STILL_DUE = (
    Q(promised_by__isnull=False, cancelled_at=None)
    & ~Q(supplier_state__in=DONE_STATES)
    & ~Q(money_state="refunded")
    & ~Q(financial_status__in=[way(word) for word in GIVEN_UP for way in (str, str.capitalize, str.upper)])
)

#: What an order costs; less than nothing where the file did not say.
_TOTAL = Coalesce("total", Value(Decimal(-1)))


#: Customers of whom a person typed another e-mail than the one in their key.
EMAIL_NOT_IN_KEY = ~Q(email="") & ~Q(key=Concat(Value("email:"), "email"))


class StoreQuerySet(models.QuerySet["Store"]):
    def for_team(self, team: Team) -> StoreQuerySet:
        return self.filter(team=team)


class BuyerAccountQuerySet(models.QuerySet["BuyerAccount"]):
    def for_team(self, team: Team) -> BuyerAccountQuerySet:
        return self.filter(team=team)


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_team(self, team: Team) -> CustomerQuerySet:
        return self.filter(store__team=team)

    def with_email(self, words: str, *, whole: bool) -> tuple[CustomerQuerySet, CustomerQuerySet]:
        """Those whose e-mail is this, or, for who sees it `whole`, begins so: in two ways, an index answers each.

        The first is that of the few customers of whom a person typed the address.
        """
        email, how = words.lower(), "startswith" if whole else "exact"
        keyed = self.filter(**{f"key__{how}": f"email:{email}"})
        typed = self.filter(EMAIL_NOT_IN_KEY, **{f"email__{how}": email})
        # A key stays when a person types another address: that one alone is theirs.
        return typed, keyed.filter(**{f"email__{how}": email})

    def with_emails(self, addresses: Collection[str]) -> tuple[CustomerQuerySet, CustomerQuerySet]:
        """Those whose e-mail is one of these folded addresses, in the two ways of `with_email`."""
        keyed = self.filter(key__in=[f"email:{address}" for address in addresses])
        return self.filter(EMAIL_NOT_IN_KEY, email__in=addresses), keyed.filter(email__in=addresses)


class StoreOrderQuerySet(models.QuerySet["StoreOrder"]):
    def for_team(self, team: Team) -> StoreOrderQuerySet:
        return self.filter(team=team)

    def by_date(self) -> StoreOrderQuerySet:
        """Adds `listed_at`: when the order was placed, or came here where the file did not say."""
        return self.annotate(listed_at=Coalesce("placed_at", "created_at"))

    def by_total(self) -> StoreOrderQuerySet:
        """Adds `listed_total`, below 0 where the file did not say."""
        return self.annotate(listed_total=_TOTAL)

    def placed_between(self, first: datetime | None, end: datetime | None) -> StoreOrderQuerySet:
        """By the same moment as `by_date`; `end` itself is no longer in."""
        dated = self.annotate(listed_at=Coalesce("placed_at", "created_at"))
        if first is not None:
            dated = dated.filter(listed_at__gte=first)
        if end is not None:
            dated = dated.filter(listed_at__lt=end)
        return dated

    def in_order(self, sort: str) -> StoreOrderQuerySet:
        """Sorted as the list is: a key of `order_listing.SORTS`."""
        if sort == "promised":
            return self.order_by("promised_by", "pk")
        if sort == "total":
            return self.by_total().order_by(_TOTAL.desc(), "-pk")
        dated = self.annotate(listed_at=Coalesce("placed_at", "created_at"))
        return dated.order_by("listed_at", "pk") if sort == "oldest" else dated.order_by("-listed_at", "-pk")

    def in_view(self, view: str, *, today: date) -> StoreOrderQuerySet:
        """Orders of a saved view: a key of `VIEW_CONDITIONS`, or "late" (promised by a day before `today`).

        The conditions are those of the partial indexes, word for word: PostgreSQL then reads nothing else.
        """
        if view == "late":
            return self.filter(STILL_DUE, promised_by__lt=today)
        return self.filter(VIEW_CONDITIONS[view])

    def tagged(self, tag: str) -> StoreOrderQuerySet:
        """Orders that have this tag, whatever its case and accents. Shops write commas between an order's tags."""
        tags: Any = "tags"
        # Of blanks in a row one at a time goes: more than three around a comma nobody types.
        for around_comma in (", ", " ,") * 3:
            tags = Replace(tags, Value(around_comma), Value(","), output_field=models.CharField())
        listed = Concat(Value(","), tags, Value(","))
        return self.exclude(tags="").alias(tag_list=listed).filter(tag_list__folded__contains=f",{tag},")

    def bought_by(self, buyer_account: int) -> StoreOrderQuerySet:
        """Orders with an AliExpress order of this buyer account."""
        theirs = _supplier_orders().filter(buyer_account=buyer_account, store_order=OuterRef("pk"))
        return self.filter(Exists(theirs))

    def matching(self, words: str, *, team: Team, whole: bool) -> StoreOrderQuerySet:
        """Orders of `team` by order, AliExpress or tracking number, by the customer's name or e-mail.

        Numbers are found from their beginning on, with or without the sign or the letters that the shop's begin with;
        names by any part of three letters or more, or a whole word of fewer, in any order of the words, whatever their
        case and accents. An e-mail is found whole, and by its beginning only for who sees it `whole`: whoever sees it
        masked must not guess it letter by letter. Nor by an address that a file has as the name.

        Words with a digit are a number first, and others a person: where there is one, nothing else is looked for.

        Each way is a query that an index answers; the orders found are then read by key. One condition over all tables
        would read them all. Where a way finds very many, the sorted list is looked through: its page is soon full.
        """
        words = " ".join(words.split())
        if not words:
            return self
        if "@" in words:
            people = _customers(team)
            called = (people.filter(name__folded=words), *people.with_email(words, whole=whole))
            theirs = _found(*(each.values_list("pk", flat=True) for each in called))
            if theirs is not None:
                return self.filter(customer__in=theirs)
            return self.filter(_any(Q(customer__in=each.values("pk")) for each in called))
        ways = [self._numbered, _of_people]
        for way in ways if any(map(str.isdigit, words)) else reversed(ways):
            if (found := way(words, team, whole=whole)) is not None:
                return self.filter(found)
        return self.none()

    def _numbered(self, words: str, team: Team, *, whole: bool) -> Q | None:
        """By the order's own number, or by that or the tracking number of one of its AliExpress orders.

        None where there is none of such a number.
        """
        ways: list[models.QuerySet[Any, Any]] = []
        condition = Q()
        # A name has no digits; a number of letters alone has no blanks. All of them begin with nothing at all.
        if words != "#" and (" " not in words or any(letter.isdigit() for letter in words)):
            condition = _any_of("number", _written(words, team))
            ways.append(self.filter(condition, store__in=_stores(team)).values_list("pk", flat=True))
        bought = _supplier_orders().for_team(team).named(words, whole=whole).exclude(store_order=None)
        found = _found(*ways, bought.values_list("store_order", flat=True))
        if found is not None:
            return Q(pk__in=found) if found else None
        return condition | Q(Exists(bought.filter(store_order=OuterRef("pk"))))


class SupplierOrderQuerySet(models.QuerySet["SupplierOrder"]):
    def for_team(self, team: Team) -> SupplierOrderQuerySet:
        return self.filter(team=team)

    def known_numbers(self, team_id: int, numbers: Set[str]) -> Set[str]:
        """Those of the numbers that are of an AliExpress order or a parcel of the team."""
        team = self.filter(team=team_id)
        orders = team.filter(number__in=numbers).values_list("number", flat=True)
        return {*orders, *team.filter(tracking_number__in=numbers).values_list("tracking_number", flat=True)}

    def with_their_own(self) -> SupplierOrderQuerySet:
        """With all that a list of them shows: account, supplier, and of the store order its number."""
        related = self.select_related("buyer_account", "supplier", "store_order")
        return related.defer("store_order__lines", "store_order__note")

    def unmatched(self) -> SupplierOrderQuerySet:
        """Known by number, not yet joined to a store order."""
        return self.filter(store_order=None)

    def looks_closed(self) -> SupplierOrderQuerySet:
        """AliExpress words them as closed, cancelled or expired, and nobody has logged a closure.

        Without those that it says were cancelled from the buyer's own account: nothing happened to them.
        """
        found = self.filter(status_code__in=CLOSED_STATUS_CODES, closure_logged=False)
        return found.exclude(status_code="cancelled", status__contains="buyer_cancel")

    def in_review(self) -> SupplierOrderQuerySet:
        """AliExpress's risk control checks their payment, and an import brought when it was paid."""
        return self.filter(status_code="verifying_payment", paid_at__isnull=False)

    def verifying(self) -> SupplierOrderQuerySet:
        """AliExpress is checking their payment, and has not closed them. Joined to a store order or not."""
        found = self.filter(status_code="verifying_payment")
        for each in extensions():
            if (closed := each.closed_supplier_orders()) is not None:
                found = found.exclude(closed)
        return found

    def named(self, words: str, *, whole: bool) -> SupplierOrderQuerySet:
        """By the beginning of the order's number (eight digits or more) or of its tracking number (six letters).

        What a file has as the tracking number may be an address: as in `matching` for who does not see it `whole`.
        """
        # People copy a number in groups, as the carrier prints it: it is looked for as they typed it and in one.
        words = words.partition(",")[0]  # Several parcels, as our own pages have them: the first will do.
        bare = re.sub(r"[\s-]", "", words)
        if not (bare.isascii() and bare.isalnum() and len(bare) >= 6):
            return self.none()
        written = {each for text in (words, bare) for each in (text, text.upper())}
        # The index of tracking numbers leaves the blank ones out: the query says so too, or it is not used.
        tracked = ~Q(tracking_number="") & _any_of("tracking_number", sorted(written))
        # Of those with several parcels as well: the other parcels.
        others = _any(Q(tracking_number__contains=f"{SEVERAL_PARCELS}{each}") for each in sorted(written))
        tracked |= Q(tracking_number__contains=SEVERAL_PARCELS) & others
        tracked &= Q() if whole else _no_address("tracking_number")
        if bare.isdigit() and len(bare) >= 8:
            return self.filter(Q(number__startswith=bare) | tracked)
        return self.filter(tracked)

    def matching(self, words: str, *, team: Team, whole: bool) -> SupplierOrderQuerySet:
        """By number, tracking number, a part of the product's name, or the store order as the orders list finds it.

        A product whose name holds an address is found by its name only for who sees the address `whole`.
        """
        words = " ".join(words.split())
        if not words:
            return self
        bare = re.sub(r"[\s-]", "", words)
        titled = Q(title__icontains=words)
        tracked = Q(tracking_number__startswith=bare)
        if not whole:
            titled, tracked = titled & _no_address("title"), tracked & _no_address("tracking_number")
        if bare.isascii() and bare.isdigit():
            titled |= tracked | Q(number__startswith=bare)
        # One by one, not as a list of all that match: of a view's few rows each is looked up by its key.
        orders = _store_orders().for_team(team).matching(words, team=team, whole=whole)
        bought_for = Q(Exists(orders.order_by().filter(pk=OuterRef("store_order"))))
        return self.named(words, whole=whole) | self.filter(titled | bought_for)


def _store_orders() -> StoreOrderQuerySet:
    from .models import StoreOrder  # The models import this module.

    return StoreOrder.objects.all()


def _supplier_orders() -> SupplierOrderQuerySet:
    from .models import SupplierOrder  # The models import this module.

    return SupplierOrder.objects.all()


def _customers(team: Team) -> CustomerQuerySet:
    from .models import Customer  # The models import this module.

    return Customer.objects.filter(store__in=_stores(team)).order_by()


def _stores(team: Team) -> list[int]:
    """The keys of its stores: named in a query, the indexes that begin with the store answer it."""
    return team_cached(team, "store keys", lambda: list(team.stores.values_list("pk", flat=True)))


def _written(words: str, team: Team) -> list[str]:
    """How an order number that is typed so may be written in the file: 516073 also as #516073 or #AP-516073."""
    bare = words.removeprefix("#")
    signs = {"", "#"}
    if bare[:1].isdigit():
        signs |= team_cached(team, "beginnings of order numbers", lambda: _beginnings(team))
    return sorted({f"{sign}{each}" for each in (bare, bare.upper(), bare.lower()) for sign in signs})


def _beginnings(team: Team) -> set[str]:
    """What order numbers have before their first digit: the newest tell, and some of shops that sold little since."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    newest = _store_orders().for_team(team).in_order("newest")[:NUMBERS_LOOKED_AT]
    for store, number in newest.values_list("store", "number"):
        found[store][_beginning(number)] += 1
    for store in [each for each in _stores(team) if found[each].total() < NUMBERS_OF_A_SHOP][:QUIET_SHOPS]:
        # Its newest would have to be looked for among all that other shops sold since.
        some = _store_orders().filter(store=store).order_by()[:NUMBERS_OF_A_SHOP]
        found[store].update(map(_beginning, some.values_list("number", flat=True)))
    ways: Counter[str] = Counter()
    for each in found.values():
        ways.update(dict(each.most_common(BEGINNINGS_OF_A_SHOP)))
    return {sign for sign, _count in ways.most_common(MOST_BEGINNINGS)}


def _beginning(number: str) -> str:
    return re.split(r"\d", number, maxsplit=1)[0]


def _of_people(words: str, team: Team, *, whole: bool) -> Q | None:
    """By the customer's name, or for who sees it `whole` by the beginning of the e-mail; None where nobody is found."""
    names = _names(words)
    ways = [_customers(team).filter(names)] if names else []
    if whole and " " not in words and len(words) >= 3:
        ways += _customers(team).with_email(words, whole=True)
    if not ways:
        return None
    found = _found(*(each.values_list("pk", flat=True) for each in ways))
    if found is not None:
        return Q(customer__in=found) if found else None
    common = _names(words, "customer__")
    return common | Q(customer__email__startswith=words.lower()) if len(ways) > 1 else common


def _names(words: str, customer: str = "") -> Q:
    """Each of the words in the name; one of a letter or two by itself, for parts so short no index has.

    `customer` is the path to the customer. Blank where there are no letters: that is no name.
    """
    if not any(letter.isalpha() for letter in words):
        return Q()
    name = f"{customer}name__folded"
    parts = [word for word in words.split() if folded(word)]
    found = Q()
    for word in parts:
        if len(folded(word)) >= 3:
            found &= Q(**{f"{name}__contains": word})
        else:
            alone = {"exact": word, "startswith": f"{word} ", "endswith": f" {word}", "contains": f" {word} "}
            found &= _any(Q(**{f"{name}__{how}": part}) for how, part in alone.items())
    if len(parts) > 1 and len(folded(words)) >= 3:
        found |= Q(**{f"{name}__contains": words})
    return found & _no_address(f"{customer}name")


def _no_address(field: str) -> Q:
    """Where nothing could be an address, however it is spelled: an address can be guessed letter by letter."""
    return ~Q(**{f"{field}__iregex": MAY_CONTAIN_ADDRESS})


def _found(*ways: models.QuerySet[Any, Any]) -> set[int] | None:
    """The keys that any of the ways finds, asked for at once; None for more than are worth reading by key."""
    first, *others = (way.order_by() for way in ways)
    keys = list(first.union(*others, all=True)[: CANDIDATES + 1])
    return None if len(keys) > CANDIDATES else set(keys)


def _any_of(field: str, beginnings: Iterable[str]) -> Q:
    return _any(Q(**{f"{field}__startswith": each}) for each in beginnings)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, Q())
