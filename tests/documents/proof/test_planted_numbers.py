"""How much of what is planted in made pictures the check finds, and what it refuses without cause: a sample of each.

The whole figures, of 40 cards and of 200 screenshots, are those of `python -m benchmarks.vault found` and `refused`.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from benchmarks.vault.made_pictures import OrderList, card_picture, order_list
from closedorders.core.text.cards import is_card_number
from closedorders.documents import LONGEST_SIDE
from closedorders.documents.actions import store_pages
from closedorders.documents.models import Document
from closedorders.documents.pictures import Drawn, OpenPicture
from closedorders.documents.proof.checking import check, read_page
from tests.cast import Cast
from tests.documents.scenes import encoded
from tests.factories import make_store, make_store_order, make_supplier_order

from .test_checking import needs_reader

#: Of their own: neither tuned on nor those of the whole figures.
CARDS, MOST_MISSED = range(307_000, 307_010), 1
LISTS = (308_001, 308_002, 308_004)


def _stored(picture: Image.Image) -> Drawn:
    with OpenPicture(io.BytesIO(encoded(picture, quality=88))) as opened:
        return opened.draw(1, boxes=[], turn=0, longest=LONGEST_SIDE)


@needs_reader
def test_cards_with_a_number_that_nothing_covers_are_refused() -> None:
    missed = [
        seed
        for seed in CARDS
        if not read_page(
            _stored(card_picture(random.Random(seed))).jpeg, kind="card_front", boxes=()
        ).findings
    ]
    assert len(missed) <= MOST_MISSED, missed


def _checked(cast: Cast, picture: Image.Image) -> Document:
    document = store_pages(
        team=cast.team,
        kind=Document.Kind.STATEMENT,
        name="Orders",
        boxes=[],
        expires_on=None,
        uploaded_bytes=1,
        pages=[_stored(picture)],
        by=cast.merchant,
    )
    check(document.pk)
    document.refresh_from_db()
    return document


@needs_reader
@pytest.mark.django_db
@pytest.mark.parametrize("seed", LISTS)
def test_a_screenshot_full_of_order_numbers_is_not_refused(
    cast: Cast, settings: Settings, tmp_path: Path, seed: int
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    orders: OrderList = order_list(random.Random(seed))
    store_order = make_store_order(make_store(cast.team))
    for number in orders.known:
        # Those of parcels are longer than any number of an order.
        name = "number" if len(number) <= 20 else "tracking_number"
        make_supplier_order(cast.team, store_order, **{name: number})
    document = _checked(cast, orders.picture)
    assert document.check_result["found"] == []
    assert document.state == Document.State.CLEAN


def test_the_screenshots_have_numbers_that_only_the_teams_orders_tell_from_a_cards() -> None:
    lists = [order_list(random.Random(seed)) for seed in LISTS]
    assert sum(is_card_number(number) for each in lists for number in each.known) >= 1
