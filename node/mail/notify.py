"""Nudges through GOV.UK Notify: its REST API, version 2, and the template that the council has made
there, with ((open)), ((overdue)) and ((address)) in it."""

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from node.clock import Clock
from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.settings import NudgeSettings

SECONDS = 10.0
UUID_LETTERS = 36
"""A key ends in the service's id, a hyphen and the secret, each a UUID."""


def sending_by_notify(settings: NudgeSettings, clock: Clock) -> SendNudge:
    """Return what sends a nudge to every mailbox of the settings."""

    def send(nudge: Nudge) -> None:
        try:
            headers = {"Authorization": f"Bearer {_token(settings, clock)}"}
            with httpx.Client(timeout=SECONDS, headers=headers) as client:
                for address in settings.to:
                    content = _content(settings, address, nudge)
                    url = f"{settings.notify_url}/v2/notifications/email"
                    client.post(url, json=content).raise_for_status()
        except (OSError, ValueError, httpx.HTTPError) as error:
            raise MailError(type(error).__name__) from None

    return send


def _content(settings: NudgeSettings, address: str, nudge: Nudge) -> dict[str, object]:
    return {
        "email_address": address,
        "template_id": settings.notify_template,
        "personalisation": {
            "open": nudge.open,
            "overdue": nudge.overdue,
            "address": nudge.address,
        },
    }


def _token(settings: NudgeSettings, clock: Clock) -> str:
    if settings.notify_key is None:
        raise ValueError("no key")
    key = settings.notify_key.read_text("utf-8").strip()
    service, secret = key[-2 * UUID_LETTERS - 1 : -UUID_LETTERS - 1], key[-UUID_LETTERS:]
    claims = {"iss": service, "iat": clock() // 1000}
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(secret))
