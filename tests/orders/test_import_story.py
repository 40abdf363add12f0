from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from closedorders.orders import actions, import_runs
from closedorders.orders.models import Import, OrderLine, StoreOrder, SupplierOrder
from closedorders.orders.sample_files import aliexpress_extension_csv, link_csv, shopify_csv
from tests.cast import Cast
from tests.factories import make_store

START = date(2026, 10, 1)


@pytest.mark.parametrize("columns", [79, 75, 73, 71])
def test_smoke(cast: Cast, columns: int) -> None:
    store = make_store(cast.team)

    def run(content):
        source = actions.upload_import(
            team=cast.team,
            upload=SimpleUploadedFile("o.csv", content),
            store=store,
            buyer_account=None,
            by=cast.assistant,
        )
        import_runs.read_file(source.pk)
        source.refresh_from_db()
        print(
            source.state,
            source.refusal,
            source.orders_new,
            source.orders_changed,
            source.orders_unchanged,
            source.rows_rejected,
            source.rows_read,
        )
        actions.save_import(source=source, by=cast.assistant)
        import_runs.commit_file(source.pk)
        source.refresh_from_db()
        print(source.state, source.refusal, source.orders_new, source.orders_changed, source.orders_unchanged)
        return source

    for content in (
        shopify_csv(start=START, columns=columns),
        aliexpress_extension_csv(start=START),
        link_csv(start=START),
    ):
        run(content)
        again = run(content)
        assert (again.orders_new, again.orders_changed) == (0, 0)
    print(
        StoreOrder.objects.count(),
        OrderLine.objects.count(),
        SupplierOrder.objects.count(),
        SupplierOrder.objects.filter(store_order=None).count(),
    )
