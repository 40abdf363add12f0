"""A made team of any size in the database, the same for the same seed.

The team is one that had bad years: a tenth of its orders were closed at AliExpress, and half of these closures stand
open today, in three incidents. Orders are spread evenly over two years, whatever their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership, Role, Team, User
from closedorders.cases.models import Case, Transition
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.imports.models import Import
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, Supplier, SupplierOrder
from closedorders.outreach.models import Campaign, Kind, Message, Refund

from .words import COUNTRIES, FIRST_NAMES, LAST_NAMES, PRODUCTS, SEED

DAYS = 730
ACCOUNTS = 20
OPEN_INCIDENTS, ENDED_INCIDENTS = 3, 57
#: One of the open incidents, by number: a sixth of all closures are in each of them.
OPEN_INCIDENT = ENDED_INCIDENTS + OPEN_INCIDENTS
#: One customer in thirty has it.
COMMON_NAME = "Keller"
_RARE_NAME = "Zelda Quintero"


@dataclass(frozen=True)
class MadeTeam:
    """What the measurements look for in a made team of `orders` store orders."""

    team: Team
    merchant: Membership
    orders: int
    number: str
    name: str
    email: str
    tracking: str


def make_team(orders: int) -> MadeTeam:
    """Fill the current database. A million orders take about a minute and a half."""
    if orders < 1_000:
        raise ValueError("A made team has at least 1,000 orders.")
    team = Team.objects.create(slug="bench", name="Bench", language="en")
    user = User.objects.create_user("merchant@bench.example", None, name="Merchant", language="en")
    merchant = Membership.objects.create(team=team, user=user, role=Role.MERCHANT)
    store = Store.objects.create(
        team=team, name="Casa Luna", currency="EUR", sender_name="Casa Luna", sender_email="a@bench.example"
    )
    accounts = [
        BuyerAccount.objects.create(
            team=team, label=f"Account {n}", card_country="ES", ordering_place="Madrid", tier="A3"
        )
        for n in range(1, ACCOUNTS + 1)
    ]
    supplier = Supplier.objects.create(team=team, name="Shenzhen Lamps")
    _last_import(team, store, merchant)
    incidents = _incidents(team, accounts, merchant)
    campaigns = [
        Campaign.objects.create(
            team=team, incident=each, store=store, kind=Kind.RESOLUTION, state="finished", created_by=merchant
        )
        for each in incidents
    ]
    reasons = list(ClosureReason.objects.filter(team=None).order_by("pk").values_list("pk", flat=True))
    values = {
        "n": orders,
        "customers": orders * 4 // 5,
        "days": DAYS,
        "seed": SEED,
        "team": team.pk,
        "store": store.pk,
        "merchant": merchant.pk,
        "supplier": supplier.pk,
        "accounts": [each.pk for each in accounts],
        "first": FIRST_NAMES,
        "last": LAST_NAMES,
        "countries": COUNTRIES,
        "products": PRODUCTS,
        "rare_name": _RARE_NAME,
        "closures": orders // 10,
        "ended": ENDED_INCIDENTS,
        "open": OPEN_INCIDENTS,
        "incidents": [each.pk for each in incidents],
        "campaigns": [each.pk for each in campaigns],
        "reasons": reasons,
        "now": timezone.now(),
    }
    with transaction.atomic():
        _without_key_checks()
        _insert(Customer, _CUSTOMERS, values)
        _insert(StoreOrder, _STORE_ORDERS, values)
        _insert(SupplierOrder, _SUPPLIER_ORDERS, values)
        _insert(Closure, _CLOSURES, values)
        _insert(AuditEvent, _AUDIT_EVENTS, values)
        _insert(Message, _MESSAGES, values)
        _run(_MESSAGE_CLOSURES, values)
        _insert(Refund, _REFUNDS, values)
        _run(_STANDING, values)
        _set_sequences()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return MadeTeam(
        team,
        merchant,
        orders,
        number=str(1000 + orders // 2),
        name=_RARE_NAME,
        email=f"buyer{orders // 2}@example.com",
        tracking=f"LP{orders // 2:014d}CN",
    )


def _last_import(team: Team, store: Store, merchant: Membership) -> None:
    Import.objects.create(
        team=team,
        store=store,
        uploaded_by=merchant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state=Import.State.COMMITTED,
        finished_at=timezone.now(),
    )


def _incidents(team: Team, accounts: list[BuyerAccount], merchant: Membership) -> list[Incident]:
    """Ended ones first; then the open ones, each with a case on its way."""
    now = timezone.now()
    total = ENDED_INCIDENTS + OPEN_INCIDENTS
    made = []
    for number in range(1, total + 1):
        still_open = number > ENDED_INCIDENTS
        opened = now - timedelta(days=DAYS) * (total - number + 1) / total
        incident = Incident.objects.create(
            team=team,
            number=number,
            buyer_account=accounts[number % ACCOUNTS],
            opened_at=opened,
            opened_by=merchant,
            ended_at=None if still_open else opened + timedelta(days=10),
        )
        made.append(incident)
        if still_open:
            case = Case.objects.create(
                team=team,
                incident=incident,
                buyer_account=incident.buyer_account,
                state="unblocked",
                opened_by=merchant,
                opened_at=opened,
            )
            Transition.objects.create(case=case, before="", after="collecting", at=opened, by=merchant)
            Transition.objects.create(case=case, before="collecting", after="unblocked", at=now, by=merchant)
    return made


def _without_key_checks() -> None:
    """Rows made here point at each other rightly; a superuser may save the time to check a million of them."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
    except DatabaseError:
        pass


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _insert(model: type[models.Model], select: str, values: dict[str, Any]) -> None:
    """INSERT … SELECT: the columns that `select` names, and the fields' defaults in all others."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({select}) AS made LIMIT 0", values)
        assert cursor.description is not None
        named = [column.name for column in cursor.description]
        columns, cells = list(named), [f'made."{name}"' for name in named]
        defaults: dict[str, Any] = {}
        for field in model._meta.concrete_fields:
            if field.column in named or field.primary_key or field.generated:
                continue
            value = field.get_default()
            if isinstance(field, models.DateTimeField) and value is None and not field.null:
                value = values["now"]
            if value is None and field.null:
                continue
            columns.append(field.column)
            cells.append(f"%(default_{field.column})s")
            defaults[f"default_{field.column}"] = field.get_db_prep_save(value, connection)
        target = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({target}) SELECT {", ".join(cells)} FROM ({select}) AS made',
            {**values, **defaults},
        )


# A number that looks random and is the same for the same seed: `_mixed("g", 10)` is SQL for 0…9.
def _mixed(what: str, below: int, salt: int = 1) -> str:
    return f"(abs(hashint8extended({what}, %(seed)s + {salt}))::numeric %% {below})::int"


def _of(array: str, place: str) -> str:
    return f"(%({array})s::text[])[1 + {place}]"


_NAME = (
    f"CASE WHEN g = %(n)s / 2 THEN %(rare_name)s ELSE {_of('first', f'g %% {len(FIRST_NAMES)}')} || ' ' || "
    f"{_of('last', f'g / {len(FIRST_NAMES)} %% {len(LAST_NAMES)}')} END"
)
_CUSTOMERS = f"""
SELECT g AS id, %(store)s AS store_id, 'email:buyer' || g || '@example.com' AS key, {_NAME} AS name,
    'buyer' || g || '@example.com' AS email, {_of("countries", _mixed("g", 10))} AS country
