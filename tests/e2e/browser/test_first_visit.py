"""What a first visit costs, over the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

MOST_BYTES, MOST_REQUESTS = 150_000, 10


@pytest.mark.parametrize("path", ["", "orders/"], ids=["Today", "Orders"])
def test_a_first_visit_is_small_and_takes_few_requests(
    path: str, demo_product: Product, new_page: Callable[..., Page], chromium: Browser
) -> None:
    signed_in = new_page()
    base = sign_in(signed_in, demo_product, "merchant")
    context = chromium.new_context(storage_state=signed_in.context.storage_state())  # with an empty cache
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(base + path, wait_until="networkidle")
    sizes = {answer.url: answer.request.sizes() for answer in answers}
    context.close()
    transferred = {url: size["responseHeadersSize"] + size["responseBodySize"] for url, size in sizes.items()}
    assert any(url.endswith(".woff2") for url in transferred)
    assert sum(transferred.values()) <= MOST_BYTES, transferred
    assert len(transferred) <= MOST_REQUESTS, transferred
    unhashed = [url for url in transferred if "/static/" in url and len(url.split("/")[-1].split(".")) < 3]
    assert not unhashed, "browsers ask for these again and again"
