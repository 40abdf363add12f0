from __future__ import annotations

from closedorders.incidents.page.figures import incident_figures
from closedorders.outreach.models import DiscountCode
from tests.cast import Cast
from tests.factories import make_store, make_store_order
from tests.outreach.pages.responses import SignIn, text_of
from tests.outreach.scenes import draft, make_ready, make_scene


def test_a_code_is_used_once_a_file_names_it_in_an_order_of_its_store(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 2)
    make_ready(draft(scene), cast.merchant)
    used, other = DiscountCode.objects.order_by("pk")
    make_store_order(scene.store, scene.customers[0], number="#9001", discount_code=used.code)
    make_store_order(make_store(cast.team), discount_code=other.code)
    assert list(DiscountCode.objects.used()) == [used]
    page = text_of(client_of(cast.merchant).get(f"/t/{cast.team.slug}/outreach/codes/?view=used"))
    assert used.code in page
    assert "#9001" in page
    assert other.code not in page
    assert incident_figures(scene.incident).money.codes_used == 1
    assert "1 code used" in text_of(client_of(cast.merchant).get(scene.incident.get_absolute_url()))
