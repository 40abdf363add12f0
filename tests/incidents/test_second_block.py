"""A second block is a new event; incidents are ended, reopened, split and merged, and nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.models import Case
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import (
    end_incident,
    merge_incident,
    note_no_verification,
    reopen_incident,
    split_incident,
)
from closedorders.orders.models import Customer
from closedorders.outreach import sending
from closedorders.outreach.audience import Exclusion, find_audience, is_solved, not_told, untold_by_incident
from closedorders.outreach.models import DiscountCode, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import make_incident, make_store_order, make_supplier_order, reason
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """An account that works again, with three customers."""
    return make_scene(cast.merchant, 3)


def _close(scene: Scene, customer: Customer, code: str = "fraud_review") -> Incident:
    """AliExpress closes one more order of the account; the incident that it is in."""
    bought = make_supplier_order(scene.team, make_store_order(scene.store, customer))
    logged = closures.log_closures(
        team=scene.team,
        numbers=[bought.number],
        reason=reason(code),
        buyer_account=scene.incident.buyer_account,
        by=scene.by,
    )
    assert logged.incident is not None
    return logged.incident


def _tell(scene: Scene, people: int, incident: Incident | None = None) -> None:
    campaign = scenes.draft(
        Scene(scene.team, scene.by, scene.store, incident or scene.incident, scene.customers), Kind.RESOLUTION
    )
    scenes.make_ready(campaign, scene.by)
    sending.send_due(scenes.start(scenes.approve(campaign, scene.by, people)).pk)


def test_what_is_closed_after_the_block_is_over_is_a_new_incident(scene: Scene) -> None:
    _tell(scene, 3)
    second = _close(scene, scene.customers[0])
    assert (second.follows, second.ended_at) == (scene.incident, None)
    scene.incident.refresh_from_db()
    assert scene.incident.ended_at is None, "its orders are still to be made good"
    assert _close(scene, scene.customers[1]) == second, "the third one joins the second block"
    found = find_audience(incident=second, store=scene.store, kind=Kind.RESOLUTION)
    assert [person.customer for person in found.included] == scene.customers[:2], "told of others only"
    assert untold_by_incident(scene.team, [scene.incident, second]) == {second.pk: {"not_told": 2}}
    assert not is_solved(second)


def test_while_an_account_is_blocked_its_closures_join_the_open_incident(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1, solved=False)
    assert _close(scene, scene.customers[0]) == scene.incident


def test_one_open_incident_of_an_account_takes_closures_the_database_says_so(scene: Scene) -> None:
    def another() -> None:
        make_incident(scene.team, scene.by, buyer_account=scene.incident.buyer_account)

    with pytest.raises(IntegrityError), transaction.atomic():
        another()
    Incident.objects.filter(pk=scene.incident.pk).update(passed_on_at=timezone.now())
    another()


def test_merged_into_the_old_one_a_second_block_needs_a_new_case(scene: Scene) -> None:
    _tell(scene, 3)
    second = _close(scene, scene.customers[0])
    merge_incident(incident=second, into=scene.incident, by=scene.by)
    scene.incident.refresh_from_db()
    assert (second.merged_into, second.ended_by) == (scene.incident, scene.by)
    assert scene.incident.passed_on_at is None, "new closures join it again"
    states = list(Case.objects.filter(incident=scene.incident).order_by("pk").values_list("state", flat=True))
    assert states == ["unblocked", "collecting"]
    assert not is_solved(scene.incident)
    event = AuditEvent.objects.get(verb="incident_merged")
    assert event.after == {"orders": 1, "into": scene.incident.number}


def test_the_page_of_a_log_lets_the_new_block_join_the_old_one_in_one_click(
    scene: Scene, client_of: SignIn
) -> None:
    _tell(scene, 3)
    bought = make_supplier_order(scene.team, make_store_order(scene.store, scene.customers[0]))
    logged = {
        "numbers": bought.number,
        "reason": "fraud_review",
        "account": str(scene.incident.buyer_account_id),
    }
    page = client_of(scene.by).post(f"/t/{scene.team.slug}/closures/new/", logged, follow=True)
    second = Incident.objects.get(follows=scene.incident)
    assert f"They are part of {scene.incident}" in page.content.decode()
    client_of(scene.by).post(
        f"/t/{scene.team.slug}/incidents/{second.number}/merger/", {"into": scene.incident.number}
    )
    second.refresh_from_db()
    assert second.merged_into == scene.incident


def test_a_customer_who_was_told_is_told_once_more_of_what_joined_and_only_of_that(scene: Scene) -> None:
    _tell(scene, 3)
    maria = scene.customers[0]
    second = _close(scene, maria)
    [new] = Closure.objects.filter(incident=second)
    merge_incident(incident=second, into=scene.incident, by=scene.by)
    Case.objects.filter(state="collecting").update(state="unblocked")
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert [(person.customer, person.closure_ids) for person in found.included] == [(maria, (new.pk,))]
    assert [left.why for left in found.excluded] == [Exclusion.TOLD] * 2
    _tell(scene, 1)
    assert not_told(scene.team).count == 0
    first_mail, second_mail = Message.objects.filter(customer=maria).order_by("number")
    assert (first_mail.number, second_mail.number) == (1, 2)
    assert first_mail.message_id != second_mail.message_id
    assert set(second_mail.closures.all()) == {new}
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert found.included == []


def test_an_order_joined_to_its_sale_after_the_apology_is_a_new_thing_to_tell(scene: Scene) -> None:
    stub = make_supplier_order(scene.team)
    closure = Closure.objects.create(
        team=scene.team, supplier_order=stub, incident=scene.incident, logged_by=scene.by
    )
    _tell(scene, 3)
    stub.store_order = make_store_order(scene.store, scene.customers[0])
    stub.save()
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert [person.closure_ids for person in found.included] == [(closure.pk,)]
    assert untold_by_incident(scene.team, [scene.incident]) == {scene.incident.pk: {"not_told": 1}}
    _tell(scene, 1)
    assert not_told(scene.team).count == 0


def test_the_same_person_cannot_be_mailed_twice_with_one_number(scene: Scene) -> None:
    _tell(scene, 3)
    first = Message.objects.order_by("pk").first()
    assert first is not None
    first.pk, first.message_id = None, "<again@example.com>"
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save()


def test_only_open_incidents_of_one_account_without_mails_on_their_way_are_merged(
    cast: Cast, scene: Scene
) -> None:
    with pytest.raises(Refused, match="one AliExpress account"):
        merge_incident(incident=scene.incident, into=make_scene(cast.merchant, 1).incident, by=cast.merchant)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    second = _close(scene, scene.customers[0])
    with pytest.raises(Refused, match="3 mails of this incident are on their way"):
        merge_incident(incident=second, into=scene.incident, by=cast.merchant)
    Message.objects.filter(campaign=campaign).update(state="uncertain")
    with pytest.raises(Refused, match="not certain"):
        merge_incident(incident=second, into=scene.incident, by=cast.merchant)
    assert second.ended_at is None


def test_two_cases_that_are_not_unblocked_keep_incidents_apart(scene: Scene) -> None:
    second = _close(scene, scene.customers[0])
    for incident in (scene.incident, second):
        Case.objects.create(
            team=scene.team, incident=incident, buyer_account=incident.buyer_account, opened_by=scene.by
        )
    with pytest.raises(Refused, match="Both incidents have a case"):
        merge_incident(incident=second, into=scene.incident, by=scene.by)


def test_split_off_closures_go_to_an_incident_of_their_own_with_what_was_prepared(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 3, solved=False)
    scenes.make_ready(scenes.draft(scene, Kind.RESOLUTION), cast.merchant)
    cancelled = Closure.objects.get(supplier_order__store_order__customer=scene.customers[0])
    closures.set_reason(closures=[cancelled], reason=reason("supplier_cancelled"), by=cast.merchant)
    new = split_incident(incident=scene.incident, closures=[cancelled.pk], by=cast.merchant)
    assert list(new.closures.all()) == [cancelled]
    assert (new.follows, new.cause) == (scene.incident, reason("supplier_cancelled"))
    assert scene.incident.closures.count() == 2
    assert Refund.objects.filter(incident=new).count() == 1
    assert DiscountCode.objects.filter(incident=new).get().customer == scene.customers[0]
    assert Refund.objects.filter(incident=scene.incident).count() == 2
    # The blocked one goes on taking closures; the other one's customers can be told today.
    assert _close(scene, scene.customers[1]) == scene.incident
    note_no_verification(incident=new, reason="Out of stock", by=cast.merchant)
    _tell(scene, 1, new)
    assert not is_solved(scene.incident)
    event = AuditEvent.objects.get(verb="incident_split")
    assert event.after == {"orders": 1, "into": new.number}


def test_who_was_told_before_a_split_is_not_told_again_after_it(scene: Scene) -> None:
    _tell(scene, 3)
    one = Closure.objects.get(supplier_order__store_order__customer=scene.customers[0])
    new = split_incident(incident=scene.incident, closures=[one.pk], by=scene.by)
    found = find_audience(incident=new, store=scene.store, kind=Kind.RESOLUTION)
    assert (found.included, [left.why for left in found.excluded]) == ([], [Exclusion.TOLD])
    scene.incident.refresh_from_db()
    assert scene.incident.passed_on_at is not None
    assert _close(scene, scene.customers[1]) == new, "the old one is over its block"


def test_closures_of_one_sale_are_split_off_together(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2, solved=False)
    sale = scene.customers[0].orders.get()
    twin = make_supplier_order(scene.team, sale)
    closures.log_closures(
        team=scene.team,
        numbers=[twin.number],
        reason=None,
        buyer_account=scene.incident.buyer_account,
        by=scene.by,
    )
    one = Closure.objects.filter(supplier_order__store_order=sale).order_by("pk").first()
    assert one is not None
    new = split_incident(incident=scene.incident, closures=[one.pk], by=scene.by)
    assert new.closures.count() == 2


def test_a_split_needs_some_that_go_and_some_that_stay(scene: Scene) -> None:
    everything = list(Closure.objects.values_list("pk", flat=True))
    with pytest.raises(Refused, match="at least one must stay"):
        split_incident(incident=scene.incident, closures=everything, by=scene.by)
    with pytest.raises(Refused, match="Choose at least one"):
        split_incident(incident=scene.incident, closures=[], by=scene.by)
    scenes.sending(scene, Kind.HOLDING)
    with pytest.raises(Refused, match="on their way"):
        split_incident(incident=scene.incident, closures=everything[:1], by=scene.by)


def test_an_ended_incident_is_reopened_unless_another_one_waits_for_aliexpress(scene: Scene) -> None:
    end_incident(incident=scene.incident, by=scene.by)
    reopen_incident(incident=scene.incident, by=scene.by)
    assert (scene.incident.ended_at, scene.incident.ended_by) == (None, None)
    end_incident(incident=scene.incident, by=scene.by)
    second = _close(scene, scene.customers[0])
    reopen_incident(incident=scene.incident, by=scene.by)
    assert scene.incident.passed_on_at is not None, "the second one takes new closures"
    end_incident(incident=second, by=scene.by)
    third = _close(scene, scene.customers[1])
    assert third not in (scene.incident, second)
    with pytest.raises(Refused, match="both wait for AliExpress"):
        reopen_incident(incident=second, by=scene.by)
    assert AuditEvent.objects.filter(verb="incident_reopened").count() == 2


def test_a_merged_incident_is_not_reopened(scene: Scene) -> None:
    second = _close(scene, scene.customers[0])
    merge_incident(incident=second, into=scene.incident, by=scene.by)
    with pytest.raises(Refused, match="split them off there"):
        reopen_incident(incident=second, by=scene.by)


def test_nobody_is_written_to_of_an_ended_incident(scene: Scene) -> None:
    campaign = scenes.draft(scene, Kind.HOLDING)
    end_incident(incident=scene.incident, by=scene.by)
    campaign.refresh_from_db()
    with pytest.raises(Refused, match="has ended"):
        scenes.approve(campaign, scene.by, 3)


def test_all_of_it_is_on_the_incidents_page(scene: Scene, client_of: SignIn) -> None:
    second = _close(scene, scene.customers[0])
    _close(scene, scene.customers[1], "supplier_cancelled")
    client, url = client_of(scene.by), second.get_absolute_url()
    page = client.get(url).content.decode()
    assert "Split it" in page
    assert "Merge it into another" in page
    split = client.get(f"{url}split/?reason=supplier_cancelled").content.decode()
    assert "Split off all with" in split
    client.post(f"{url}split/", {"scope": "reason", "reason": "supplier_cancelled"})
    third = Incident.objects.order_by("pk").last()
    assert third is not None
    assert third.closures.count() == 1
    ticked = {"closure": [Closure.objects.filter(incident=second).get().pk]}
    refused = client.post(f"{url}split/", ticked, follow=True).content.decode()
    assert "at least one must stay" in refused
    answer = client.post(f"{url}merger/", {"into": scene.incident.number}, follow=True)
    assert answer.redirect_chain[-1][0] == scene.incident.get_absolute_url()
    assert "is part of" in answer.content.decode()
    third_url = third.get_absolute_url()
    client.post(f"{third_url}end/")
    assert "Reopen this incident" in client.get(third_url).content.decode()
    client.post(f"{third_url}reopening/")
    assert Incident.objects.get(pk=third.pk).ended_at is None


def test_another_teams_incident_is_no_target(scene: Scene, other_cast: Cast, client_of: SignIn) -> None:
    theirs = make_scene(other_cast.merchant, 1).incident
    url = f"{scene.incident.get_absolute_url()}merger/"
    assert client_of(scene.by).post(url, {"into": theirs.number}).status_code == 404
    assert client_of(scene.by).post(url, {"into": "x"}).status_code == 404
