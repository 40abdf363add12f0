"""Sending over SMTP on loopback, and approving many, against what the same machine does without any care.

Rendered mails, claim and result committed for each, to a mail server in a process of its own.
"""

from __future__ import annotations

import io
import os
import smtplib
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Thread
from time import perf_counter, sleep

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from closedorders.outreach import actions
from closedorders.outreach.approving import running
from closedorders.outreach.models import Approval, Campaign, DiscountCode, Kind, Message
from closedorders.outreach.texts.mails import build_mail
from closedorders.outreach.texts.placeholders import single_line

from . import databases
from .figures import Figure
from .mails.customers import Hit, hit_customers

CONNECTIONS = 16
DELAY = 0.02
"""How long the slow server takes to answer a final dot, in seconds."""


def figures(
    made: databases.Databases, *, mails: int = 2_000, customers: int = 100_000, times: int = 3
) -> list[Figure]:
    name = made.make("sending")
    databases.use(name)
    hit = hit_customers(mails, kind=Kind.HOLDING)
    actions.approve_campaign(campaign=hit.campaign, typed_count=hit.people, by=hit.merchant)
    _run_approval()
    rates: dict[str, list[float]] = {}
    for _ in range(times):
        for way, rate in _rates(name, hit).items():
            rates.setdefault(way, []).append(rate)
    made.drop(name)
    median = {way: statistics.median(found) for way, found in rates.items()}
    found = [
        _rate("One worker, against one raw SMTP connection", median["one"], median["raw"], 0.25),
        _rate("Two workers, against one worker", median["two"], median["one"], 1.7),
        _rate(
            f"{CONNECTIONS} connections to a server that answers after 20 ms, against {CONNECTIONS} raw ones",
            median["many"],
            CONNECTIONS * median["raw slow"],
            0.8,
        ),
    ]
    if "task" in median:
        name_of = "Two workers, against one Celery task a mail with two workers"
        found.insert(1, _rate(name_of, median["two"], median["task"], 2.5))
    return [*found, _approving(made, customers)]


def _rate(name: str, ours: float, reference: float, goal: float) -> Figure:
    return Figure(f"{name} (mails/s)", ours, reference, goal, "requests/s", "PostgreSQL", at_least=True)


