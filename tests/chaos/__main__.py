"""`python -m tests.chaos`: see `docs/reliability.md`. One line of JSON; exit code 1 where a promise was broken."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import django
from redis import Redis

from tests.chaos.fates import Fates
from tests.chaos.own_postgres import OwnPostgres
from tests.chaos.workers import PROCESSES_EACH, Workers
from tests.e2e.harness import clean_environment
from tests.e2e.outages.broker import Broker
from tests.smtp_sink import SmtpSink

LEASE = 20
#: Production's chain of times, each longer than the next, so short that a run ends in minutes.
TIMES = {
    "OUTBOX_LEASE_SECONDS": str(LEASE),
    "TASK_TIME_LIMIT": "19",
    "TASK_SOFT_TIME_LIMIT": "18",
    "SMTP_FINAL_REPLY_TIMEOUT": "8",
    "EMAIL_TIMEOUT": "5",
    "SWEEP_SECONDS": "1",
    "SEND_UNDO_SECONDS": "1",
}
STALLED_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many of each; what goes wrong is spread over the run."""

    messages: int
    workers: int
    kills: int
    flushes: int
    crashes: int
    pauses: int
    seed: int


FULL = {"messages": 10_000, "workers": 4, "kills": 20, "flushes": 1, "crashes": 1, "pauses": 3}
SMALL = {"messages": 1_500, "workers": 2, "kills": 3, "flushes": 1, "crashes": 0, "pauses": 1}


def main() -> None:
    plan = _plan()
    print(f"seed {plan.seed}: make chaos ARGS='--seed {plan.seed}' draws the same again", file=sys.stderr)
    with (
        tempfile.TemporaryDirectory(prefix="closedorders-chaos-") as name,
        OwnPostgres() as postgres,
    ):
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        fates = Fates(plan.seed)
        try:
            with SmtpSink(fate=fates) as sink:
                environment = clean_environment() | {
                    "DATABASE_URL": postgres.url,
                    "REDIS_URL": broker.url,
                    "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
                    "DATA_DIR": str(folder / "data"),
                    "DEFAULT_FROM_EMAIL": "Closed Orders <hello@closedorders.example>",
                    "DJANGO_SETTINGS_MODULE": "closedorders.settings",
                    **TIMES,
                }
                broken = _run(plan, environment, folder, postgres, broker, sink, fates)
        finally:
            broker.stop()
    sys.exit("\n".join(broken) if broken else 0)


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="make chaos", description="Each customer is told exactly once.")
    parser.add_argument("--small", action="store_true", help="fewer messages and kills; two minutes at most")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    for field in fields(Plan):
        if field.name != "seed":
            parser.add_argument(f"--{field.name}", type=int)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    return Plan(**((SMALL if given.pop("small") else FULL) | given))


def _run(
    plan: Plan,
    environment: dict[str, str],
    folder: Path,
    postgres: OwnPostgres,
    broker: Broker,
    sink: SmtpSink,
    fates: Fates,
) -> list[str]:
    os.environ.update(environment)
    django.setup()
    from django.core.management import call_command

    from tests.chaos import outbox
    from tests.chaos.ledger import compare

    call_command("migrate", verbosity=0, interactive=False)
    addresses = outbox.approve_campaigns(plan.messages)
    begun = time.monotonic()
    with Workers(plan.workers, environment, folder, plan.seed) as workers:
        left = _until_nothing_is_open(_happenings(plan, workers, postgres, broker), workers, sink)
        seconds = time.monotonic() - begun
        stale = outbox.stale_orders()
    found = compare((mail.recipient for mail in sink.received), outbox.rows(), expected=addresses)
    may_be_uncertain = workers.died + fates.taken_without_a_word
    result = {
        "messages": plan.messages,
        "sent": found.sent,
        "twice": len(found.twice),
        "lost": len(found.lost),
        "false_sent": len(found.false_sent),
        "stale_orders": stale,
        "uncertain": len(found.uncertain),
        "uncertain_allowed": may_be_uncertain,
        "kills": workers.killed,
        "processes": plan.workers * PROCESSES_EACH,
        "flushes": plan.flushes,
        "crashes": plan.crashes,
        "paused": workers.paused,
        "mail_server": dict(sorted(fates.met.items())),
        "seconds": round(seconds),
        "seed": plan.seed,
    }
    for row in found.uncertain:
        print(f"uncertain: {row.recipient} ({row.reason})", file=sys.stderr)
    print(json.dumps(result), flush=True)
    broken = found.broken(may_be_uncertain=may_be_uncertain)
    if stale:
        broken.append(f"{stale} orders do not say what became of their mails")
    if (workers.killed, workers.paused) != (plan.kills, plan.pauses):
        broken.append(f"{workers.killed} kills and {workers.paused} pauses, not as many as planned")
    if left:
        broken.append(
            f"Nothing moved for {STALLED_SECONDS:.0f} s with these left: {left}\n{workers.output[-5000:]}"
        )
    return broken


def _happenings(
    plan: Plan, workers: Workers, postgres: OwnPostgres, broker: Broker
) -> list[tuple[float, Callable[[], None]]]:
    """After how many final dots what goes wrong, soonest first: all while there is much to send."""

    def flush() -> None:
        with Redis.from_url(broker.url) as client:
            client.flushall()

    def pause() -> None:
        # Longer than its lease and the next sweep: its row is given up, and then it wakes.
        workers.pause_one(LEASE + 5)

    of_each = [
        (plan.kills, workers.kill_one),
        (plan.flushes, flush),
        (plan.crashes, postgres.crash_and_recover),
        (plan.pauses, pause),
    ]
    found = [
        (plan.messages * 0.9 * (number + 1) / (count + 1), act)
        for count, act in of_each
        for number in range(count)
    ]
    return sorted(found, key=lambda each: each[0])


def _until_nothing_is_open(
    happenings: list[tuple[float, Callable[[], None]]], workers: Workers, sink: SmtpSink
) -> dict[str, int]:
    """Let things go wrong until each message has come to its end; what is open where nothing moves any more."""
    from django.db import InterfaceError, OperationalError, connection

    from tests.chaos import outbox

    moved, seen = time.monotonic(), (0, "")
    counts: dict[str, int] = {}
    while time.monotonic() - moved < STALLED_SECONDS:
        while happenings and sink.dots >= happenings[0][0]:
            happenings.pop(0)[1]()
        time.sleep(0.1)
        try:
            counts = outbox.states()
            if not (counts.get("queued") or counts.get("sending")):
                outbox.try_again_now()
        except (OperationalError, InterfaceError):
            connection.close()
            continue
        if not (counts.keys() & {"queued", "sending", "deferred"}) and not workers.is_one_paused:
            return {}
        if seen != (now := (sink.dots, str(counts))):
            moved, seen = time.monotonic(), now
    return counts


if __name__ == "__main__":
    main()
