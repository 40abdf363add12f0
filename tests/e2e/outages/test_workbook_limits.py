"""Hostile workbooks under a real Celery worker: it goes on, and no child process outlives whoever started it."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import StartProduct
from tests.e2e.harness import Product, descendants, eventually, still_running
from tests.e2e.outages.test_import_kill import UPLOAD, _ask, _command, _kill, _pool
from tests.orderfiles.tables.test_workbook_size import MANY_SHEETS, SHARED_TEXT

SETUP = """
from tests.factories import make_member, make_store, make_team
make_store(make_member(make_team("Shop")).team, name="Shop", currency="EUR")
"""
LOOK = """
from closedorders.imports.models import Import
source = Import.objects.get(pk={pk})
print("SEEN", source.state, source.refusal.get("code", ""), source.attempts)
"""


def _upload(product: Product, file: Path, content: bytes) -> str:
    file.write_bytes(content)
    return _ask(product, UPLOAD, "IMPORT", team="Shop", file=file)


def _readers(product: Product) -> set[int]:
    return {pid for pid in descendants(product.process.pid) if "limited_child.py" in _command(pid)}


def test_a_worker_outlives_a_workbook_that_takes_all_memory(
    start_product: StartProduct, tmp_path: Path
) -> None:
    # With the usual lease: one that ends while the file is read would rightly begin a second attempt.
    product = start_product()
    product.manage("shell", "-c", SETUP)
    pool = _pool(product)
    pk = _upload(product, tmp_path / "memory.xlsx", SHARED_TEXT)
    refused = "refused workbook_takes_memory 1"
    assert eventually(lambda: _ask(product, LOOK, "SEEN", pk=pk) == refused, 60), product.output[-2000:]
    assert _pool(product) == pool


def test_no_reader_of_a_workbook_outlives_its_worker(start_product: StartProduct, tmp_path: Path) -> None:
    product = start_product(IMPORT_LEASE_SECONDS="2")
    product.manage("shell", "-c", SETUP)
    _upload(product, tmp_path / "time.xlsx", MANY_SHEETS)
    assert eventually(lambda: bool(_readers(product)), 60), product.output[-2000:]
    readers = _readers(product)
    _kill(_pool(product))
    assert eventually(lambda: not still_running(readers), 30)
    # The worker's next process begins to read it anew.
    assert eventually(lambda: bool(_readers(product)), 60), product.output[-2000:]
    readers = _readers(product)
    product.stop()
    assert eventually(lambda: not still_running(readers), 30)
