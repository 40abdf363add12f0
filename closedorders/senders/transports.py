"""Which mail server a store's mails leave through, and the one way to open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from django.conf import settings

from closedorders.accounts.models import Team
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Phase, Reason
from closedorders.core.mail.smtp import Security, SmtpConnection
from closedorders.core.mail.transports import SMTP_BACKEND, mail_stays_here, open_transport
from closedorders.orders.models import Store

from .models import MailServer
from .sealing import Unreadable, open_password


class Route(StrEnum):
    """Whose mail server it is."""

    DRILL = "drill"
    """A fire drill's: everything goes to the local mailbox, whatever else is set up."""
    OWN = "own"
    INSTALLATION = "installation"
    PROVIDER = "provider"
    """The installation hands mails to a mail service by HTTP: there is no SMTP to ask."""
    LOCAL = "local"
    """There is no mail server: everything goes to the local mailbox."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a store's mails leave. `host` and `port` are "" and 0 where no SMTP server is asked."""

    route: Route
    host: str = ""
    port: int = 0
    server: MailServer | None = None

    @property
    def label(self) -> str:
        """What findings are remembered with: another label, and they say nothing of this way."""
        changed = f" {self.server.changed_at.isoformat()}" if self.server else ""
        return f"{self.route} {self.host}:{self.port}{changed}"

    @property
    def stays_here(self) -> bool:
        """Whether every mail goes to the local mailbox and reaches nobody."""
        return self.route in {Route.LOCAL, Route.DRILL}


def way_of(store: Store) -> Way:
    """How the mails of this store leave now. One query, and one for its team where that is not loaded."""
    if store.team.is_drill:
        return Way(Route.DRILL)
    server = MailServer.objects.filter(store=store).first()
    if server is not None:
        return Way(Route.OWN, server.host, server.port, server)
    if mail_stays_here():
        return Way(Route.LOCAL)
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        return Way(Route.INSTALLATION, settings.EMAIL_HOST, settings.EMAIL_PORT)
    return Way(Route.PROVIDER)


def mails_stay_here(team: Team) -> bool:
    """Whether mails of a store of this team reach nobody: there is no mail server, and not every store has its own.

    No query where the installation has one.
    """
    if not mail_stays_here():
        return False
    stores = Store.objects.for_team(team)
    return stores.filter(mail_server=None).exists() or not stores.exists()


def only_public_servers() -> bool:
    """Whether a store's server must be on the public internet: not where the installation is one's own machine."""
    return not (settings.EMBEDDED or settings.DEBUG)


def transport_for(store: Store, *, patience: float | None = None) -> MailTransport:
    """The transport for the store's mails; close it afterwards. Nothing connects before the first message.

    `patience` (seconds) shortens the waits for somebody who looks on. A store with a mail server of its own never
    falls back to the installation's: where its password cannot be opened, every mail is refused.
    """
    return open_way(way_of(store), patience=patience)


def open_way(way: Way, *, patience: float | None = None) -> MailTransport:
    if way.route is Route.DRILL:
        return open_transport(only_local=True)
    if way.server is None:
        return open_transport(patience=patience)
    try:
        password = open_password(way.server)
    except Unreadable:
        return _Refusing()
    return SmtpConnection(
        host=way.server.host,
        port=way.server.port,
        username=way.server.username,
        password=password,
        security=cast("Security", way.server.security),
        timeout=patience or settings.EMAIL_TIMEOUT or 20,
        final_reply_timeout=patience or settings.SMTP_FINAL_REPLY_TIMEOUT,
        only_public=only_public_servers(),
    )


class _Refusing:
    """Refuses every mail: the password of the store's mail server cannot be opened."""

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.LOGIN, reason=Reason.LOST_SIGN_IN)

    def probe(self, *, sender: str) -> Delivery | None:
        return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.LOGIN, reason=Reason.LOST_SIGN_IN)

    def close(self) -> None:
        pass


def probe_sender(way: Way, sender: str, *, patience: float) -> Delivery | None:
    """Ask the server of `way` whether it takes `sender`: None, or how it refused. Only for ways with a server."""
    transport = open_way(way, patience=patience)
    if not isinstance(transport, SmtpConnection | _Refusing):
        raise TypeError("there is no mail server to ask")
    return transport.probe(sender=sender)
