from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused

from .audit import record
from .models import Invitation, Membership, Role, Team, User
from .rights import MERCHANT, allow
from .turns import lock_team

INVITATION_LIFE = timedelta(days=7)
# A team's slug stands in the URL: words that would read as something else are not given out.
RESERVED_SLUGS = {"new", "admin", "setup", "account"}
#: Of a membership's preferences: whether its person closed the set-up list of Today.
SET_UP_HIDDEN = "set_up_hidden"


def free_slug(name: str) -> str:
    base = slugify(name)[:40] or "team"
    slug, number = base, 2
    while slug in RESERVED_SLUGS or Team.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def create_team(
    *, name: str, owner: User, language: str = "", time_zone: str = "UTC", currency: str = "USD"
) -> Membership:
    """A new team with `owner` as its merchant."""
    team = None
    while team is None:
        try:
            with transaction.atomic():
                team = Team.objects.create(
                    name=name, slug=free_slug(name), language=language, time_zone=time_zone, currency=currency
                )
        except IntegrityError:  # Somebody took the same address meanwhile: the next free one.
            continue
    membership = Membership.objects.create(team=team, user=owner, role=Role.MERCHANT)
    record(by=membership, verb="team_created", thing=team, after={"name": name})
    return membership


@transaction.atomic
def create_drill_team(*, team: Team, name: str, by: Membership) -> Membership:
    """A team to practise in, with the same people in the same roles; `by`'s place in it.

    Refused while there is one already, and for a team that is one itself.
    """
    allow(by, MERCHANT, team_id=team.pk)
    team = lock_team(team.pk)
    if team.is_drill:
        raise Refused(_("This is a fire drill already."))
    if Team.objects.filter(drill_of=team).exists():
        raise Refused(_("A fire drill is under way already. End it before you start another one."))
    drill = Team.objects.create(
        name=name[:100],
        slug=free_slug(f"drill-{team.slug}"),
        language=team.language,
        time_zone=team.time_zone,
        currency=team.currency,
        drill_of=team,
    )
    people = Membership.objects.live().filter(team=team).exclude(user=by.user)
    Membership.objects.bulk_create(
        [Membership(team=drill, user_id=each.user_id, role=each.role) for each in people]
    )
    record(by=by, verb="drill_started", thing=team)
    return Membership.objects.create(team=drill, user=by.user, role=Role.MERCHANT)


@transaction.atomic
def create_first_merchant(
    *, email: str, password: str, team_name: str, name: str = "", time_zone: str = "UTC", language: str = ""
) -> Membership:
    """The installation's first person. Refused once anybody exists."""
    if connection.vendor == "postgresql":
        # There is no row to lock yet. (SQLite's transactions wait for each other from their beginning.)
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{User._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
    if User.objects.exists():
        raise Refused(
            _("This installation already has its first merchant. Sign in, or ask them for an invitation.")
        )
    user = User.objects.create_user(
        email, password, name=name, language=language, is_staff=True, is_superuser=True
    )
    return create_team(name=team_name, owner=user, time_zone=time_zone)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class NewInvitation(NamedTuple):
    """An invitation, the token of its link, and whether an earlier link to the same address stopped working."""

    invitation: Invitation
    token: str
    replaced: bool


@transaction.atomic
def invite(*, team: Team, email: str, role: Role, by: Membership) -> NewInvitation:
    """Invite somebody, and withdraw an earlier invitation to the same address: of two links one might be forgotten.

    The token is shown once and cannot be read again.
    """
    allow(by, MERCHANT, team_id=team.pk)
    email = email.lower()
    lock_team(team.pk)
    if Membership.objects.live().filter(team=team, user__email=email).exists():
        raise Refused(_("This person is already in the team."))
    earlier = team.invitations.filter(email=email, accepted_at=None, revoked_at=None).first()
    if earlier is not None:
        revoke_invitation(invitation=earlier, by=by)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        team=team,
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=by,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    record(by=by, verb="person_invited", thing=invitation, after={"role": role})
    return NewInvitation(
        invitation, token, replaced=earlier is not None and earlier.expires_at > timezone.now()
    )


def find_invitation(token: str) -> Invitation | None:
    """The open invitation of a link, or None when it is used, revoked, expired or made up."""
    return (
        Invitation.objects.filter(
            token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
        )
        .select_related("team")
        .first()
    )


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, user: User | None, name: str = "", password: str = ""
) -> Membership:
    """Join the team. `user` is the signed-in person, or None to create one with `password`.

    Refused when the invitation is for another e-mail, was used meanwhile, or names somebody who must sign in first.
    """
    lock_team(invitation.team_id)
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise Refused(_("This invitation has been used or withdrawn. Ask for a new one."))
    if user is None:
        if User.objects.filter(email__iexact=invitation.email).exists():
            raise Refused(_("You already have an account: sign in, then open the link again."))
        user = User.objects.create_user(invitation.email, password, name=name)
    elif user.email.lower() != invitation.email:
        raise Refused(_("This invitation is for another e-mail. Sign out and open the link again."))
    membership, _created = Membership.objects.get_or_create(
        team=invitation.team, user=user, ended_at=None, defaults={"role": invitation.role}
    )
    record(by=membership, verb="person_joined", thing=membership, after={"role": membership.role})
    return membership


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: Membership) -> None:
    allow(by, MERCHANT, team_id=invitation.team_id)
    withdrawn = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if withdrawn:
        record(by=by, verb="invitation_revoked", thing=invitation)


def _require_another_merchant(membership: Membership) -> None:
    lock_team(membership.team_id)  # Two merchants cannot remove each other at once.
    others = (
        Membership.objects.live().filter(team=membership.team, role=Role.MERCHANT).exclude(pk=membership.pk)
    )
    if membership.role == Role.MERCHANT and not others.exists():
        raise Refused(_("A team needs at least one merchant. Make somebody else a merchant first."))


@transaction.atomic
def change_role(*, membership: Membership, role: Role, by: Membership) -> None:
    allow(by, MERCHANT, team_id=membership.team_id)
    if membership.role == role:
        return
    _require_another_merchant(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    record(by=by, verb="role_changed", thing=membership, before={"role": before}, after={"role": role})


@transaction.atomic
def end_membership(*, membership: Membership, by: Membership) -> None:
    allow(by, MERCHANT, team_id=membership.team_id)
    _require_another_merchant(membership)
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    record(by=by, verb="person_removed", thing=membership)


@transaction.atomic
def change_team(*, team: Team, by: Membership, **fields: Any) -> None:
    """Save the team's name, time zone, language or currency, whichever differ."""
    allow(by, MERCHANT, team_id=team.pk)
    before = {name: getattr(team, name) for name, value in fields.items() if getattr(team, name) != value}
    if not before:
        return
    for name in before:
        setattr(team, name, fields[name])
    team.save(update_fields=list(before))
    record(
        by=by, verb="team_changed", thing=team, before=before, after={name: fields[name] for name in before}
    )


@transaction.atomic
def hide_set_up(*, by: Membership) -> None:
    """Leave the set-up list out of this person's Today."""
    allow(by, MERCHANT, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    if fresh.preferences.get(SET_UP_HIDDEN):
        return
    fresh.preferences = {**fresh.preferences, SET_UP_HIDDEN: True}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences
    record(by=by, verb="set_up_hidden", thing=fresh)
