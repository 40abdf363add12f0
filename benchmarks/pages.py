"""Whole pages, signed in, in teams of two sizes, against a bare view and Django's admin over the same rows.

Pages are asked for in this process through Django's test client: every middleware, the session and the user are read
for each of them, the bare view and the admin included. Requests per second are those of a real server.
"""

from __future__ import annotations

import gc
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.test import Client, RequestFactory

from closedorders.accounts.models import User
from closedorders.core.health import worker_is_here
from closedorders.core.paging import PAGE_SIZE, page_of
from closedorders.orders.models import StoreOrder

from . import databases
from .data import COMMON_NAME, OPEN_INCIDENT, MadeTeam, make_team
from .figures import Figure

CONNECTIONS = 8
#: Django's admin over the same table: five columns and no more, and set up to show what the list shows.
_ADMINS = {"admin": "/bench-admin/orders/storeorder/", "desk": "/bench-desk/orders/storeorder/"}
_OF_ADMIN = {"admin": "Django's admin", "desk": "Django's admin with its order and counted views"}
#: What is searched for -> its name in the table. The second name is that of one customer in thirty.
_SEARCHES = {
    "search_number": "search by number",
    "search_name": "search by a customer's name",
    "search_common_name": "search by a name that one customer in thirty has",
    "search_email": "search by e-mail",
    "search_tracking": "search by tracking number",
}


