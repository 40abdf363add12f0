"""The whole story, in a browser, with real workers and a real mail server: from the first run to the last apology."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from closedorders.orderfiles import samples
from tests.e2e.harness import Product
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
ORDERS, SEED, DAYS = 60, 3, 21


def start_day() -> object:
    return datetime.now(UTC).date() - timedelta(days=DAYS)


def sample(name: str, **more: object) -> bytes:
    return getattr(samples, name)(orders=ORDERS, seed=SEED, start=start_day(), days=DAYS, **more)  # type: ignore[no-any-return]  # found by its name


def closed_numbers() -> list[str]:
    """Forty AliExpress numbers of the newest orders."""
    made = list(samples.sample_orders(orders=ORDERS, seed=SEED, start=datetime.now(UTC).date(), days=DAYS))
    return [number for order in made for number in order.aliexpress_numbers][-40:]


def sign_out(page: Page) -> None:
    page.locator(".side .account-summary").click()
    page.locator(".side").get_by_role("button", name="Sign out").click()


def join(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join the team").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def invite(page: Page, base: str, email: str, role: str) -> str:
    page.goto(base + "people/")
    page.get_by_label("E-mail").fill(email)
    page.locator("form.form").get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Make an invitation link").click()
    return page.locator("code").inner_text()


def import_file(page: Page, base: str, name: str, content: bytes) -> None:
    """Upload and stop at the preview."""
    page.goto(base + "imports/")
    page.get_by_label("Order file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Upload and check").click()
    expect(page.locator(".figures")).to_be_visible(timeout=20_000)


def save(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"^Save \d+ (order|row)s?$")).click()
    expect(page.locator(".tag", has_text="Saved")).to_be_visible(timeout=20_000)


def figure(page: Page, label: str) -> str:
    return page.locator(".figure", has_text=label).locator(".figure-value").first.inner_text().strip()


def first_merchant(page: Page, product: Product, *, language: str = "en") -> str:
    """Sign up, with a store and a buyer account; the address of the team's pages."""
    page.goto(product.base_url)
    page.get_by_label("Your name").fill("Eva")
    page.get_by_label("E-mail").fill("eva@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of your business").fill("Casa Luna")
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("heading", name="Add your store")).to_be_visible()
    base = page.url
    page.get_by_role("link", name="Add a store").click()
    page.get_by_label("Name", exact=False).first.fill("Casa Luna")
    page.get_by_label("Currency", exact=False).fill("EUR")
    page.get_by_label("Customers' language").select_option(language)
    page.get_by_label("Sender name").fill("Casa Luna")
    page.get_by_label("Sender e-mail").fill("hola@casaluna.example")
    page.locator("form.form button[type=submit]").click()
    page.goto(base + "buyer-accounts/")
    page.get_by_label("Label").fill("Main")
    page.locator("form.form button[type=submit]").click()
    return base


