"""What production refuses to start without, each with the sentence that says what to set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import environ
import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DEPLOYMENT": "production",
    "DOCUMENT_KEYS": "only-for-the-tests-0123456789abcdefghijklmn=",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "orders.example.org",
    "SITE_URL": "https://orders.example.org",
    "DATABASE_URL": "postgres://someone@127.0.0.1/none",
    "REDIS_URL": "redis://127.0.0.1/0",
    "EMAIL_URL": "smtp+tls://someone:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "Closed Orders <hello@example.org>",
    "BEHIND_TLS_PROXY": "1",
    "TRUSTED_PROXY_COUNT": "1",
}


IMPORT = ("-c", "from closedorders.settings import *; print(SECRET_KEY, DATABASES, REDIS_URL, EMAIL_HOST)")


def _run(data_dir: Path, variables: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_complete_production_settings_pass_djangos_own_checks_too(tmp_path: Path) -> None:
    answer = _run(tmp_path, COMPLETE, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("url", "tls"),
    [
        ("rediss://127.0.0.1/0", "{'ssl_cert_reqs': <VerifyMode.CERT_REQUIRED: 2>}"),
        ("rediss://127.0.0.1/0?ssl_cert_reqs=none", "{'ssl_cert_reqs': <VerifyMode.CERT_NONE: 0>}"),
        ("redis://127.0.0.1/0", "False"),
    ],
)
def test_a_broker_over_tls_must_prove_who_it_is_unless_its_url_says_otherwise(
    tmp_path: Path, url: str, tls: str
) -> None:
    told = "from closedorders.celery import app; print(app.connection_for_read().ssl)"
    answer = _run(tmp_path, {**COMPLETE, "REDIS_URL": url}, "-c", told)
    assert answer.stdout.strip() == tls, answer.stderr


REFUSED = [
    ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
    ({"DOCUMENT_KEYS": ""}, "DOCUMENT_KEYS is not set."),
    ({"DOCUMENT_KEYS": "short"}, "DOCUMENT_KEYS: key 1 is no key."),
    ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters"),
    ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set."),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS contains '*'"),
    ({"SITE_URL": ""}, "SITE_URL must be the public https:// address"),
    ({"SITE_URL": "http://orders.example.org"}, "SITE_URL must be the public https:// address"),
    ({"DATABASE_URL": ""}, "DATABASE_URL is not set."),
    ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "DATABASE_URL names SQLite"),
    ({"REDIS_URL": ""}, "REDIS_URL is not set."),
    ({"EMAIL_URL": ""}, "EMAIL_URL is not set."),
    ({"DEPLOYMENT": "prod"}, "DEPLOYMENT is 'prod'"),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_production_refuses_to_start_and_says_what_to_set(
    tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    variables = {name: value for name, value in {**COMPLETE, **change}.items() if value}
    answer = _run(tmp_path, variables, *IMPORT)
    assert answer.returncode != 0
    assert sentence in answer.stderr


SCHEMES = environ.Env.EMAIL_SCHEMES


@pytest.mark.parametrize("scheme", [*(each for each in SCHEMES if "smtp" not in each), "mailto", ""])
@pytest.mark.parametrize("deployment", ["production", "embedded"])
def test_a_mail_address_that_delivers_nothing_refuses_to_start_and_does_not_print_its_password(
    tmp_path: Path, deployment: str, scheme: str
) -> None:
    variables = {**COMPLETE, "DEPLOYMENT": deployment, "EMAIL_URL": f"{scheme}://me:s3cr3t@mail.example.org"}
    answer = _run(tmp_path, variables, *IMPORT)
    assert answer.returncode != 0
    assert "EMAIL_URL does not name a mail server: set it to one that delivers" in answer.stderr
    assert "s3cr3t" not in answer.stderr
    assert ("local mailbox" in answer.stderr) == (deployment == "embedded")


@pytest.mark.parametrize("scheme", [each for each in SCHEMES if "smtp" in each])
def test_every_way_to_name_a_mail_server_starts(tmp_path: Path, scheme: str) -> None:
    answer = _run(tmp_path, {**COMPLETE, "EMAIL_URL": f"{scheme}://me:secret@mail.example.org"}, *IMPORT)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_a_secret_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(COMPLETE[name] + "\n")
    variables = {key: value for key, value in COMPLETE.items() if key != name} | {f"{name}_FILE": str(secret)}
    answer = _run(tmp_path, variables, *IMPORT)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == _run(tmp_path, COMPLETE, *IMPORT).stdout


def test_the_embedded_deployment_needs_nothing_and_keeps_its_key(tmp_path: Path) -> None:
    show = ("-c", "from closedorders.settings import *; print(SECRET_KEY)")
    first, second = (_run(tmp_path, {}, *show) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert len(first.stdout.strip()) >= 50
    assert first.stdout == second.stdout
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_every_variable_of_the_settings_and_the_compose_file_is_in_the_example() -> None:
    named = set(
        re.findall(r'(?:env\.\w+|required)\("([A-Z_]+)"', (ROOT / "closedorders/settings.py").read_text())
    )
    named |= set(re.findall(r"\$\{(\w+):", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert {name for name in named if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()
