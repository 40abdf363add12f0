from __future__ import annotations

import re

from django.test import Client

from closedorders.outreach.models import Campaign, Kind
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_ready, make_scene


def open_steps(client: Client, campaign: Campaign, query: str = "") -> list[str]:
    """The steps that stand open, by the place they have on the page."""
    page = text_of(client.get(url_of("campaign", campaign) + query))
    return re.findall(r'<details class="panel step-panel" name="steps" open>.*?id="([a-z]+)"', page, re.S)


def test_one_step_stands_open_the_first_with_something_missing(cast: Cast, client_of: SignIn) -> None:
    campaign, client = draft(make_scene(cast.merchant, 2)), client_of(cast.merchant)
    assert open_steps(client, campaign) == ["offer"]
    make_ready(campaign, cast.merchant)
    assert open_steps(client, campaign) == ["send"]


def test_a_step_is_opened_by_its_address_and_a_wrong_one_is_ignored(cast: Cast, client_of: SignIn) -> None:
    campaign, client = draft(make_scene(cast.merchant, 2)), client_of(cast.merchant)
    assert open_steps(client, campaign, "?step=preflight") == ["preflight"]
    assert open_steps(client, campaign, "?person=2") == ["preview"]
    assert open_steps(client, campaign, "?step=nowhere") == ["offer"]


def test_the_step_with_a_mistake_stands_open_and_its_summary_takes_the_focus(
    cast: Cast, client_of: SignIn
) -> None:
    campaign, client = draft(make_scene(cast.merchant, 1), Kind.HOLDING), client_of(cast.merchant)
    answer = client.post(url_of("text", campaign, "en"), {"subject": "", "body": "Hi", "reason": ""})
    page = text_of(answer)
    assert answer.status_code == 422
    assert page.count('name="steps" open') == 1
    opened = page.split('name="steps" open')[1].split("</details>\n")[0]
    assert 'id="texts"' in opened
    assert re.search(r'class="error-summary"[^>]* autofocus data-focus', opened)


def test_the_bar_sums_up_people_money_and_what_is_missing(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, currency="EUR")
    people = [make_customer(store, "Ana Ruiz"), make_customer(store, "John Smith")]
    scene = make_scene(cast.merchant, store=store, customers=people, total="67.20", currency="EUR")
    campaign, client = draft(scene), client_of(cast.merchant)

    def bar() -> str:
        page = text_of(client.get(url_of("campaign", campaign)))
        words = re.sub(r"<[^>]+>", " ", page.split('<p class="step-bar">')[1].split("</p>")[0])
        return " ".join(words.split())

    assert bar() == "2 people · €13.44 · 3 missing Next: Offer and cost"
    make_ready(campaign, cast.merchant)
    assert bar() == "2 people · €13.44 · nothing missing Send"