FROM generate_series(1, %(customers)s::bigint) AS g
"""


def _line(place: str) -> str:
    name = _of("products", _mixed(f"g + {place}", 8))
    return f"jsonb_build_array({name}, 'SKU-' || g %% 500, 'Casa Luna', 1, '9.99')"


# Three orders in ten have two lines.
_STORE_ORDERS = f"""
SELECT g AS id, %(store)s AS store_id, %(team)s AS team_id, '#' || (1000 + g) AS number,
    1 + (g - 1) %% %(customers)s AS customer_id, 'EUR' AS currency,
    (10 + {_mixed("g", 9000)} / 100.0) AS subtotal, 4.95 AS shipping,
    (14.95 + {_mixed("g", 9000)} / 100.0) AS total,
    %(now)s::timestamptz - make_interval(secs => (%(n)s - g + 1) * (%(days)s * 86400.0 / %(n)s)) AS placed_at,
    'paid' AS financial_status,
    CASE WHEN {_mixed("g", 5, 2)} = 0 THEN 'unfulfilled' ELSE 'fulfilled' END AS fulfillment_status,
    {_of("countries", _mixed("1 + (g - 1) %% %(customers)s", 10))} AS ship_country,
    %(now)s::timestamptz - make_interval(secs => (%(n)s - g + 1) * (%(days)s * 86400.0 / %(n)s)) AS created_at,
    CASE WHEN {_mixed("g", 10, 3)} < 3 THEN jsonb_build_array({_line("0")}, {_line("1")})
        ELSE jsonb_build_array({_line("0")}) END AS lines