def test_from_the_first_run_to_the_last_apology(
    start_product: Callable[..., Product], new_page: NewPage, tmp_path: Path
) -> None:
    product = start_product(SEND_UNDO_SECONDS="3")
    merchant = new_page()

    base = first_merchant(merchant, product, language="es")

    # Two more people join by their links, each in a browser of their own.
    assistant, reviewer = new_page(), new_page()
    join(assistant, invite(merchant, base, "ana@example.com", "assistant"), "Ana")
    join(reviewer, invite(merchant, base, "rita@example.com", "reviewer"), "Rita")

    # The assistant imports the store's orders; one row is bad and comes back as a file.
    good = sample("shopify_csv")
    lines = good.decode().splitlines(keepends=True)
    bad = lines[1].replace(lines[1].split(",")[0], "#9999", 1).replace(",EUR,", ",EURO,", 1)
    import_file(assistant, base, "orders_export_1.csv", "".join([*lines, bad]).encode())
    assert figure(assistant, "New") == str(ORDERS)
    expect(assistant.get_by_text("EURO", exact=True).first).to_be_visible()
    save(assistant)
    with assistant.expect_download() as download:
        assistant.get_by_role("link", name="Download as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert any("EURO" in cell for cell in rows[1]), rows
    import_file(assistant, base, "again.csv", good)
    expect(assistant.get_by_text("Nothing to save: all orders are here already.")).to_be_visible()

    import_file(assistant, base, "aliexpress.csv", sample("aliexpress_extension_csv", closed=30))
    save(assistant)
    import_file(assistant, base, "links.csv", sample("link_csv"))
    save(assistant)

    # Forty closed orders, pasted; one number nobody knows yet becomes a stub; a second paste logs nothing twice.
    numbers = closed_numbers()
    unknown = "8299999999999999"
    assistant.goto(base + "closures/new/")
    assistant.get_by_label("AliExpress order numbers").fill("\n".join([*numbers, unknown]))
    assistant.get_by_label("Fraud review near $10,000 a day").check()
    assistant.get_by_role("button", name="Save").click()
    expect(assistant.get_by_role("heading", name="41 closures logged")).to_be_visible()
    expect(assistant.get_by_text("1 order is not known yet")).to_be_visible()
    assistant.goto(base + "closures/new/")
    assistant.get_by_label("AliExpress order numbers").fill(" ".join(numbers[:3]))
    assistant.get_by_label("Not sure yet").check()
    assistant.get_by_role("button", name="Save").click()
    expect(assistant.get_by_text("3 were closed already")).to_be_visible()

    # The merchant opens the case and gets the documents ready; the reviewer approves each.
    merchant.goto(base)
    assert figure(merchant, "Closed orders, open") == "41"
    merchant.get_by_role("button", name="Open the case").click()
    merchant.get_by_label("The card", exact=True).check()
    merchant.locator("#verification").get_by_role("button", name="Save").first.click()
    for _slot in range(4):
        merchant.locator("button[name=state][value=ready][aria-pressed=false]").first.click()
    merchant.get_by_role("button", name="Send for review").first.click()
    case_url = merchant.url.split("#")[0]
    reviewer.goto(base)
    reviewer.get_by_role("link", name="Open the case").click()
    for _slot in range(4):
        reviewer.get_by_role("button", name="Approve").first.click()
    reviewer.get_by_role("button", name="Mark ready to submit").click()
    merchant.goto(case_url)
    merchant.get_by_role("button", name="I have sent them").click()

    # The assistant logs the chat; the merchant marks the account unblocked.
    assistant.goto(case_url)
    assert "Passport" not in assistant.content()
    assistant.get_by_label("what was said", exact=False).fill("They have the documents and lift the block.")
    assistant.locator("form.form button[type=submit]", has_text="Log").first.click()
    expect(assistant.get_by_text("They have the documents and lift the block.")).to_be_visible()
    merchant.goto(case_url)
    merchant.get_by_role("link", name="Log the contact").click()
    expect(merchant.get_by_label("what was said", exact=False)).to_be_visible()
    merchant.locator("#log").get_by_role("button", name="Mark unblocked").click()

    # The apologies: codes and refunds exist before a mail names them.
    merchant.goto(base)
    merchant.get_by_role("link", name="Prepare the apologies").click()
    merchant.get_by_role("button", name="Write the apology").click()
    merchant.get_by_role("button", name="Prepare").first.click()
    with merchant.expect_download() as download:
        merchant.get_by_role("button", name=re.compile("File for the shop")).click()
    codes = Path(download.value.path()).read_text(encoding="utf-8").split()[1:]
    merchant.get_by_role("button", name="They are in the shop").click()
    merchant.get_by_role("button", name=re.compile(r"Approve all \d+ refunds")).click()
    assert len(codes) == len(set(codes)) > 25
    merchant.goto(merchant.url.partition("?")[0] + "?step=preview")
    letter = merchant.locator("#preview .letter").inner_text()
    assert any(code in letter for code in codes)
    merchant.locator("summary", has_text="left out").click()
    expect(merchant.get_by_text("Left out, and why")).to_be_visible()
    merchant.locator(".step-bar").get_by_role("link", name="Send", exact=True).click()
    send = merchant.get_by_role("button", name=re.compile(r"Send to \d+ people"))
    people = int(re.findall(r"\d+", send.inner_text())[0])
    assert people == len(codes)
    merchant.locator("#send input[type=text], #send input[type=number]").first.fill(str(people - 1))
    send.click()
    assert product.sink.received == []
    merchant.locator("#send input[type=text], #send input[type=number]").first.fill(str(people))
    merchant.get_by_role("button", name=re.compile(r"Send to \d+ people")).click()

    # The ledger fills without reloading; every customer has exactly one mail.
    expect(merchant.get_by_text(re.compile(rf"\b{people}\b.*\b{people}\b")).first).to_be_visible(
        timeout=40_000
    )
    mails = [message_from_bytes(mail.content, policy=policy.default) for mail in product.sink.received]
    told = Counter(str(mail["To"]) for mail in mails)
    assert len(told) == people
    assert set(told.values()) == {1}
    text = "\n".join(str(mail.get_body(("plain",)).get_content()) for mail in mails)  # type: ignore[union-attr]  # there is one, or the test fails
    assert all(text.count(code) == 1 for code in codes)
    assert "tiktok" not in " ".join(told)
    assert len({mail["Message-ID"] for mail in mails}) == people

    merchant.goto(base)
    assert figure(merchant, "Customers not told") in {"0", "1", "2", "3"}  # the blocked ones stay listed
    merchant.goto(base + "outreach/refunds/")
    expect(merchant.get_by_role("heading", name="Refunds")).to_be_visible()

    # Nobody sees what is not theirs.
    addresses = {str(mail["To"]).rpartition("<")[2].strip(">") for mail in mails}
    for path in ("", "orders/", "closures/", "outreach/", "imports/", "incidents/1/", "outreach/1/"):
        assert assistant.goto(base + path).status == 200  # type: ignore[union-attr]  # there is one, or the test fails
        content = assistant.content()
        assert not [address for address in addresses if address in content], path
    for path in ("outreach/", "orders/", "closures/", "settings/", "people/"):
        assert reviewer.request.get(base + path).status == 403
    assert assistant.request.get(base + "settings/").status == 403
