"""What people do about who sends: the store's mail server, its DKIM selector, a check, the test of its replies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, User
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.mail.address_checks import is_wire_safe
from closedorders.core.mail.public_hosts import is_public
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.orders.models import Store

from .models import MailServer, ReplyTest, SenderCheck
from .reply_mail import reply_address
from .sealing import seal_password
from .tasks import check_sender, send_reply_test
from .transports import only_public_servers

MAIL_PORTS = frozenset({25, 465, 587, 2465, 2525, 2587})
"""Where mail servers listen: others are refused where a server must be public."""
PAUSE_BETWEEN_TESTS = timedelta(minutes=1)
MOST_TESTS_A_DAY = 20
"""Mails to addresses that somebody typed, of one team in 24 hours."""
STALE = timedelta(days=1)


@transaction.atomic
def set_mail_server(
    *, store: Store, host: str, port: int, security: str, username: str, password: str, by: Membership
) -> MailServer:
    """Send the store's mails through this server from now on, and check it.

    A blank `password` keeps the stored one, but only for the same server and user name: nobody may have it sent to
    another server. The password itself is in no audit line.
    """
    allow(by, MERCHANT, team_id=store.team_id)
    refuse_unsafe(host, port, security, ports=MAIL_PORTS, has_password=bool(password))
    Store.objects.select_for_update().get(pk=store.pk)
    server = MailServer.objects.filter(store=store).first() or MailServer(store=store)
    before = _place(server) if server.pk else {}
    same = (server.host, server.port, server.security, server.username) == (host, port, security, username)
    if server.wrapped_key and not password and username and not same:
        raise Refused(_("Type the password again: it is only kept for the same server and user name."))
    server.host, server.port, server.security, server.username = host, port, security, username
    if username and not password and not server.wrapped_key:
        raise Refused(_("Type the password of this user name."))
    if password or not username:
        seal_password(server, password if username else "")
    server.changed_at, server.changed_by = timezone.now(), by
    server.save()
    record(by=by, verb="mail_server_set", thing=store, before=before, after=_place(server))
    _enqueue_check(store)
    return server


def refuse_unsafe(host: str, port: int, security: str, *, ports: Collection[int], has_password: bool) -> None:
    """Raise `Refused` for a server that must not be connected to, or a password that others could read.

    `ports` are those at which such servers listen: others are refused where a server must be public.
    """
    if security not in MailServer.Security.values or not 0 < port < 65536:
        raise Refused(_("Choose the encryption and the port of the mail server."))
    if not only_public_servers():
        return
    looks_like_ip = ":" in host or host.replace(".", "").isdigit()
    if looks_like_ip and not is_public(host):
        raise Refused(_("The mail server must be on the public internet."))
    if port not in ports:
        listed = ", ".join(map(str, sorted(ports)))
        raise Refused(_("Mail servers listen at one of these ports: %(ports)s.") % {"ports": listed})
    if security == MailServer.Security.NONE and has_password:
        raise Refused(_("Without encryption others could read the password: choose STARTTLS or TLS."))


def _place(server: MailServer) -> dict[str, object]:
    return {"mail_host": server.host, "mail_port": server.port, "mail_security": server.security}


@transaction.atomic
def remove_mail_server(*, store: Store, by: Membership) -> None:
    """Send the store's mails through the installation's server again. The password is deleted."""
    allow(by, MERCHANT, team_id=store.team_id)
    Store.objects.select_for_update().get(pk=store.pk)
    server = MailServer.objects.filter(store=store).first()
    if server is None:
        raise Refused(_("This store has no mail server of its own."))
    server.delete()
    record(by=by, verb="mail_server_removed", thing=store, before=_place(server))
    _enqueue_check(store)


@transaction.atomic
def set_dkim_selector(*, store: Store, selector: str, by: Membership) -> None:
    """Note under which name the store's DKIM key is in the DNS, and check it."""
    allow(by, MERCHANT, team_id=store.team_id)
    check, _created = SenderCheck.objects.select_for_update().get_or_create(store=store)
    if check.dkim_selector == selector:
        return
    before, check.dkim_selector = check.dkim_selector, selector
    check.save(update_fields=["dkim_selector"])
    record(
        by=by,
        verb="dkim_selector_set",
        thing=store,
        before={"dkim_selector": before},
        after={"dkim_selector": selector},
    )
    _enqueue_check(store)


@transaction.atomic
def ask_for_check(*, store: Store, by: Membership) -> SenderCheck:
    """Let a worker ask the mail server and the DNS. One that is under way is not asked for again."""
    allow(by, MERCHANT, team_id=store.team_id)
    found = SenderCheck.objects.filter(store=store).first()
    if found is not None and found.state in SenderCheck.UNFINISHED:
        return found
    check = _enqueue_check(store)
    record(by=by, verb="sender_check_asked", thing=store)
    return check


def check_if_stale(store: Store) -> None:
    """Have the sender checked where the newest check is older than `STALE`; inside of the caller's transaction."""
    newest = SenderCheck.objects.filter(store=store).first()
    if newest is None or newest.asked_at is None or newest.asked_at < timezone.now() - STALE:
        _enqueue_check(store)


def _enqueue_check(store: Store) -> SenderCheck:
    """Whatever a worker is finding out is not written down any more: it began before what has changed now."""
    check, _created = SenderCheck.objects.update_or_create(
        store=store,
        defaults={
            "state": SenderCheck.State.WAITING,
            "asked_at": timezone.now(),
            "claimed_until": None,
            "attempts": 0,
        },
    )
    enqueue_on_commit(check_sender, check.pk)
    return check


@transaction.atomic
def ask_for_reply_test(*, store: Store, by: Membership) -> ReplyTest:
    """Send a mail with a link to the address where the store's customers reply. Refused when that is done too often."""
    allow(by, MERCHANT, team_id=store.team_id)
    Store.objects.select_for_update().get(pk=store.pk)
    address = reply_address(store)
    if not address or not is_wire_safe(store.sender_email):
        raise Refused(_("%(store)s has no sender e-mail: set one on the store's page.") % {"store": store})
    now = timezone.now()
    recent = ReplyTest.objects.filter(
        store__team=store.team_id, created_at__gt=now - timedelta(days=1)
    ).order_by("-pk")
    newest = recent.filter(store=store).first()
    if newest is not None and newest.created_at > now - PAUSE_BETWEEN_TESTS:
        raise Refused(_("A mail was sent less than a minute ago: wait for it before you send another one."))
    if recent.count() >= MOST_TESTS_A_DAY:
        raise Refused(_("That is enough of these mails for one day. Go on tomorrow."))
    test = ReplyTest.objects.create(
        store=store,
        address=address,
        language=translation.get_language() or "en",
        created_by=by,
        created_at=now,
    )
    record(by=by, verb="reply_test_sent", thing=store)
    enqueue_on_commit(send_reply_test, test.pk)
    return test


@transaction.atomic
def prove_reply_address(*, test: ReplyTest, by: User | None) -> None:
    """Whoever opened the mail's link reads this address. Works once, and only while the store still uses it."""
    store = Store.objects.select_for_update().select_related("team").get(pk=test.store_id)
    if reply_address(store) != test.address:
        raise Refused(_("The store's address for replies has changed since: send a new mail from its page."))
    proven = ReplyTest.objects.filter(pk=test.pk, state__in=[ReplyTest.State.SENT]).update(
        state=ReplyTest.State.PROVEN, proven_at=timezone.now()
    )
    if not proven:
        raise Refused(_("This link was used already, or its mail never left."))
    record(by=by, verb="reply_proven", thing=store, team=store.team)
