"""PostgreSQL that says nothing any more, on connections that stay open: nothing hangs, and it heals by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.e2e.harness import Product, eventually, get, services
from tests.e2e.outages.relay import Relay
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.services

PAGE_THREADS = 8  # Two processes of four threads.
PROBE_SECONDS = 2.0
# A page that was waiting: a second until the next question, five until it counts as unanswered, three to connect.
PAGE_SECONDS = 10.0
HEALED_SECONDS = 10.0
PAGE = "/account/sign-in/"
WELL = {200, 302}


@pytest.fixture(scope="module")
def relayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, Relay]]:
    with services() as own, SmtpSink() as sink:
        relay = Relay(own["DATABASE_URL"])
        product = Product(tmp_path_factory.mktemp("product"), sink, extra={**own, "DATABASE_URL": relay.url})
        product.start()
        try:
            yield product, relay
        finally:
            relay.silent = False
            product.stop()
            relay.cut()


def _timed(product: Product, path: str) -> tuple[int, str, float]:
    began = time.monotonic()
    status, body = get(product.port, path)
    return status, body, time.monotonic() - began


def _probes_answer(product: Product) -> None:
    for _time in range(4):
        status, body, seconds = _timed(product, "/live")
        assert (status, body) == (200, "ok")
        assert seconds < PROBE_SECONDS
        status, body, seconds = _timed(product, "/ready")
        assert (status, body) in {(503, "database: no answer"), (503, "database: unreachable")}
        assert seconds < PROBE_SECONDS


def _ask_all(people: ThreadPoolExecutor, product: Product) -> list[Future[tuple[int, str, float]]]:
    """More pages at the same moment than the product has threads."""
    return [people.submit(_timed, product, PAGE) for _page in range(4 * PAGE_THREADS)]


def _connect_every_thread(people: ThreadPoolExecutor, product: Product) -> None:
    """So that pages wait for an answer over connections that are there, which no `connect_timeout` ends."""
    assert {page.result()[0] for page in _ask_all(people, product)} <= WELL


def _heals(product: Product) -> None:
    began = time.monotonic()
    assert eventually(lambda: get(product.port, "/ready") == (200, "ok"), HEALED_SECONDS)
    left = HEALED_SECONDS - (time.monotonic() - began)
    assert eventually(lambda: {get(product.port, PAGE)[0] for _page in range(PAGE_THREADS)} <= WELL, left)


def test_pages_and_probes_answer_while_the_database_is_silent_and_all_is_well_afterwards(
    relayed: tuple[Product, Relay],
) -> None:
    product, relay = relayed
    with ThreadPoolExecutor(4 * PAGE_THREADS) as people:
        for _outage in range(2):
            _connect_every_thread(people, product)
            assert get(product.port, "/ready") == (200, "ok")
            relay.silent = True
            waiting = _ask_all(people, product)
            _probes_answer(product)
            answers = [page.result() for page in waiting]
            assert {status for status, _body, _seconds in answers} == {503}
            assert all("The database does not answer" in body for _status, body, _seconds in answers)
            assert max(seconds for _status, _body, seconds in answers) < PAGE_SECONDS

            # From now on nobody waits any more.
            assert _timed(product, PAGE)[2] < PROBE_SECONDS
            _probes_answer(product)

            relay.silent = False
            _heals(product)


def test_what_a_short_silence_swallowed_hangs_no_page_for_long(relayed: tuple[Product, Relay]) -> None:
    product, relay = relayed
    with ThreadPoolExecutor(4 * PAGE_THREADS) as people:
        _connect_every_thread(people, product)
        relay.silent = True
        waiting = _ask_all(people, product)
        time.sleep(2)  # Longer than the pause between two questions, shorter than what counts as silence.
        relay.silent = False
        answers = [page.result() for page in waiting]
        assert {status for status, _body, _seconds in answers} <= {*WELL, 503}
        assert max(seconds for _status, _body, seconds in answers) < PAGE_SECONDS
    _heals(product)
