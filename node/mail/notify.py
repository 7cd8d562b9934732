"""Nudges through GOV.UK Notify: its REST API, version 2, and the template that the council has made
there, with ((open)), ((overdue)), ((unrung)) and ((address)) in it."""

from collections.abc import Sequence

import httpx
import structlog
from joserfc import jwt
from joserfc.jwk import OctKey

from node.clock import Clock
from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.settings import NudgeSettings

log = structlog.get_logger()

SECONDS = 10.0
UUID_LETTERS = 36
"""A key ends in the service's id, a hyphen and the secret, each a UUID."""


def sending_by_notify(settings: NudgeSettings, to: Sequence[str], clock: Clock) -> SendNudge:
    """Return what sends a nudge to every one of these mailboxes."""

    def send(nudge: Nudge) -> None:
        try:
            headers = {"Authorization": f"Bearer {_token(settings, clock)}"}
            with httpx.Client(timeout=SECONDS, headers=headers) as client:
                sent = [_post(client, settings, address, nudge) for address in to]
        except (OSError, ValueError, httpx.InvalidURL, httpx.HTTPError) as error:
            raise MailError(type(error).__name__) from None
        # One mailbox that is gone keeps nothing from the others, nor has them told again.
        if not any(sent):
            raise MailError("refused")

    return send


def _post(client: httpx.Client, settings: NudgeSettings, address: str, nudge: Nudge) -> bool:
    url = f"{settings.notify_url}/v2/notifications/email"
    response = client.post(url, json=_content(settings, address, nudge))
    if not response.is_success:
        log.warning("nudge refused", code=response.status_code)
    return response.is_success


def _content(settings: NudgeSettings, address: str, nudge: Nudge) -> dict[str, object]:
    return {
        "email_address": address,
        "template_id": settings.notify_template,
        "personalisation": {
            "open": nudge.open,
            "overdue": nudge.overdue,
            "unrung": nudge.unrung,
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
