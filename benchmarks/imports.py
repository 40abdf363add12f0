"""Importing Shopify's order file, against plain `csv.reader` and COPY, and against django-import-export."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg2

from . import databases
from .figures import Figure
from .order_file import shopify_header, write_shopify_file

MEMORY_MB = 160
_ROOT = Path(__file__).parent.parent
_ROWS_PER_COPY = 10_000

#: Column of the file -> column and type of the reference's table.
COLUMNS = {
    "Name": "number text PRIMARY KEY",
    "Email": "email text",
    "Financial Status": "financial_status text",
    "Fulfillment Status": "fulfillment_status text",
    "Currency": "currency text",
    "Subtotal": "subtotal numeric(14, 3)",
    "Shipping": "shipping numeric(14, 3)",
    "Total": "total numeric(14, 3)",
    "Created at": "created_at timestamptz",
    "Billing Name": "name text",
    "Shipping Country": "country text",
    "Payment Method": "payment_method text",
}


@dataclass(frozen=True)
class Run:
    """One import: seconds of its preview, its saving, and a second preview of what is saved; peak MB."""

    preview: float
    saving: float
    again: float
    peak: float

    @property
    def whole(self) -> float:
        return self.preview + self.saving


def figures(
    made: databases.Databases,
    folder: Path,
    *,
    rows: int = 100_000,
    many: int = 1_000_000,
    few: int = 10_000,
    times: int = 5,
) -> list[Figure]:
    """The run of `many` rows is made once, all others `times` times."""
    file = write_shopify_file(folder / "orders.csv", rows)
    ours: list[Run] = []
    embedded: list[Run] = []
    plain = []
    empty = _sqlite_file(folder)
    for _ in range(times):
        name = made.make("import")
        plain.append(reference(databases.url_of(name), file))
        ours.append(run(databases.url_of(name), file))
        made.drop(name)
        shutil.copyfile(empty, folder / "import.sqlite3")
        embedded.append(run(f"sqlite:///{folder / 'import.sqlite3'}", file))
    preview = statistics.median(each.preview for each in ours)
    again = statistics.median(each.again for each in ours)
    whole = statistics.median(each.whole for each in ours)
    floor = statistics.median(plain)
    sqlite = statistics.median(each.whole for each in embedded)
    peak = max(each.peak for each in ours)
    label = f"{rows:,} rows"
    found = [
        Figure(f"Import, {label}: preview", preview, floor, 3, "s", "PostgreSQL"),
        Figure(f"Import, {label}: preview of what is there already", again, floor, 3, "s", "PostgreSQL"),
        Figure(f"Import, {label}: preview and saving", whole, floor, 4.5, "s", "PostgreSQL"),
        _per_row(made, folder, few, times),
    ]
    large = write_shopify_file(folder / "many.csv", many)
    name = made.make("import")
    once = run(databases.url_of(name), large)
    made.drop(name)
    large.unlink()
    label = f"{many:,} rows against {rows:,}"
    found += [
        Figure(f"Import, {label} (one run)", once.whole, whole, 1.1 * many / rows, "s", "PostgreSQL"),
        Figure(f"Peak worker memory, {rows:,} rows", peak, MEMORY_MB, 1, "MB", "PostgreSQL"),
        Figure(f"Peak worker memory, {many:,} rows", once.peak, MEMORY_MB, 1, "MB", "PostgreSQL"),
        Figure(
            f"Import, {rows:,} rows: SQLite, the embedded default, against PostgreSQL",
            sqlite,
            whole,
            3,
            "s",
            "SQLite",
        ),
    ]
    return found


def run(database_url: str, file: Path) -> Run:
    """Import the file into an empty database, in a process of its own."""
    environment = os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    command = [sys.executable, "-m", "benchmarks.worker", str(file)]
    done = subprocess.run(command, env=environment, cwd=_ROOT, check=True, stdout=subprocess.PIPE)
    return Run(**json.loads(done.stdout))


def _sqlite_file(folder: Path) -> Path:
    """An embedded database with every table and nothing in it."""
    path = folder / "empty.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--no-input"]
    subprocess.run(command, env=environment, cwd=_ROOT, check=True)
    return path


def reference(database_url: str, file: Path) -> float:
    """Seconds of the least that an import can do: read the file, COPY 12 of its columns, upsert them by number."""
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_reference")
            cursor.execute(f"CREATE TABLE bench_reference ({', '.join(COLUMNS.values())})")
        names = [declaration.split()[0] for declaration in COLUMNS.values()]
        kept = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        start = perf_counter()
        with connection, connection.cursor() as cursor:
            columns = ", ".join(f"{name} text" for name in names)
            cursor.execute(f"CREATE TEMPORARY TABLE coming (row_number serial, {columns}) ON COMMIT DROP")
            for block in _blocks(file):
                cursor.copy_expert(f"COPY coming ({', '.join(names)}) FROM STDIN WITH (FORMAT csv)", block)
            cells = ", ".join(
                name if declaration.split()[1] == "text" else f"{name}::{declaration.partition(' ')[2]}"
                for name, declaration in zip(names, COLUMNS.values(), strict=True)
                if name != "number"
            )
            # The first row of an order has its amounts.
            cursor.execute(
                f"INSERT INTO bench_reference SELECT DISTINCT ON (number) number, {cells} FROM coming "
                f"ORDER BY number, row_number ON CONFLICT (number) DO UPDATE SET {kept}"
            )
        return perf_counter() - start
    finally:
        connection.close()


def _blocks(file: Path) -> Iterator[io.StringIO]:
    places = [shopify_header().index(name) for name in COLUMNS]
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        while rows := list(islice(reader, _ROWS_PER_COPY)):
            block = io.StringIO()
            csv.writer(block).writerows([row[place] for place in places] for row in rows)
            block.seek(0)
            yield block


# --- django-import-export ---


def _per_row(made: databases.Databases, folder: Path, rows: int, times: int) -> Figure:
    """Seconds per 1,000 rows, of ours and of a resource as its documentation would have it."""
    file = write_shopify_file(folder / "few.csv", rows)
    ours, theirs = [], []
    for _ in range(times):
        name = made.make("import")
        ours.append(run(databases.url_of(name), file).whole)
        made.drop(name)
        name = made.make("import")
        databases.use(name)
        theirs.append(_import_export(file))
        made.drop(name)
    return Figure(
        f"Import, {rows:,} rows: preview and saving, against django-import-export",
        1000 * statistics.median(ours) / rows,
        1000 * statistics.median(theirs) / rows,
        30,
        "s per 1,000 rows",
        "PostgreSQL",
        at_least=True,
    )


def _import_export(file: Path) -> float:
    """Rows into customers and store orders: found by number, unchanged ones skipped, all in one transaction.

    Lines are left out, and so is the trial run that its admin does first: both are in our time.
    """
    import tablib
    from import_export import fields, resources, widgets

    from closedorders.accounts.models import Team
    from closedorders.orders.models import Customer, Store, StoreOrder

    team = Team.objects.create(slug="theirs", name="Theirs")
    store = Store.objects.create(team=team, name="Casa Luna", currency="EUR")

    class StoreOrderResource(resources.ModelResource):  # type: ignore[misc]  # import_export carries no types
        number = fields.Field(attribute="number", column_name="Name")
        customer = fields.Field(
            attribute="customer", column_name="Email", widget=widgets.ForeignKeyWidget(Customer, "email")
        )
        currency = fields.Field(attribute="currency", column_name="Currency")
        subtotal = fields.Field(attribute="subtotal", column_name="Subtotal", widget=widgets.DecimalWidget())
        shipping = fields.Field(attribute="shipping", column_name="Shipping", widget=widgets.DecimalWidget())
        total = fields.Field(attribute="total", column_name="Total", widget=widgets.DecimalWidget())
        placed_at = fields.Field(
            attribute="placed_at",
            column_name="Created at",
            widget=widgets.DateTimeWidget("%Y-%m-%d %H:%M:%S %z"),
        )
        financial_status = fields.Field(attribute="financial_status", column_name="Financial Status")
        fulfillment_status = fields.Field(attribute="fulfillment_status", column_name="Fulfillment Status")
        payment_method = fields.Field(attribute="payment_method", column_name="Payment Method")
        ship_country = fields.Field(attribute="ship_country", column_name="Shipping Country")

        class Meta:
            model = StoreOrder
            import_id_fields = ("number",)
            fields = (
                "number",
                "customer",
                "currency",
                "subtotal",
                "shipping",
                "total",
                "placed_at",
                "financial_status",
                "fulfillment_status",
                "payment_method",
                "ship_country",
            )
            skip_unchanged = True
            report_skipped = False
            use_transactions = True

        def get_queryset(self) -> Any:
            return StoreOrder.objects.filter(store=store)

        def before_import_row(self, row: Any, **kwargs: Any) -> None:
            Customer.objects.get_or_create(
                store=store,
                key=f"email:{row['Email']}",
                defaults={"email": row["Email"], "name": row["Billing Name"]},
            )

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            instance.store, instance.team = store, team

        def skip_row(
            self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None
        ) -> bool:
            # The second row of an order has another product and no amounts.
            return not row["Total"] or super().skip_row(instance, original, row, import_validation_errors)

    start = perf_counter()
    with file.open(encoding="utf-8", newline="") as stream:
        dataset = tablib.Dataset().load(stream, format="csv")
    result = StoreOrderResource().import_data(dataset, raise_errors=True)
    seconds = perf_counter() - start
    assert not result.has_errors()
    assert StoreOrder.objects.filter(store=store).exists()
    return seconds
