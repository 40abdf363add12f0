"""The server as a program: `python -m tests.smtp_sink --help`."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, cast, get_args

from tests.smtp_sink.acts import GARBAGE, Act, At
from tests.smtp_sink.sink import SmtpSink


def _parse_act(text: str) -> Act:
    """`dot=drop@maria@example.com`, `rcpt=450 4.2.1 busy`."""
    at, _, rest = text.partition("=")
    if at not in get_args(At):
        raise argparse.ArgumentTypeError(f"{at} is none of {', '.join(get_args(At))}")
    does, _, recipient = rest.partition("@")
    spoken = GARBAGE if does == "garbage" else does
    return Act(cast("At", at), spoken, recipient=recipient or None, times=None, keeps=False)


def main() -> None:
    parser = argparse.ArgumentParser(description="Catch mail on a local port; one line per message.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2525)
    parser.add_argument("--log", type=Path, help="append each kept message to this file as a line of JSON")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--act",
        type=_parse_act,
        action="append",
        default=[],
        help="PHASE=hang|drop|garbage|REPLY[@RECIPIENT]",
    )
    options = parser.parse_args()
    log: IO[str] = options.log.open("a", encoding="utf-8") if options.log else sys.stdout
    sink = SmtpSink(host=options.host, port=options.port, delay=options.delay, log=log)
    sink.play(*options.act)
    print(f"listening on {sink.host}:{sink.port}", file=sys.stderr, flush=True)
    with sink, suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
