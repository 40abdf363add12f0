from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from closedorders.core.mail.smtp import Outcome, Phase, Reason, Security
from tests.core.mail.smtp_client import connect, hand_over
from tests.smtp_sink import DROP, Act, SmtpSink


def test_signing_in_works_and_the_right_password_is_needed() -> None:
    with SmtpSink(credentials=("shop", "s3cret")) as guarded:
        with connect(guarded.port, username="shop", password="s3cret") as connection:
            assert hand_over(connection).outcome is Outcome.SENT
        delivery = hand_over(connect(guarded.port, username="shop", password="wrong"))
    assert (delivery.outcome, delivery.phase, delivery.code) == (Outcome.SENDER_REFUSED, Phase.LOGIN, 535)
    assert delivery.enhanced == "5.7.8"


def test_a_sign_in_that_is_down_for_a_while_is_deferred() -> None:
    with SmtpSink(credentials=("shop", "s3cret")) as guarded:
        guarded.play(Act("auth", "454 4.7.0 temporary authentication failure", times=None))
        delivery = hand_over(connect(guarded.port, username="shop", password="s3cret"))
    assert (delivery.outcome, delivery.phase, delivery.code) == (Outcome.DEFERRED, Phase.LOGIN, 454)


@pytest.mark.parametrize("password", ["s3cret", "contraseña"])
def test_a_sign_in_the_server_does_not_offer_pauses_the_campaign(sink: SmtpSink, password: str) -> None:
    delivery = hand_over(connect(sink.port, username="shop", password=password))
    assert (delivery.outcome, delivery.reason) == (Outcome.SENDER_REFUSED, Reason.NO_LOGIN)


def test_a_password_smtp_cannot_carry_pauses_the_campaign() -> None:
    with SmtpSink(credentials=("shop", "x")) as guarded:
        delivery = hand_over(connect(guarded.port, username="shop", password="contraseña"))
    assert (delivery.outcome, delivery.reason) == (Outcome.SENDER_REFUSED, Reason.NO_LOGIN)


def test_a_demanded_encryption_that_is_not_offered_sends_nothing_in_the_clear(sink: SmtpSink) -> None:
    delivery = hand_over(connect(sink.port, username="shop", password="s3cret", security="starttls"))
    assert (delivery.outcome, delivery.reason) == (Outcome.SENDER_REFUSED, Reason.NO_ENCRYPTION)
    assert not any(command.upper().startswith(("AUTH", "MAIL")) for command in sink.commands)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "sink.pem"
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(path),
            "-out",
            "-",
        ],
        check=True,
        stdout=(path.parent / "certificate.pem").open("wb"),
        stderr=subprocess.DEVNULL,
    )
    path.write_bytes(path.read_bytes() + (path.parent / "certificate.pem").read_bytes())
    return path


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_conversations_deliver_and_reuse_the_connection(
    certificate: Path, security: Security
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with SmtpSink(tls=server, implicit_tls=security == "tls", credentials=("shop", "s3cret")) as sink:
        with connect(
            sink.port, username="shop", password="s3cret", security=security, tls_context=trusting
        ) as connection:
            assert [hand_over(connection).outcome for _ in range(3)] == [Outcome.SENT] * 3
        assert sink.connections == 1
        sink.play(Act("dot", DROP))
        assert (
            hand_over(
                connect(
                    sink.port, username="shop", password="s3cret", security=security, tls_context=trusting
                )
            ).outcome
            is Outcome.UNCERTAIN
        )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_pauses_the_campaign(certificate: Path, security: Security) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    with SmtpSink(tls=server, implicit_tls=security == "tls") as sink:
        delivery = hand_over(connect(sink.port, security=security))
        assert (delivery.outcome, delivery.reason) == (Outcome.SENDER_REFUSED, Reason.BAD_CERTIFICATE)
        assert sink.received == []
