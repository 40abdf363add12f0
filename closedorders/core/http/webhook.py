"""Posts a text to a Slack-compatible webhook: https only, to public addresses only, in bounded time.

The host's addresses are looked up once and the connection goes to one of these, under the host's name: what the name
leads to a moment later is never asked. A redirect is an answer like any other, and is not followed.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from closedorders.core.mail.public_hosts import NotPublic, public_addresses

CONNECT_SECONDS, SECONDS = 5.0, 10.0
#: More of an answer is not read.
MOST_ANSWER = 4_096
#: Of a host with more addresses only these are tried.
MOST_ADDRESSES = 3
#: Longer texts are cut: Slack shows so much of one.
MOST_TEXT = 3_000


class Problem(StrEnum):
    """Why a post was not accepted."""

    NONE = ""
    NOT_PUBLIC = "not_public"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    BAD_CERTIFICATE = "bad_certificate"
    REDIRECT = "redirect"
    REFUSED = "refused"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    """The stored address cannot be opened any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status`: the HTTP status, where there was one."""

    problem: Problem
    status: int | None = None

    @property
    def may_pass(self) -> bool:
        """Whether trying again later is right: what is refused for good stays refused."""
        return self.problem in {Problem.UNREACHABLE, Problem.TIMED_OUT, Problem.BUSY}


class BadUrl(ValueError):
    """Not an address that a webhook may have."""


def split(url: str) -> SplitResult:
    """The parts of a webhook's address. Raises `BadUrl`."""
    if not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise BadUrl
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrl from error
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment or port == 0:
        raise BadUrl
    return parts


def post(url: str, text: str, *, context: ssl.SSLContext | None = None) -> Answer:
    """Post `{"text": …}`. `context` is whom to trust: by default those that the machine trusts."""
    try:
        parts = split(url)
        host, port = parts.hostname or "", parts.port or 443
        addresses = public_addresses(host, port)
    except (BadUrl, NotPublic):
        return Answer(Problem.NOT_PUBLIC)
    except OSError:
        return Answer(Problem.UNREACHABLE)
    answer = Answer(Problem.UNREACHABLE)
    for address in addresses[:MOST_ADDRESSES]:
        pool = HTTPSConnectionPool(
            address,
            port,
            timeout=Timeout(connect=CONNECT_SECONDS, read=SECONDS),
            maxsize=1,
            retries=False,
            ssl_context=context or ssl.create_default_context(),
            server_hostname=host,
            assert_hostname=host,
        )
        try:
            answer = _post(pool, parts, text)
        finally:
            pool.close()
        if answer.problem is not Problem.UNREACHABLE:
            break
    return answer


def _post(pool: HTTPSConnectionPool, parts: SplitResult, text: str) -> Answer:
    try:
        answer = pool.urlopen(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=json.dumps({"text": text[:MOST_TEXT]}).encode(),
            headers={
                "Host": parts.netloc,
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "closed-orders",
            },
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        status = answer.status
        _read_little(answer)
    except SSLError:
        return Answer(Problem.BAD_CERTIFICATE)
    except (NewConnectionError, ConnectTimeoutError):
        # Nothing was sent: another address of the host may answer.
        return Answer(Problem.UNREACHABLE)
    except (HTTPError, OSError):
        # It may have been taken: not sent to another address at once.
        return Answer(Problem.TIMED_OUT)
    if 200 <= status < 300:
        return Answer(Problem.NONE, status)
    if 300 <= status < 400:
        return Answer(Problem.REDIRECT, status)
    return Answer(Problem.BUSY if status == 429 or status >= 500 else Problem.REFUSED, status)


def _read_little(answer: BaseHTTPResponse) -> None:
    """Read the beginning of the body and drop the connection: nobody needs the rest, however long it is."""
    until = monotonic() + SECONDS
    left = MOST_ANSWER
    try:
        while left > 0 and monotonic() < until:
            part = answer.read1(min(left, 1_024))
            if not part:
                break
            left -= len(part)
    finally:
        answer.close()