class Site:
    """One made team: its database, its people signed in, the addresses that are measured."""

    def __init__(self, database: str, made: MadeTeam) -> None:
        self.database, self.made = database, made
        databases.use(database)
        worker_is_here()
        self.merchant, self.staff = Client(), Client()
        self.merchant.force_login(made.merchant.user)
        self.staff.force_login(User.objects.create_superuser("staff@bench.example", None, language="en"))
        orders = f"/t/{made.team.slug}/orders/"
        words = {
            "search_number": made.number,
            "search_name": made.name,
            "search_common_name": COMMON_NAME,
            "search_email": made.email,
            "search_tracking": made.tracking,
        }
        self.paths = {
            "bare": f"/bare/{made.team.pk}/",
            "list": orders,
            "far": orders + self._far_page(),
            "today": f"/t/{made.team.slug}/",
            "incident": f"/t/{made.team.slug}/incidents/{OPEN_INCIDENT}/",
            **{name: f"{orders}?q={quote(text)}" for name, text in words.items()},
        }

    def _far_page(self) -> str:
        """The query string of page 1,000, or of the page in the middle of a list that has fewer."""
        rows: Any = StoreOrder.objects.for_team(self.made.team).by_date()
        page = min(1_000, self.made.orders // PAGE_SIZE // 2)
        newest = rows.order_by("-listed_at", "-pk")[(page - 2) * PAGE_SIZE]
        there = rows.filter(listed_at__lte=newest.listed_at)
        return page_of(RequestFactory().get("/"), there, by="listed_at").next_query

    def asked(self, name: str) -> tuple[Client, str]:
        """Who asks for it, and its address."""
        return (self.staff, _ADMINS[name]) if name in _ADMINS else (self.merchant, self.paths[name])

    def get(self, name: str) -> float:
        """Seconds of one page."""
        client, path = self.asked(name)
        start = time.perf_counter()
        answer = client.get(path)
        taken = time.perf_counter() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
        return taken


def make_sites(made: databases.Databases, sizes: tuple[int, int]) -> tuple[Site, Site]:
    """The small and the large one."""
    found = []
    for orders in sizes:
        name = made.make(f"team_{orders}")
        databases.use(name)
        found.append(Site(name, make_team(orders)))
    return found[0], found[1]


def milliseconds(sites: tuple[Site, Site], *, times: int) -> dict[tuple[str, int], float]:
    """Medians by page and size of team. Pages and sizes take turns, so that a slow minute meets them all."""
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    rounds = 3 if times >= 6 else 1
    for _ in range(rounds):
        for site in sites:
            databases.use(site.database)
            names = [*site.paths, *_ADMINS]
            for name in names:
                site.get(name)
            gc.collect()
            for _ in range(times // rounds):
                for name in names:
                    taken[name, site.made.orders].append(1000 * site.get(name))
    return {key: statistics.median(values) for key, values in taken.items()}


def figures(sites: tuple[Site, Site], *, times: int = 15, seconds: float = 8) -> list[Figure]:
    small, large = sites[0].made.orders, sites[1].made.orders
    ms = milliseconds(sites, times=times)
    database = "PostgreSQL"

    def against(name: str, label: str, reference: str, goal: float, at_least: bool = False) -> Figure:
        return Figure(label, ms[name, large], ms[reference, large], goal, "ms", database, at_least)

    found = [
        against("list", "Orders list, against a bare view", "bare", 1.6),
        *(
            against("list", f"Orders list, against {label}", name, 25, at_least=True)
            for name, label in _OF_ADMIN.items()
        ),
        *_requests_per_second(sites[1], seconds),
        *(against(name, f"Orders, {label}", "bare", 1.5) for name, label in _SEARCHES.items()),
        against("far", "Orders, page 1,000 by “next”, against the first page", "list", 1.2),
        against("today", "Today, against a bare view", "bare", 3),
        # A tenth of the orders were closed, half of these in three open incidents: 16,667 closures of a million orders.
        against("incident", f"Incident of {large // 60:,} closures, against a bare view", "bare", 3),
    ]
    labels = {"list": "Orders list", "far": "Orders, page 1,000", "today": "Today", "incident": "Incident"}
    labels |= {name: f"Orders, {label}" for name, label in _SEARCHES.items()}
    for name, label in labels.items():
        text = f"{label}: {large:,} orders against {small:,}"
        found.append(Figure(text, ms[name, large], ms[name, small], 1.2, "ms", database))
    return found


def _requests_per_second(site: Site, seconds: float) -> list[Figure]:
    databases.use(site.database)
    cookie = settings.SESSION_COOKIE_NAME
    with _server(site.database) as port:
        rates = {}
        for name in (*_ADMINS, "list"):
            client, path = site.asked(name)
            session = f"{cookie}={client.cookies[cookie].value}"
            _load(port, path, session, seconds / 4)
            rates[name] = _load(port, path, session, seconds)
    return [
        Figure(
            f"Orders list, {CONNECTIONS} connections, against {label}",
            rates["list"], rates[name], 40, "requests/s", "PostgreSQL", at_least=True,
        )
        for name, label in _OF_ADMIN.items()
    ]  # fmt: skip


@contextmanager
def _server(database: str) -> Iterator[int]:
    """The web server of production, as `docs/production.md` starts it, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "closedorders.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += [
        "--worker-class",
        "closedorders.core.http.web_worker.Worker",
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
        "--limit-request-line",
        "8190",
        "--log-level",
        "warning",
    ]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "DATABASE_URL": databases.url_of(database),
    }
    server = subprocess.Popen(command, env=environment, cwd=Path(__file__).parent.parent)
    try:
        for _ in range(300):
            if server.poll() is not None:
                raise RuntimeError("The web server ended.")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _load(port: int, path: str, session: str, seconds: float) -> float:
    """Answers a second, asked for over so many connections at once, each as soon as its last one has come."""

    def ask(until: float) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answers = 0
        while time.perf_counter() < until:
            try:
                connection.request("GET", path, headers={"Cookie": session, "Accept-Language": "en"})
                answer = connection.getresponse()
                answer.read()
            except (http.client.BadStatusLine, ConnectionError):  # A connection kept alive, closed meanwhile.
                connection.close()
                continue
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}.")
            answers += 1
        connection.close()
        return answers

    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = sum(pool.map(ask, [start + seconds] * CONNECTIONS))
    return answers / (time.perf_counter() - start)
