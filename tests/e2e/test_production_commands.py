"""The processes of docker-compose.yml, with its commands and environment, on this machine's PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.harness import (
    MANAGE,
    ROOT,
    clean_environment,
    eventually,
    free_port,
    get,
    services,
    still_running,
)
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.services

HOST = "orders.your-shop.com"
FILLED_IN = {
    "DOCUMENT_KEYS": "only-for-the-tests-0123456789abcdefghijklmn=",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": HOST,
    "SITE_URL": f"https://{HOST}",
    "POSTGRES_PASSWORD": "secret",
    "DEFAULT_FROM_EMAIL": "Closed Orders <hello@your-shop.com>",
    "SETUP_CODE": "the owner of this site",
}
THROUGH_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


def _compose() -> dict[str, Any]:
    def fill_in(match: re.Match[str]) -> str:
        name, sign, rest = match.groups()
        return FILLED_IN[name] if sign == ":?" else FILLED_IN.get(name, rest)

    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    read = yaml.safe_load(re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", fill_in, text))
    assert isinstance(read, dict)
    return read["services"]  # type: ignore[no-any-return]  # what a YAML file holds


@dataclass
class Deployment:
    environment: dict[str, str]
    folder: Path
    port: int
    sink: SmtpSink
    processes: dict[str, subprocess.Popen[bytes]]

    def command(self, service: str) -> list[str]:
        """The service's command with this test's port and folder."""
        text = str(_compose()[service]["command"])
        text = text.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}")
        text = re.sub(r"--schedule \S+", f"--schedule {self.folder / 'beat-schedule'}", text)
        assert (str(self.port) in text) == (service == "web")
        return shlex.split(text)

    def run(self, *arguments: str) -> str:
        answer = subprocess.run(
            arguments,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def start(self, service: str, name: str = "") -> None:
        with self.log(name or service).open("wb") as log:
            self.processes[name or service] = subprocess.Popen(
                self.command(service),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("production")
    with services() as own, SmtpSink() as sink:
        environment = {
            **clean_environment(),
            **{name: str(value) for name, value in _compose()["web"]["environment"].items()},
            **own,
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "DATA_DIR": str(folder / "data"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        deployment = Deployment(environment, folder, free_port(), sink, {})
        deployment.run(*deployment.command("migrate"))
        deployment.start("web")
        deployment.start("worker")
        deployment.start("worker", "second worker")
        deployment.start("beat")
        yield deployment
        for process in deployment.processes.values():
            process.terminate()
        codes = {name: process.wait(timeout=30) for name, process in deployment.processes.items()}
        assert codes == dict.fromkeys(codes, 0), codes
        assert still_running({process.pid for process in deployment.processes.values()}) == set()


def test_it_becomes_ready(deployment: Deployment) -> None:
    def ready() -> bool:
        try:
            return get(deployment.port, "/ready") == (200, "ok")
        except OSError:
            return False

    assert eventually(ready), deployment.log("web").read_text()
    assert get(deployment.port, "/live") == (200, "ok")


def test_pages_are_for_https_and_the_sites_own_name(deployment: Deployment) -> None:
    assert get(deployment.port, "/setup/", headers=THROUGH_PROXY)[0] == 200
    assert get(deployment.port, "/setup/", headers={"Host": HOST})[0] == 301
    assert get(deployment.port, "/setup/", headers={**THROUGH_PROXY, "Host": "other.example"})[0] == 400


def test_both_workers_run_and_one_gives_a_sign_of_life(deployment: Deployment) -> None:
    ask = "from closedorders.core.health import worker_is_alive; print('alive' if worker_is_alive() else 'silent')"

    def alive() -> bool:
        return "alive" in deployment.run(sys.executable, MANAGE, "shell", "-c", ask)

    assert eventually(alive), deployment.log("worker").read_text()
    assert {
        name: process.poll() for name, process in deployment.processes.items() if process.poll() is not None
    } == {}


def test_mail_leaves_by_smtp(deployment: Deployment) -> None:
    deployment.run(sys.executable, MANAGE, "sendtestemail", "someone@example.com")
    (mail,) = deployment.sink.wait_for(1)
    assert mail.recipient == "someone@example.com"
    assert mail.sender == "hello@your-shop.com"


def test_our_log_lines_are_json(deployment: Deployment) -> None:
    get(deployment.port, "/setup/", headers={**THROUGH_PROXY, "Host": "other.example"})

    def said() -> bool:
        return "DisallowedHost" in deployment.log("web").read_text()

    assert eventually(said, 5)
    line = next(line for line in deployment.log("web").read_text().splitlines() if "DisallowedHost" in line)
    assert json.loads(line)["level"] == "error"
