"""Nothing is solved without a word: a case that is unblocked, or a merchant's reason why none is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.actions import open_case
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure, NoVerification
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import note_no_verification, withdraw_no_verification
from closedorders.incidents.next_step import Step, decide
from closedorders.incidents.reads import incident_view
from closedorders.outreach import actions as outreach
from closedorders.outreach.audience import is_solved, waiting_incidents
from closedorders.outreach.models import Kind
from tests.cast import Cast
from tests.factories import make_store_order, make_supplier_order, reason
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene

SignIn = Callable[[Membership | None], Client]
WHY = "The supplier had no stock left"


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """Two orders closed for a reason that is not about the account, and no word of a verification."""
    return make_scene(cast.merchant, 2, code="supplier_cancelled", solved=False)


def _say(scene: Scene) -> NoVerification:
    return note_no_verification(incident=scene.incident, reason=WHY, by=scene.by)


def test_without_a_case_and_without_a_word_nothing_is_solved(scene: Scene, client_of: SignIn) -> None:
    assert not is_solved(scene.incident)
    assert [item.solved for item in waiting_incidents(scene.team)] == [False]
    view = incident_view(scene.incident, role="merchant")
    assert decide(view.situation) == Step.DECIDE_CASE
    campaign = scenes.make_ready(scenes.draft(scene, Kind.RESOLUTION), scene.by)
    with pytest.raises(Refused, match="no verification is needed"):
        scenes.approve(campaign, scene.by, 2)
    client = client_of(scene.by)
    for url in (
        reverse("outreach:campaigns", args=[scene.team.slug]),
        scene.incident.get_absolute_url(),
        campaign.get_absolute_url(),
        scene.team.get_absolute_url(),
    ):
        page = client.get(url).content.decode()
        assert ">Solved<" not in page
        assert "The block is over" not in page


def test_a_note_to_wait_does_not_say_that_it_is_solved(scene: Scene) -> None:
    note = scenes.draft(scene, Kind.HOLDING)
    scenes.write_text(scene, note, "Dear {first_name|you}, it is solved. {orders}")
    with pytest.raises(Refused, match="The text says “is solved”"):
        scenes.approve(note, scene.by, 2)
    _say(scene)
    scenes.approve(note, scene.by, 2)


def test_with_the_merchants_word_the_customers_can_be_told(scene: Scene) -> None:
    said = _say(scene)
    assert (said.reason, said.by) == (WHY, scene.by)
    assert is_solved(scene.incident)
    view = incident_view(scene.incident, role="merchant")
    assert decide(view.situation) == Step.PREPARE_APOLOGIES
    assert view.no_verification == said
    scenes.sending(scene, Kind.RESOLUTION)
    event = AuditEvent.objects.get(verb="no_verification_noted")
    assert event.after == {"why": WHY}


def test_it_is_said_once_and_with_a_reason(scene: Scene) -> None:
    with pytest.raises(Refused, match="Write why"):
        note_no_verification(incident=scene.incident, reason="  ", by=scene.by)
    assert _say(scene) == _say(scene)
    assert NoVerification.objects.count() == 1


@pytest.mark.parametrize("code", ["fraud_review", None])
def test_it_cannot_be_said_of_closures_that_are_about_the_account_or_nobody_knows(
    scene: Scene, code: str | None
) -> None:
    one = Closure.objects.order_by("pk").first()
    assert one is not None
    closures.set_reason(closures=[one], reason=reason(code) if code else None, by=scene.by)
    with pytest.raises(Refused, match="1 closure has a reason"):
        _say(scene)
    assert not is_solved(scene.incident)


def test_the_word_is_in_doubt_once_a_closure_says_otherwise(scene: Scene, client_of: SignIn) -> None:
    _say(scene)
    one = Closure.objects.order_by("pk").first()
    assert one is not None
    closures.set_reason(closures=[one], reason=reason("card_check"), by=scene.by)
    assert not is_solved(scene.incident)
    assert decide(incident_view(scene.incident, role="merchant").situation) == Step.OPEN_CASE
    assert "In doubt" in client_of(scene.by).get(scene.incident.get_absolute_url()).content.decode()


def test_of_a_teams_own_reason_the_merchant_decides(scene: Scene) -> None:
    own = closures.add_reason(team=scene.team, name="Strike", by=scene.by)
    closures.set_reason(closures=Closure.objects.all(), reason=own, by=scene.by)
    assert decide(incident_view(scene.incident, role="merchant").situation) == Step.DECIDE_CASE
    _say(scene)
    assert is_solved(scene.incident)


def test_it_is_taken_back_while_nothing_was_sent_and_not_after(scene: Scene) -> None:
    _say(scene)
    withdraw_no_verification(incident=scene.incident, by=scene.by)
    assert not is_solved(scene.incident)
    _say(scene)
    campaign = scenes.make_ready(scenes.draft(scene, Kind.RESOLUTION), scene.by)
    campaign = scenes.approve(campaign, scene.by, 2)
    with pytest.raises(Refused, match="has been sent or is on its way"):
        withdraw_no_verification(incident=scene.incident, by=scene.by)
    outreach.withdraw_approval(campaign=campaign, by=scene.by)
    withdraw_no_verification(incident=scene.incident, by=scene.by)
    assert not is_solved(scene.incident)
    assert AuditEvent.objects.filter(verb="no_verification_withdrawn").count() == 2


def test_a_case_that_is_open_says_more_than_the_word(scene: Scene) -> None:
    _say(scene)
    open_case(incident=scene.incident, by=scene.by)
    assert not is_solved(scene.incident)


def test_the_merchant_says_it_on_the_incidents_page_and_takes_it_back(
    scene: Scene, client_of: SignIn
) -> None:
    client, url = client_of(scene.by), scene.incident.get_absolute_url()
    page = client.get(url).content.decode()
    assert "Does AliExpress verify the account?" in page
    assert "No verification is needed, because" in page
    page = client.post(f"{url}no-verification/", {"reason": WHY}, follow=True).content.decode()
    assert WHY in page
    assert "Tell 2 customers" in page
    client.post(f"{url}no-verification/withdrawal/", follow=True)
    assert not is_solved(scene.incident)


def test_new_closures_of_an_incident_whose_word_stands_open_a_new_one(scene: Scene) -> None:
    _say(scene)
    later = make_supplier_order(scene.team, make_store_order(scene.store))
    logged = closures.log_closures(
        team=scene.team,
        numbers=[later.number],
        reason=reason("fraud_review"),
        buyer_account=scene.incident.buyer_account,
        by=scene.by,
    )
    assert logged.incident is not None
    assert logged.incident != scene.incident
    assert (is_solved(scene.incident), is_solved(logged.incident)) == (True, False)
