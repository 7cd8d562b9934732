"""Nudges through a mail server that runs."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.demo.ports import free_port
from node.errors import MailError
from node.mail.nudge import Nudge
from node.mail.smtp import sending_by_smtp
from node.settings import NudgeSettings

NUDGE = Nudge(3, 1, 0, "https://node.example/inbox")
TO = ("duty@council.example", "nights@council.example")


class Mailbox(MessageHandler):
    """Keeps what comes."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.came.append(message_from_bytes(message.as_bytes()))


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a mail server at localhost shows, and we trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "server.pem"
    file.write_bytes(pem + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def _authenticate(*given: object) -> AuthResult:
    login = given[-1]
    is_right = isinstance(login, LoginPassword) and login.password == b"pewter"
    return AuthResult(success=is_right, handled=is_right)


@contextmanager
def serving(port: int, **options: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, "localhost", port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def settings(port: int, **changes: object) -> NudgeSettings:
    given = {
        "to": TO,
        "sender": "whoelse@council.example",
        "smtp_host": "localhost",
        "smtp_port": port,
        "smtp_security": "none",
    } | changes
    return NudgeSettings.model_validate(given)


def test_every_mailbox_is_told_how_much_waits_and_where_and_of_nobody() -> None:
    port = free_port()
    with serving(port) as mailbox:
        sending_by_smtp(settings(port), TO)(NUDGE)
    (came,) = mailbox.came
    assert came["X-RcptTo"] == ", ".join(TO)
    assert came["From"] == "whoelse@council.example"
    assert came["Subject"] == "WhoElse: overdue"
    assert came["Auto-Submitted"] == "auto-generated"
    content = came.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.decode().split() == NUDGE.text.split()
    assert "3 open in the inbox, 1 of them overdue" in NUDGE.text


def test_starttls_and_a_password(certificate: ssl.SSLContext, tmp_path: Path) -> None:
    port, password = free_port(), tmp_path / "password"
    password.write_text("pewter\n")
    options = {
        "tls_context": certificate,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": _authenticate,
    }
    changes = {
        "smtp_security": "starttls",
        "smtp_username": "whoelse",
        "smtp_password": password,
    }
    with serving(port, **options) as mailbox:
        sending_by_smtp(settings(port, **changes), TO)(NUDGE)
        assert len(mailbox.came) == 1
        password.write_text("lantern\n")
        with pytest.raises(MailError, match="SMTPAuthenticationError"):
            sending_by_smtp(settings(port, **changes), TO)(NUDGE)


def test_tls_from_the_start(certificate: ssl.SSLContext) -> None:
    port = free_port()
    with serving(port, ssl_context=certificate) as mailbox:
        sending_by_smtp(settings(port, smtp_security="tls"), TO)(NUDGE)
    assert len(mailbox.came) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_is_told_nothing(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    port = free_port()
    options = {"ssl_context" if security == "tls" else "tls_context": certificate}
    with serving(port, **options) as mailbox:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailError, match="SSLCertVerificationError"):
            sending_by_smtp(settings(port, smtp_security=security), TO)(NUDGE)
    assert mailbox.came == []


def test_a_server_without_starttls_is_told_nothing() -> None:
    port = free_port()
    with serving(port) as mailbox, pytest.raises(MailError, match="SMTPNotSupportedError"):
        sending_by_smtp(settings(port, smtp_security="starttls"), TO)(NUDGE)
    assert mailbox.came == []


def test_where_nobody_listens_it_says_so() -> None:
    with pytest.raises(MailError, match="ConnectionRefusedError"):
        sending_by_smtp(settings(free_port()), TO)(NUDGE)
