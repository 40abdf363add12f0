from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from closedorders.accounts import actions
from closedorders.accounts.models import AuditEvent, Invitation, Membership, Role, User
from closedorders.core.refusals import Refused
from tests.cast import Cast
from tests.factories import PASSWORD, make_member, make_user

SignIn = Callable[[Membership | None], Client]


def invite(cast: Cast, email: str = "new@example.com", role: Role = Role.ASSISTANT) -> str:
    return actions.invite(team=cast.team, email=email, role=role, by=cast.merchant).token


def test_an_invited_person_joins_with_a_new_account_and_is_signed_in(cast: Cast, client: Client) -> None:
    token = invite(cast)
    response = client.post(f"/invitations/{token}/", {"name": "Ana", "password": PASSWORD})
    assert response["Location"] == f"/t/{cast.team.slug}/"
    member = Membership.objects.get(user__email="new@example.com")
    assert (member.team, member.role) == (cast.team, Role.ASSISTANT)
    assert client.get(f"/t/{cast.team.slug}/risk/").status_code == 200


def test_an_invitation_works_once(cast: Cast, client: Client) -> None:
    token = invite(cast)
    client.post(f"/invitations/{token}/", {"name": "Ana", "password": PASSWORD})
    assert Client().get(f"/invitations/{token}/").status_code == 410


def test_an_invitation_ends_after_seven_days(cast: Cast, client: Client) -> None:
    token = invite(cast)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/invitations/{token}/").status_code == 410


def test_a_withdrawn_invitation_opens_nothing(cast: Cast, client_of: SignIn, client: Client) -> None:
    token = invite(cast)
    pk = Invitation.objects.get().pk
    client_of(cast.merchant).post(f"/t/{cast.team.slug}/invitations/{pk}/removal/")
    assert client.get(f"/invitations/{token}/").status_code == 410


def test_inviting_an_address_again_withdraws_its_earlier_link_and_says_so(
    cast: Cast, client_of: SignIn, client: Client
) -> None:
    merchant, url = client_of(cast.merchant), f"/t/{cast.team.slug}/people/"
    words = "The earlier link for new@example.com no longer works."
    first = merchant.post(url, {"email": "new@example.com", "role": "assistant"}, follow=True)
    assert words not in first.content.decode()
    again = merchant.post(url, {"email": "New@Example.com", "role": "reviewer"}, follow=True)
    assert words in again.content.decode()
    links = [re.findall(r"/invitations/[\w-]{30,}/", page.content.decode())[0] for page in (first, again)]
    assert [client.get(link).status_code for link in links] == [410, 200]
    earlier, later = Invitation.objects.order_by("pk")
    assert earlier.revoked_at
    assert later.revoked_at is None
    assert AuditEvent.objects.get(verb="invitation_revoked").thing_id == earlier.pk


def test_an_expired_link_is_replaced_without_a_word(cast: Cast, client_of: SignIn, client: Client) -> None:
    invite(cast)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    form = {"email": "new@example.com", "role": "assistant"}
    page = client_of(cast.merchant).post(f"/t/{cast.team.slug}/people/", form, follow=True)
    assert "no longer works" not in page.content.decode()
    assert Invitation.objects.filter(accepted_at=None, revoked_at=None).count() == 1


def test_another_teams_invitation_to_the_same_address_stays(cast: Cast, other_cast: Cast) -> None:
    token = invite(other_cast)
    invite(cast)
    assert actions.find_invitation(token) is not None


def test_the_database_refuses_a_second_open_invitation_however_the_address_is_written(cast: Cast) -> None:
    invite(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            team=cast.team,
            email="NEW@example.com",
            role=Role.ASSISTANT,
            token_hash="0" * 64,
            invited_by=cast.merchant,
            expires_at=timezone.now() + timedelta(days=7),
        )


def test_an_invitation_for_somebody_else_is_refused(cast: Cast, client_of: SignIn) -> None:
    token = invite(cast)
    stranger = client_of(None)
    stranger.post(f"/invitations/{token}/")
    assert not Membership.objects.filter(user__email="new@example.com").exists()
    assert Membership.objects.filter(team=cast.team).count() == 3


def test_an_existing_account_is_never_taken_over_by_an_invitation(cast: Cast, client: Client) -> None:
    known = make_user("known@example.com")
    token = invite(cast, email="known@example.com")
    client.post(f"/invitations/{token}/", {"name": "Mallory", "password": "another-long-password"})
    known.refresh_from_db()
    assert known.check_password(PASSWORD)
    assert not Membership.objects.filter(user=known).exists()
    assert actions.find_invitation(token) is not None  # the refusal used nothing up


def test_the_link_is_shown_once(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    url = f"/t/{cast.team.slug}/people/"
    page = merchant.post(url, {"email": "x@example.com", "role": "reviewer"}, follow=True).content.decode()
    assert re.search(r"/invitations/[\w-]{30,}/", page)
    assert not re.search(r"/invitations/[\w-]{30,}/", merchant.get(url).content.decode())


def test_the_last_merchant_can_neither_leave_nor_be_demoted(cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.end_membership(membership=cast.merchant, by=cast.merchant)
    with pytest.raises(Refused):
        actions.change_role(membership=cast.merchant, role=Role.ASSISTANT, by=cast.merchant)
    second = make_member(cast.team, Role.MERCHANT)
    actions.change_role(membership=cast.merchant, role=Role.ASSISTANT, by=second)
    cast.merchant.refresh_from_db()
    assert cast.merchant.role == Role.ASSISTANT


def test_a_removed_person_gets_404_and_the_removal_is_audited(cast: Cast, client_of: SignIn) -> None:
    assistant = client_of(cast.assistant)
    assert assistant.get(f"/t/{cast.team.slug}/risk/").status_code == 200
    client_of(cast.merchant).post(f"/t/{cast.team.slug}/people/{cast.assistant.pk}/removal/")
    assert assistant.get(f"/t/{cast.team.slug}/risk/").status_code == 404
    assert AuditEvent.objects.filter(verb="person_removed", actor=cast.merchant.user).exists()


def test_the_audit_trail_cannot_be_changed(cast: Cast) -> None:
    actions.change_team(team=cast.team, by=cast.merchant, name="Casa Sol")
    event = AuditEvent.objects.get(verb="team_changed")
    assert (event.before, event.after) == ({"name": "Casa Luna"}, {"name": "Casa Sol"})
    event.verb = "something_else"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.update(verb="x")


def test_the_first_run_page_makes_one_merchant_and_then_only_leads_to_the_sign_in(
    client: Client, db: None
) -> None:
    form = {
        "name": "Eva",
        "email": "Eva@Example.com",
        "password": PASSWORD,
        "team_name": "Casa Luna",
        "time_zone": "Europe/Madrid",
    }
    assert client.get("/account/sign-in/", follow=True).status_code == 200
    assert client.post("/setup/", form)["Location"] == "/t/casa-luna/"
    member = Membership.objects.get()
    assert (member.role, member.user.email, member.team.time_zone) == (
        "merchant",
        "eva@example.com",
        "Europe/Madrid",
    )
    assert Client().post("/setup/", form | {"email": "b@example.com"})["Location"] == "/account/sign-in/"
    assert User.objects.count() == 1


def test_an_empty_installation_leads_from_the_front_page_to_the_first_run(client: Client, db: None) -> None:
    page = client.get("/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/setup/")
