"""The words "solved", "told" and "sent" on the merchant's screen, from a split incident to its last apology."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

#: What AliExpress closed without a reason that anybody knows was the supplier's doing, as it turns out.
SUPPLIER_CANCELLED = (
    "from closedorders.closures.models import Closure, ClosureReason;"
    "reason = ClosureReason.objects.get(team=None, code='supplier_cancelled');"
    "Closure.objects.filter(reason=None).update(reason=reason)"
)


def _send_to_all(page: Page) -> int:
    """Type the count and send; how many people that is."""
    send = page.get_by_role("button", name=re.compile(r"^Send to \d+ (person|people)$"))
    page.locator(".step-bar").get_by_role("link", name="Send", exact=True).click()
    people = int(re.findall(r"\d+", send.inner_text())[0])
    page.locator("#send input[name=count]").fill(str(people))
    send.click()
    expect(page.locator(".tag", has_text="Finished")).to_be_visible(timeout=30_000)
    return people


def test_nothing_is_solved_before_somebody_says_so_and_nobody_is_told_twice(
    start_product: Callable[..., Product], page: Page
) -> None:
    product = start_product(demo=True, SEND_UNDO_SECONDS="1")
    product.manage("shell", "-c", SUPPLIER_CANCELLED)
    base = sign_in(page, product, "merchant")

    # The orders that have nothing to do with the account become an incident of their own.
    page.goto(base + "incidents/2/")
    page.get_by_role("link", name="Split it").click()
    page.get_by_role("link", name=re.compile("upplier")).click()
    page.get_by_role("button", name=re.compile("Split off all with")).click()
    expect(page.get_by_role("heading", name="Incident 3")).to_be_visible()
    expect(page.get_by_role("heading", name="Does AliExpress verify the account?")).to_be_visible()

    # Nobody has said that it is solved: only a note to wait may leave.
    page.goto(base + "outreach/")
    row = page.locator("tr", has_text="Incident 3")
    expect(row.get_by_text("Still blocked")).to_be_visible()
    row.get_by_role("button", name="Send a holding note").click()
    people = _send_to_all(page)
    page.goto(base + "incidents/3/")
    expect(page.get_by_text(f"told: waiting, {people}").first).to_be_visible()
    page.goto(base + "outreach/")
    expect(row.get_by_text(f"Told: waiting, {people}")).to_be_visible()
    page.goto(base)
    expect(page.get_by_text(f"told: waiting, {people}").first).to_be_visible()

    # The merchant says once, with a reason, that nothing is verified; then the apology passes.
    page.goto(base + "incidents/3/")
    page.get_by_label("No verification is needed, because").fill("The supplier had none left")
    page.get_by_role("button", name="No verification needed", exact=True).click()
    expect(page.get_by_text("“The supplier had none left”")).to_be_visible()
    page.goto(base + "outreach/")
    expect(row.get_by_text("Solved")).to_be_visible()
    row.get_by_role("button", name="Write the apology").click()
    page.locator("#offer input[name=code_percent]").fill("0")
    page.locator("#offer input[name=refund_percent]").fill("0")
    page.get_by_role("button", name="Save the offer").click()
    assert _send_to_all(page) == people
    expect(page.get_by_text("Follows the holding note of")).to_have_count(people)
    mails = [message_from_bytes(mail.content, policy=policy.default) for mail in product.sink.received]
    assert len(mails) == 2 * people
    notes = {mail["Message-ID"] for mail in mails if not mail["In-Reply-To"]}
    assert {mail["In-Reply-To"] for mail in mails if mail["In-Reply-To"]} == notes

    # After the apology there is no note to wait any more, and the word cannot be taken back.
    page.goto(base + "incidents/3/")
    page.get_by_role("button", name=re.compile("Take back")).click()
    expect(page.get_by_text("has been sent or is on its way")).to_be_visible()
    page.get_by_role("button", name="Holding note").click()
    expect(page.get_by_text("Has the apology already").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Send to"))).to_have_count(0)

    # Merged back, nobody of it is to be told again.
    page.goto(base + "incidents/3/")
    page.get_by_text("Merge it into another").click()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("Incident 3 is part of Incident 2 now.")).to_be_visible()
    page.goto(base + "incidents/3/")
    expect(page.get_by_text("Its closures, case and mails are in the other incident now.")).to_be_visible()


def test_without_a_mail_server_every_page_says_that_nobody_reads_it_on_a_phone(
    start_product: Callable[..., Product], new_page: NewPage
) -> None:
    product = start_product(demo=True, SEND_UNDO_SECONDS="1", EMAIL_URL="")
    page = new_page(viewport={"width": 360, "height": 800})
    base = sign_in(page, product, "merchant")
    no_server = page.locator(".notice", has_text="No mail server is set up")
    expect(no_server).to_be_visible()
    page.goto(base + "incidents/2/")
    page.get_by_role("button", name="Holding note").click()
    expect(no_server).to_be_visible()
    people = _send_to_all(page)
    expect(no_server).to_be_visible()
    expect(page.locator(".tag", has_text="In the local mailbox")).to_have_count(people)
    expect(page.locator(".tag", has_text=re.compile("^Sent$"))).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(base + "outreach/")
    expect(page.locator(".tag", has_text=f"{people} in the local mailbox")).to_be_visible()
    assert "Told: waiting" not in page.content(), "nobody was reached"
    page.goto(base + "incidents/2/split/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert product.sink.received == []
