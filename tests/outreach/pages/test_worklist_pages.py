from __future__ import annotations

import pytest
from django.urls import reverse

from closedorders.outreach import actions
from closedorders.outreach.models import DiscountCode, Refund, Suppression
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.pages.responses import SignIn, said_on, text_of, url_of
from tests.outreach.scenes import draft, make_ready, make_scene


@pytest.mark.parametrize(
    ("platform", "head"), [("shopify", "code"), ("woocommerce", "post_title,"), ("other", "\ufeffCode,")]
)
def test_codes_leave_in_the_shape_the_shop_takes(
    cast: Cast, client_of: SignIn, platform: str, head: str
) -> None:
    scene = make_scene(cast.merchant, 2, store=make_store(cast.team, platform=platform))
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    answer = client_of(cast.merchant).post(url_of("campaign_codes_file", campaign))
    text = text_of(answer)
    assert text.startswith(head)
    for code in DiscountCode.objects.all():
        assert code.code in text
        assert code.exported_at is not None
    assert "attachment" in answer["Content-Disposition"]


def test_a_name_that_is_a_formula_leaves_as_text(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, platform="other")
    customer = make_customer(store, '=HYPERLINK("http://x")')
    campaign = make_ready(draft(make_scene(cast.merchant, store=store, customers=[customer])), cast.merchant)
    client = client_of(cast.merchant)
    codes = text_of(client.post(url_of("campaign_codes_file", campaign)))
    refunds = text_of(client.get(reverse("outreach:refunds_file", args=[cast.team.slug])))
    for text in (codes, refunds):
        assert "'=HYPERLINK" in text
        assert ',"=HYPERLINK' not in text
    assert "4.50,EUR" in refunds


def test_refunds_are_ticked_singly_and_together(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 3))
    actions.prepare(campaign=campaign, by=cast.merchant)
    client, url = client_of(cast.merchant), reverse("outreach:refunds", args=[cast.team.slug])
    one, *others = Refund.objects.order_by("pk").values_list("pk", flat=True)
    client.post(url + "?view=proposed", {"do": "approve", "pk": [one, *others]})
    client.post(url, {"do": "issue", "pk": one})
    assert Refund.objects.get(pk=one).issued_by == cast.merchant
    client.post(url, {"do": "issue", "pk": others})
    assert set(Refund.objects.values_list("state", flat=True)) == {"issued"}
    client.post(url + "?view=paid", {"do": "reopen", "pk": one})
    assert Refund.objects.get(pk=one).state == "approved"
    assert "€4.50" in text_of(client.get(url))
    nothing = client.post(url, {"do": "issue"}, follow=True)
    assert "Nothing was ticked" in said_on(nothing)


def test_codes_are_ticked_as_loaded(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 2))
    actions.prepare(campaign=campaign, by=cast.merchant)
    first = DiscountCode.objects.order_by("pk").first()
    assert first is not None
    client, url = client_of(cast.merchant), reverse("outreach:codes", args=[cast.team.slug])
    client.post(url, {"pk": first.pk})
    assert [code.loaded_at is not None for code in DiscountCode.objects.order_by("pk")] == [True, False]
    assert first.code in text_of(client.get(url + "?view=loaded"))


def test_an_address_is_blocked_and_released(cast: Cast, client_of: SignIn) -> None:
    client, url = client_of(cast.merchant), reverse("outreach:suppressions", args=[cast.team.slug])
    client.post(url, {"email": "Maria@Example.com", "cause": "asked", "detail": "by phone"})
    row = Suppression.objects.get()
    assert row.email == "maria@example.com"
    assert "by phone" in text_of(client.get(url))
    client.post(reverse("outreach:suppression_release", args=[cast.team.slug, row.pk]))
    assert not Suppression.objects.live().exists()
    assert "maria@example.com" in text_of(client.get(url + "?view=released"))