def _rates(database: str, hit: Hit) -> dict[str, float]:
    """Mails a second, by way."""
    with _server() as quick, _server(DELAY) as slow:
        found = {"raw": _raw(quick, hit.people), "raw slow": _raw(slow, min(200, hit.people))}
        found["one"] = _ours(database, quick, hit.campaign, workers=1)
        found["two"] = _ours(database, quick, hit.campaign, workers=2)
        found["many"] = _ours(database, slow, hit.campaign, workers=4, connections=CONNECTIONS // 4)
        if broker := os.environ.get("REDIS_URL"):
            found["task"] = _one_task_a_mail(database, quick, broker)
    return found


@contextmanager
def _server(delay: float = 0.0) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.mails.server", str(delay)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield int((process.stdout or io.StringIO()).readline())
    finally:
        process.kill()
        process.wait()


def _raw(port: int, mails: int) -> float:
    """One `smtplib` connection, with bytes that are built before."""
    content = _example()
    with smtplib.SMTP("127.0.0.1", port) as server:
        start = perf_counter()
        for number in range(mails):
            server.sendmail("hello@bench.example", [f"customer{number}@example.com"], content)
        return mails / (perf_counter() - start)


def _example() -> bytes:
    message = Message.objects.select_related("campaign__store", "customer").order_by("pk")[0]
    return build_mail(
        sender_name=message.campaign.store.sender_name,
        sender_address=message.campaign.store.sender_email,
        recipient_name=single_line(message.customer.name),
        recipient_address=message.recipient,
        subject=message.subject,
        text=message.body,
        message_id=message.message_id,
        message_key=str(message.pk),
        team_key=str(message.team_id),
        sent_at=timezone.now(),
    )


def _environment(database: str, port: int) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": databases.url_of(database),
        "BENCH_EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    }


def _due_again(campaign: Campaign) -> int:
    """As if none of it had been sent; returns how many mails that are."""
    past = timezone.now() - timedelta(minutes=1)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.SENDING, starts_at=past)
    of_campaign = Message.objects.filter(campaign=campaign)
    number = of_campaign.update(state="queued", not_before=past, attempt=0, settled_at=None, status_due=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE outreach_message")
    connection.close()
    return number


def _ours(database: str, port: int, campaign: Campaign, *, workers: int, connections: int = 1) -> float:
    number = _due_again(campaign)
    command = [sys.executable, "-m", "benchmarks.mails.worker", str(campaign.pk), str(connections)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=_environment(database, port),
        )  # fmt: skip

    with ExitStack() as stack:
        processes = [stack.enter_context(start()) for _ in range(workers)]
        for process in processes:
            (process.stdout or io.StringIO()).readline()
        begun = perf_counter()
        for process in processes:
            _go(process)
        for process in processes:
            process.wait()
        seconds = perf_counter() - begun
    sent = Message.objects.filter(campaign=campaign, state="sent").count()
    if sent != number:
        raise RuntimeError(f"{sent} of {number} mails were sent.")
    return number / seconds


def _go(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()


def _one_task_a_mail(database: str, port: int, broker: str) -> float:
    """Two Celery workers of one process each; every mail is a task."""
    from redis import Redis

    queue = f"bench-{os.getpid()}"
    environment = _environment(database, port) | {"BENCH_BROKER": broker}
    command = [
        sys.executable, "-m", "celery", "-A", "benchmarks.mails.one_task_a_mail", "worker", "--pool", "solo",
        "--queues", queue, "--without-gossip", "--without-mingle", "--loglevel", "ERROR",
    ]  # fmt: skip
    keys = list(Message.objects.values_list("pk", flat=True))
    Message.objects.update(state="queued")
    from .mails.one_task_a_mail import send

    send.app.conf.update(broker_url=broker)
    processes = [
        subprocess.Popen(
            [*command, "--hostname", f"bench{n}@%h"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for n in range(2)
    ]
    try:
        for _second in range(60):
            if len(send.app.control.ping(timeout=1.0) or ()) >= len(processes):
                break
        else:
            raise RuntimeError("The Celery workers do not answer.")
        begun = perf_counter()
        filler = Thread(target=lambda: [send.apply_async((pk,), queue=queue) for pk in keys])
        filler.start()
        while Message.objects.filter(state="sent").count() < len(keys):
            sleep(0.05)
            if perf_counter() - begun > 300:
                raise RuntimeError("The tasks were not done within 300 s.")
        seconds = perf_counter() - begun
        filler.join()
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        Redis.from_url(broker).delete(queue)
    return len(keys) / seconds


def _approving(made: databases.Databases, customers: int) -> Figure:
    """The worker's run, once: audience, codes and messages, with the proof over every mail and the orders' status."""
    name = made.make("approving")
    databases.use(name)
    hit = hit_customers(customers)
    actions.approve_campaign(campaign=hit.campaign, typed_count=customers, by=hit.merchant)
    start = perf_counter()
    _run_approval()
    ours = perf_counter() - start
    if Message.objects.filter(state="queued").count() != customers:
        raise RuntimeError("Not every customer has a mail.")
    plain = _copy()
    made.drop(name)
    what = f"Approving {customers:,} customers, against COPY of as many codes, mails and links"
    return Figure(what, ours, plain, 10, "s", "PostgreSQL")


def _run_approval() -> None:
    job = Approval.objects.due().first()
    if job is not None and (refusal := running.run(job.pk)):
        raise RuntimeError(refusal)


def _copy() -> float:
    """Seconds to COPY the rows into their own tables, with their indexes and foreign keys."""
    tables: list[type[Model]] = [DiscountCode, Message, Message.closures.through]
    kept: list[tuple[str, io.StringIO]] = []
    with connection.cursor() as cursor:
        raw = cursor.cursor
        for model in tables:
            rows = io.StringIO()
            raw.copy_expert(f"COPY {model._meta.db_table} TO STDOUT", rows)
            rows.seek(0)
            kept.append((model._meta.db_table, rows))
        cursor.execute(f"TRUNCATE {', '.join(table for table, _rows in kept)} CASCADE")
        start = perf_counter()
        with transaction.atomic():
            for table, rows in kept:
                raw.copy_expert(f"COPY {table} FROM STDIN", rows)
        return perf_counter() - start
