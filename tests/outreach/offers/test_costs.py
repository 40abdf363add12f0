from __future__ import annotations

from decimal import Decimal

from closedorders.orders.models import SupplierOrder
from closedorders.outreach.drafts.costs import cost_of
from closedorders.outreach.models import Campaign
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_store
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_scene


def offer(cast: Cast, **changes: object) -> Campaign:
    """A draft for two people with an order of 50 euros each, for which 20 were paid at AliExpress."""
    store = make_store(cast.team, currency="EUR")
    cast.team.currency = "EUR"
    cast.team.save(update_fields=["currency"])
    campaign = draft(make_scene(cast.merchant, 2, store=store, total="50", currency="EUR"))
    SupplierOrder.objects.update(cost=20, currency="EUR")
    for name, value in changes.items():
        setattr(campaign, name, value)
    campaign.save()
    return campaign


def test_the_cost_adds_up_everything_but_codes_nobody_used_yet(cast: Cast) -> None:
    campaign = offer(
        cast,
        gift="a keyring",
        gift_cost=Decimal(1),
        store_credit=Decimal(3),
        shipping_upgrade="ePacket",
        upgrade_cost=Decimal(2),
    )
    cost = cost_of(Plan(campaign))
    assert [(line.label, line.amounts) for line in cost.lines] == [
        ("Refunds", "€10.00"),
        ("Gifts", "€2.00"),
        ("Faster shipping", "€4.00"),
        ("Store credit", "€6.00"),
        ("Discount codes", "€10.00"),
    ]
    assert (cost.whole, cost.each) == ("€22.00", "€11.00")
    assert cost.share == "36% of what these orders leave"


def test_without_all_costs_nobody_says_a_share(cast: Cast) -> None:
    campaign = offer(cast)
    last = SupplierOrder.objects.order_by("-pk").first()
    assert last is not None
    SupplierOrder.objects.filter(pk=last.pk).update(cost=None)
    cost = cost_of(Plan(campaign))
    assert (cost.share, cost.why_no_share) == ("", "not known: 1 order has no price or no AliExpress cost")
    SupplierOrder.objects.update(cost=20, currency="USD")
    assert "rate is missing" in cost_of(Plan(campaign)).why_no_share


def test_the_page_counts_an_offer_as_it_is_typed_and_saves_nothing(cast: Cast, client_of: SignIn) -> None:
    campaign, client = offer(cast), client_of(cast.merchant)
    typed = {"code_percent": "0", "refund_percent": "20", "refund_base": "total", "store_credit": "1.50"}
    answer = client.post(url_of("cost", campaign), typed)
    assert "€23.00" in text_of(answer)
    assert client.post(url_of("cost", campaign), {**typed, "refund_percent": "200"}).status_code == 204
    campaign.refresh_from_db()
    assert (campaign.refund_percent, campaign.store_credit) == (10, 0)