FROM generate_series(1, %(n)s::bigint) AS g
"""
# Every tenth order is closed; one of 25 was never bought.
_SUPPLIER_ORDERS = f"""
SELECT g AS id, %(team)s AS team_id, '30' || lpad(g::text, 14, '0') AS number, g AS store_order_id,
    (%(accounts)s::bigint[])[1 + {_mixed("g", ACCOUNTS, 4)}] AS buyer_account_id, %(supplier)s AS supplier_id,
    'USD' AS currency, (3 + {_mixed("g", 3000, 5)} / 100.0) AS cost,
    %(now)s::timestamptz - make_interval(secs => (%(n)s - g + 0.5) * (%(days)s * 86400.0 / %(n)s)) AS placed_at,
    CASE WHEN g %% 10 = 0 THEN 'closed' WHEN g > %(n)s * 0.97 THEN 'awaiting_shipment'
         WHEN g > %(n)s * 0.93 THEN 'shipped' ELSE 'completed' END AS status_code,
    g %% 10 = 0 AS closure_logged,
    {_of("products", _mixed("g", 8))} AS title, 'LP' || lpad(g::text, 14, '0') || 'CN' AS tracking_number
FROM generate_series(1, %(n)s::bigint) AS g
WHERE g %% 25 <> 3
"""
# The older half belongs to ended incidents and is made good; the newer half stands open in the last incidents.
_CLOSED_AT = """%(now)s::timestamptz
    - make_interval(secs => (%(closures)s - c + 1) * (%(days)s * 86400.0 / %(closures)s))"""
_CLOSURES = f"""
SELECT c AS id, %(team)s AS team_id, c * 10 AS supplier_order_id,
    (%(incidents)s::bigint[])[
        CASE WHEN c <= %(closures)s / 2 THEN 1 + (c - 1) * %(ended)s / (%(closures)s / 2)
        ELSE %(ended)s + 1 + (c - 1 - %(closures)s / 2) * %(open)s / (%(closures)s - %(closures)s / 2) END
    ] AS incident_id,
    CASE WHEN {_mixed("c", 20, 6)} = 0 THEN NULL
        ELSE (%(reasons)s::bigint[])[1 + {_mixed("c", 7, 7)} %% cardinality(%(reasons)s::bigint[])] END AS reason_id,
    {_CLOSED_AT} AS closed_at,
    {_CLOSED_AT} AS logged_at,
    %(merchant)s AS logged_by_id,
    CASE WHEN c > %(closures)s / 2 THEN 'open' WHEN {_mixed("c", 20, 8)} = 0 THEN 'reopened'
         WHEN {_mixed("c", 2, 9)} = 0 THEN 'replaced' ELSE 'refunded' END AS outcome,
    CASE WHEN c <= %(closures)s / 2 AND {_mixed("c", 20, 8)} = 0 THEN %(now)s::timestamptz END AS reopened_at
