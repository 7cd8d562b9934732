"""Nudges through the council's own mail server (RFC 5321)."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.settings import NudgeSettings

SECONDS = 10.0


def sending_by_smtp(settings: NudgeSettings, to: Sequence[str]) -> SendNudge:
    """Return what sends a nudge to every one of these mailboxes."""

    def send(nudge: Nudge) -> None:
        try:
            with _connected(settings) as server:
                _greet(server, settings)
                server.send_message(_message(settings, to, nudge), settings.sender, to)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise MailError(type(error).__name__) from None

    return send


def _connected(settings: NudgeSettings) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=SECONDS)


def _greet(server: smtplib.SMTP, settings: NudgeSettings) -> None:
    if settings.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    if settings.smtp_password is not None:
        server.login(settings.smtp_username, settings.smtp_password.read_text("utf-8").strip())


def _message(settings: NudgeSettings, to: Sequence[str], nudge: Nudge) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = nudge.subject
    message["From"] = settings.sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=(settings.sender or "").rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(nudge.text)
    return message
