from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.closures.models import ClosureReason, Playbook
from tests.cast import Cast
from tests.closures.pages import SignIn, closed_order, url, words
from tests.factories import reason


def test_the_seven_causes_and_what_else_closes_orders_are_listed(cast: Cast, client_of: SignIn) -> None:
    closed_order(cast)
    page = client_of(cast.reviewer).get(url(cast, "reasons"))
    assert len(page.context["seeded"]) == 11
    assert page.context["seeded"][0].open_closures == 1
    assert "Add a reason" not in words(page)


def test_a_reviewer_reads_how_many_closures_a_reason_has_and_is_led_to_no_page_of_others(
    cast: Cast, client_of: SignIn
) -> None:
    closed_order(cast)
    code = reason().code
    for address in (url(cast, "reasons"), url(cast, "reason", code)):
        led = f"{url(cast, 'closures')}?reason={code}"
        assert led in client_of(cast.assistant).get(address).content.decode()
        assert led not in client_of(cast.reviewer).get(address).content.decode()
    assert "1 open closure" in words(client_of(cast.reviewer).get(url(cast, "reason", code)))


def test_a_merchant_adds_a_reason_and_writes_its_playbook(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    client.post(url(cast, "reason_creation"), {"name": "Strike"})
    own = ClosureReason.objects.get(team=cast.team)
    client.post(url(cast, "playbook", own.code), {"do_now": "Wait a week.\r\nThen ask."})
    text = words(client_of(cast.assistant).get(url(cast, "reason", own.code)))
    assert "Wait a week. Then ask." in text
    assert "Source: Your own team" in text
    client.post(url(cast, "reason_retirement", own.code))
    own.refresh_from_db()
    assert own.retired_at is not None
    assert client.get(url(cast, "reason", own.code)).status_code == 200


def test_a_teams_own_words_stand_in_the_playbook_of_that_team_only(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    form = client.get(url(cast, "playbook", "travel")).context["form"]
    client.post(url(cast, "playbook", "travel"), {**form.initial, "do_now": "Call Ana.", "verified_on": ""})
    assert Playbook.objects.get().prevention == ""
    assert "Call Ana." in words(client.get(url(cast, "reason", "travel")))
    assert "Call Ana." not in words(client_of(other_cast.merchant).get(url(other_cast, "reason", "travel")))


def test_a_playbook_cannot_be_checked_tomorrow(cast: Cast, client_of: SignIn) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    page = client_of(cast.merchant).post(url(cast, "playbook", "travel"), {"verified_on": tomorrow})
    assert "still to come" in words(page)


MERCHANT_ONLY = [
    ("get", "reason_creation", ()),
    ("get", "playbook", ("travel",)),
    ("post", "reason_retirement", ("travel",)),
]


def test_everyone_reads_playbooks_and_strangers_find_nothing(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    closure = closed_order(cast)
    for_all = [url(cast, "reasons"), url(cast, "reason", "travel")]
    at_the_desk = [url(cast, "closures"), url(cast, "quick_log"), closure.get_absolute_url()]
    for address in [*for_all, *at_the_desk]:
        for member in (cast.merchant, cast.assistant):
            assert client_of(member).get(address).status_code == 200, (address, member.role)
        reviewer = client_of(cast.reviewer).get(address).status_code
        assert reviewer == (200 if address in for_all else 403), address
        for stranger in (other_cast.merchant, None):
            assert client_of(stranger).get(address).status_code == 404, address
        assert Client().get(address).status_code == 302


def test_a_reviewer_changes_nothing(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    client = client_of(cast.reviewer)
    for name in ("closure_reason", "closure_outcome", "closure_reopening"):
        assert client.post(url(cast, name, closure.pk)).status_code == 403
    assert client.post(url(cast, "bulk_reason")).status_code == 403


@pytest.mark.parametrize(("method", "name", "args"), MERCHANT_ONLY)
def test_only_a_merchant_edits_reasons(
    cast: Cast, client_of: SignIn, method: str, name: str, args: tuple[str, ...]
) -> None:
    for member in (cast.assistant, cast.reviewer):
        assert getattr(client_of(member), method)(url(cast, name, *args)).status_code == 403
    assert getattr(client_of(cast.merchant), method)(url(cast, name, *args)).status_code in (200, 302)
