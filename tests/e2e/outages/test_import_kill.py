"""An import whose workers are killed in the middle ends as if nothing had happened. Real processes, a real broker."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import StartProduct
from tests.e2e.harness import Product, descendants

ORDERS = 100_000

SETUP = """
import sys
from datetime import date
from pathlib import Path
from tests.factories import make_member, make_store, make_team
from closedorders.orderfiles.samples import shopify_csv
for name in ("Undisturbed", "Disturbed"):
    make_store(make_member(make_team(name)).team, name="Shop", currency="EUR")
Path("{file}").write_bytes(shopify_csv(orders={orders}, start=date(2026, 1, 1), days=60))
"""
UPLOAD = """
from django.core.files import File
from closedorders.accounts.models import Membership
from closedorders.imports.actions import upload_import
by = Membership.objects.get(team__name="{team}")
with open("{file}", "rb") as file:
    print("IMPORT", upload_import(
        team=by.team, upload=File(file, name="orders.csv"), store=by.team.stores.get(), buyer_account=None, by=by).pk)
"""
SAVE = """
from closedorders.imports.actions import save_import
from closedorders.imports.models import Import
source = Import.objects.get(pk={pk})
save_import(source=source, by=source.uploaded_by)
"""
LOOK = """
import json
from closedorders.imports.models import Import
source = Import.objects.get(pk={pk})
print("SEEN", json.dumps([source.state, source.progress_done, source.attempts]))
"""
# Everything an import writes, without keys and clocks.
DUMP = """
import hashlib, json
from closedorders.accounts.models import AuditEvent
from closedorders.imports.models import Import
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder
def digest(rows):
    rows = sorted(map(repr, rows))
    return len(rows), hashlib.sha256("".join(rows).encode()).hexdigest()
mine = dict(team__name="{team}")
said = dict(store__team__name="{team}")
hidden = ("id", "store", "team", "customer", "came_with", "created_at", "updated_at")
fields = [f.name for f in StoreOrder._meta.concrete_fields if f.name not in hidden]
print("DUMP", json.dumps([
    digest(StoreOrder.objects.filter(**mine).values_list("customer__key", *fields)),
    digest(Customer.objects.filter(**said).values_list("key", "name", "email", "phone", "country", "language")),
    digest(SupplierOrder.objects.filter(**mine).values_list("number", "store_order__number")),
    digest(Import.objects.filter(**mine).values_list("state", "orders_new", "orders_changed", "orders_unchanged")),
    digest(AuditEvent.objects.filter(**mine).values_list("verb", "thing")),
]))
"""


def _ask(product: Product, script: str, word: str, **values: object) -> str:
    said = product.manage("shell", "-c", script.format(**values))
    return next(line.removeprefix(word).strip() for line in said.splitlines() if line.startswith(word))


def _until(product: Product, pk: str, enough: Callable[[str, int], bool], seconds: float = 120) -> int:
    """Wait until `enough(state, done)`; the attempts by then."""
    deadline = time.monotonic() + seconds
    while True:
        state, done, attempts = json.loads(_ask(product, LOOK, "SEEN", pk=pk))
        if enough(state, done):
            return int(attempts)
        assert time.monotonic() < deadline, (state, done, attempts, product.output[-2000:])
        assert state not in {"refused", "cancelled"}, product.output[-2000:]


def _workers(product: Product) -> set[int]:
    """The Celery worker and its pool, not the guard that watches them."""
    commands = {pid: _command(pid) for pid in descendants(product.process.pid)}
    return {
        pid
        for pid, command in commands.items()
        if "celery" in command and " worker " in command and "guard.py" not in command
    }


def _command(pid: int) -> str:
    # Not by `ps`: it cuts a command line to the terminal's width wherever COLUMNS is set.
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except FileNotFoundError:
        return ""


def _pool(product: Product) -> set[int]:
    workers = _workers(product)
    return {pid for pid in workers if _parent(pid) in workers and not (descendants(pid) & workers)}


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _kill(pids: set[int]) -> None:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_killed_workers_leave_the_database_as_an_undisturbed_import_does(
    start_product: StartProduct, tmp_path: Path
) -> None:
    product = start_product(IMPORT_LEASE_SECONDS="2")
    file = tmp_path / "orders.csv"
    product.manage("shell", "-c", SETUP.format(file=file, orders=ORDERS))
    for team in ("Undisturbed", "Disturbed"):
        pk = _ask(product, UPLOAD, "IMPORT", team=team, file=file)
        _until(product, pk, lambda state, _done: state == "previewed")
        product.manage("shell", "-c", SAVE.format(pk=pk))
        if team == "Disturbed":
            # First the processes that do the work: the worker above them goes on with new ones.
            _until(product, pk, lambda _state, done: done > 0)
            _kill(_pool(product))
            attempts = _until(product, pk, lambda state, done: state == "committing" and done > 2_000)
            # Then the whole worker. It is started again, and finds what is left to do.
            _kill(_workers(product))
            attempts = _until(product, pk, lambda state, _done: state == "committed")
            assert attempts >= 2
        _until(product, pk, lambda state, _done: state == "committed")
    undisturbed, disturbed = (
        json.loads(_ask(product, DUMP, "DUMP", team=team)) for team in ("Undisturbed", "Disturbed")
    )
    assert undisturbed[0][0] == ORDERS
    assert disturbed == undisturbed
