"""`manage.py import_orders` as a process of its own: exit statuses, and killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from closedorders.accounts.models import Membership
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.factories import make_member, make_store, make_team
from tests.imports.command.shell import written
from tests.imports.files import START, csv_file, everything, import_file, shopify_row


def _environment(folder: Path) -> dict[str, str]:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        database = f"sqlite:///{known['NAME']}"
    else:
        secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
        database = (
            f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"
        )
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DEPLOYMENT": "embedded",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder / "data"),
        # Nobody listens there: a shell needs neither broker nor worker.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LANG": "C.UTF-8",
    }


#: As `manage.py import_orders`, with small batches, so that there is a middle to be killed in.
_SMALL_BATCHES = """
import sys, django
django.setup()
from django.core.management import execute_from_command_line
from closedorders.imports.runs import batches
batches.ORDERS_PER_BATCH = 10
execute_from_command_line(sys.argv)
"""


def _process(
    store: Store, file: str, folder: Path, *, small_batches: bool = False
) -> subprocess.Popen[bytes]:
    manage = ["-c", _SMALL_BATCHES] if small_batches else ["manage.py"]
    return subprocess.Popen(
        [sys.executable, *manage, "import_orders", file, "--team", store.team.slug, "--store", store.name],
        cwd=django_settings.BASE_DIR,
        env=_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.django_db(transaction=True)
def test_the_exit_status_reaches_the_shell(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    for content, status in (
        (csv_file([shopify_row()]), 0),
        (csv_file([shopify_row(Total="NaN")]), 1),
        (b"%PDF-1.7\n", 2),
    ):
        process = _process(store, "-", folder)
        _, err = process.communicate(content, timeout=180)
        assert process.returncode == status, err.decode()
    assert StoreOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_run_again_ends_as_if_nothing_had_happened(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    content = shopify_csv(orders=2_000, start=START)
    file = written(folder, content)
    process = _process(store, str(file), folder, small_batches=True)
    deadline = time.monotonic() + 180
    while not (saved := StoreOrder.objects.count()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert 0 < saved < 2_000
    assert StoreOrder.objects.count() < 2_000, "killed too late to prove anything"

    again = _process(store, str(file), folder)
    _, err = again.communicate(timeout=180)
    assert again.returncode == 0, err.decode()
    disturbed = everything()
    StoreOrder.objects.all().delete()
    Customer.objects.all().delete()
    SupplierOrder.objects.all().delete()
    import_file(content, store=store, by=Membership.objects.get())
    assert everything() == disturbed