FROM generate_series(1, %(closures)s::bigint) AS c
"""
#: As logging leaves them: a line for each closure, and one for the incident with each.
_AUDIT_EVENTS = """
    SELECT closure.team_id, 'closure_logged' AS verb, 'closures.closure' AS thing, closure.id AS thing_id,
           closure.logged_at AS at
    FROM closures_closure AS closure
    UNION ALL
    SELECT incident.team_id, 'closures_logged', 'closures.incident', incident.id, incident.opened_at
    FROM closures_incident AS incident
"""
# The customers of ended incidents were told, and a tenth of those of the open ones.
_MESSAGES = """
SELECT DISTINCT ON (closure.incident_id, bought.customer_id) closure.id AS id, closure.team_id,
    (%(campaigns)s::bigint[])[array_position(%(incidents)s::bigint[], closure.incident_id)] AS campaign_id,
    closure.incident_id, 'resolution' AS kind, bought.customer_id, 'sent' AS state,
    'buyer' || bought.customer_id || '@example.com' AS recipient, 'en' AS language, 'Your order' AS subject,
    'We are sorry.' AS body, '<' || closure.id || '@bench.example>' AS message_id
FROM closures_closure AS closure JOIN orders_storeorder AS bought ON bought.id = closure.supplier_order_id
WHERE closure.reopened_at IS NULL AND (closure.outcome <> 'open' OR closure.id %% 10 = 0)
ORDER BY closure.incident_id, bought.customer_id, closure.id
"""
_MESSAGE_CLOSURES = """
INSERT INTO outreach_message_closures (message_id, closure_id) SELECT id, id FROM outreach_message
"""
_REFUNDS = """
SELECT closure.id AS id, closure.team_id, message.campaign_id, closure.incident_id,
    closure.supplier_order_id AS store_order_id, 2.50 AS amount, 'EUR' AS currency, 10 AS percent,
    CASE WHEN closure.outcome = 'open' THEN 'approved' ELSE 'issued' END AS state
FROM closures_closure AS closure JOIN outreach_message AS message ON message.id = closure.id
WHERE closure.outcome = 'refunded' OR closure.outcome = 'open' AND closure.id %% 20 = 0
"""
# As `orders.standing` stores it.
_STANDING = """
UPDATE orders_storeorder AS o SET
    supplier_state = CASE WHEN c.outcome = 'open' AND c.reopened_at IS NULL THEN 'closed_open'
        WHEN c.outcome IN ('replaced', 'refunded') AND c.reopened_at IS NULL THEN c.outcome
        WHEN mine.fulfillment_status = 'fulfilled'
            AND coalesce(s.status_code, 'awaiting_shipment') = 'awaiting_shipment' THEN 'shipped'
        ELSE coalesce(s.status_code, 'not_ordered') END,
    money_state = CASE r.state WHEN 'approved' THEN 'refund_approved' WHEN 'issued' THEN 'back_10'
        ELSE CASE WHEN c.outcome = 'open' AND c.reopened_at IS NULL THEN 'at_risk' ELSE '' END END,
    told_state = CASE WHEN m.id IS NOT NULL THEN 'told'
        WHEN c.outcome IN ('open', 'replaced') AND c.reopened_at IS NULL AND i.ended_at IS NULL THEN 'not_told'
        ELSE '' END,
    lacks_reason = c.id IS NOT NULL AND c.reopened_at IS NULL AND c.reason_id IS NULL,
    untold = m.id IS NULL AND c.outcome IN ('open', 'replaced') AND c.reopened_at IS NULL AND i.ended_at IS NULL
        AND c.id IS NOT NULL
FROM orders_storeorder AS mine
LEFT JOIN orders_supplierorder AS s ON s.id = mine.id
LEFT JOIN closures_closure AS c ON c.supplier_order_id = s.id
LEFT JOIN closures_incident AS i ON i.id = c.incident_id
LEFT JOIN outreach_message AS m ON m.id = c.id
LEFT JOIN outreach_refund AS r ON r.id = c.id
WHERE mine.id = o.id
"""


def _set_sequences() -> None:
    """Ids were given by hand: what is added later comes after them."""
    with connection.cursor() as cursor:
        for model in (Customer, StoreOrder, SupplierOrder, Closure, Message, Refund):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
            )
