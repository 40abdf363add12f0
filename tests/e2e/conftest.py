"""The product as processes, and a browser in front of it.

Browsers live for one module: Playwright's event loop must be gone before a test uses the ORM in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.conftest import chromium_executable
from tests.e2e.harness import Product, services
from tests.smtp_sink import SmtpSink

StartProduct = Callable[..., Product]

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def start_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartProduct]:
    """`start_product(demo=True, SOME_VARIABLE="…")` starts a product of its own, stopped after the module."""
    with ExitStack() as stack:

        def start(*, demo: bool = False, **extra: str) -> Product:
            folder = tmp_path_factory.mktemp("product")
            environment = {**stack.enter_context(services(migrated=True)), **extra}
            product = Product(folder, stack.enter_context(SmtpSink()), demo=demo, extra=environment)
            product.put_migrated_database()
            product.start()
            stack.callback(product.stop)
            return product

        yield start


@pytest.fixture(scope="module")
def product(start_product: StartProduct) -> Product:
    """The product without demo, shared by the tests of a module."""
    return start_product()


@pytest.fixture(scope="module")
def demo_product(start_product: StartProduct) -> Product:
    """The product with its demo team, shared by the tests of a module."""
    return start_product(demo=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_executable(), headless=True, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What pages of a context said that a good page does not say."""

    lines: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.lines.append(f"exception: {error.error}"))
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy are told as console errors.
        if message.type in {"error", "warning"}:
            self.lines.append(f"{message.type}: {message.text}")

    def _response(self, response: object) -> None:
        status = getattr(response, "status", 0)
        if status >= 500:
            self.lines.append(f"{status}: {getattr(response, 'url', '')}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Console errors, policy violations and server errors of `new_page`'s pages; a test fails on any left in it."""
    found = Complaints()
    yield found
    assert found.lines == []


@pytest.fixture
def new_page(chromium: Browser, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """`new_page(locale="es", viewport=…)`: a page in a browser context of its own, for a person of their own."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        usual: dict[str, Any] = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}
        context = chromium.new_context(**{**usual, **options})
        complaints.watch(context)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
