"""What an alert says: a mail's subject and text, the text of a webhook, and why one was not sent."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.core.http.webhook import Problem
from closedorders.core.mail.delivery import Reason

from ..checklist.findings import Finding
from ..models import Alert
from ..rules import State


def title_of(alert: Alert) -> str:
    """The cause's name, in the active language."""
    return str(BUILTIN[alert.check_code].name) if alert.check_code else _("Test of the alerts")


def change_of(alert: Alert) -> str:
    """`Watch → Act`; "" for a test."""
    if not alert.check_code:
        return ""
    return f"{Finding.word_of(State(alert.was))} → {Finding.word_of(State(alert.state))}"


def evidence_path(alert: Alert) -> str:
    """Where the figures behind it are."""
    if not alert.check_code:
        return reverse("risk:alerts", args=[alert.team.slug])
    return reverse("risk:checklist", args=[alert.team.slug]) + f"#{alert.check_code}"


def subject(alert: Alert) -> str:
    if not alert.check_code:
        return _("%(team)s: test of the alerts") % {"team": alert.team.name}
    return f"{alert.team.name}: {title_of(alert)} · {change_of(alert)}"


def body(alert: Alert) -> str:
    """For a mail; the first lines also go to the webhook."""
    return (
        headline(alert)
        + "\n\n"
        + _("Which alerts you get, and how: %(url)s")
        % {"url": settings.SITE_URL + reverse("risk:alerts", args=[alert.team.slug])}
        + "\n"
    )


def headline(alert: Alert) -> str:
    says = alert.text or _("If you read this, alerts reach you here.")
    link = settings.SITE_URL + evidence_path(alert)
    return f"{subject(alert)}\n\n{says}\n\n" + _("The figures behind it: %(url)s") % {"url": link}


def slack_text(alert: Alert) -> str:
    """The headline with the three letters escaped that Slack reads as its own."""
    text = headline(alert).replace("&", "&amp;").replace("<", "&lt;")
    return text.replace(">", "&gt;")


def why_not_sent(problem: str) -> str:
    """In words; "" where nothing is wrong."""
    words: dict[str, str] = {
        Problem.NOT_PUBLIC: _("The address is not on the public internet, or no https address."),
        Problem.UNREACHABLE: _("Nobody answers at this address."),
        Problem.TIMED_OUT: _("No answer came in time."),
        Problem.BAD_CERTIFICATE: _("The certificate of the server is not valid for this address."),
        Problem.REDIRECT: _("The server sends us on to another address. Enter the final one."),
        Problem.REFUSED: _("The server refused it: the webhook may have been removed there."),
        Problem.BUSY: _("The server could not take it just now."),
        Problem.UNREADABLE: _("The stored address cannot be opened any more. Enter it again."),
        Reason.LOST_CLAIM: _("Another worker has it."),
        Reason.LOCAL_MAILBOX: "",
        Reason.ACCEPTED: "",
    }
    return words.get(problem, _("The mail server did not take it.") if problem else "")
