"""Nudges through GOV.UK Notify."""

import json
from pathlib import Path

import httpx
import pytest
import respx
from joserfc import jwt
from joserfc.jwk import OctKey

from node.errors import MailError
from node.mail.notify import sending_by_notify
from node.mail.nudge import Nudge
from node.settings import NudgeSettings
from tests.node.small_federation import FakeClock

SERVICE, SECRET = "8b3aa916-ec82-434e-b0c5-d5d9b371d6a3", "dcdc5083-2fee-4fba-8afd-51f3f4bcb7b0"
URL = "https://api.notifications.service.gov.uk/v2/notifications/email"
NUDGE = Nudge(2, 0, 3, "https://node.example/inbox")


@pytest.fixture
def settings(tmp_path: Path) -> NudgeSettings:
    key = tmp_path / "key"
    key.write_text(f"the-service-{SERVICE}-{SECRET}\n")
    return NudgeSettings(
        to=("duty@council.example", "nights@council.example"),
        notify_key=key,
        notify_template="f33517ff-2a88-4f6e-b855-c550268ce08a",
    )


@respx.mock
def test_every_mailbox_is_told_by_the_councils_template(settings: NudgeSettings) -> None:
    clock = FakeClock()
    route = respx.post(URL).mock(return_value=httpx.Response(201, json={}))
    sending_by_notify(settings, settings.to, clock)(NUDGE)
    sent = [json.loads(call.request.content) for call in route.calls]
    assert [each["email_address"] for each in sent] == [*settings.to]
    assert sent[0]["template_id"] == settings.notify_template
    assert sent[0]["personalisation"] == {
        "open": 2,
        "overdue": 0,
        "unrung": 3,
        "address": "https://node.example/inbox",
    }
    scheme, token = route.calls[0].request.headers["Authorization"].split()
    assert scheme == "Bearer"
    signed = jwt.decode(token, OctKey.import_key(SECRET), ["HS256"])
    assert signed.claims == {"iss": SERVICE, "iat": clock.now_ms // 1000}


@respx.mock
@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_what_is_refused_is_said_by_its_kind_alone(settings: NudgeSettings, status: int) -> None:
    respx.post(URL).mock(return_value=httpx.Response(status, text="planted"))
    with pytest.raises(MailError, match=r"^refused$"):
        sending_by_notify(settings, settings.to, FakeClock())(NUDGE)


@respx.mock
def test_a_mailbox_that_is_gone_keeps_nothing_from_the_others(settings: NudgeSettings) -> None:
    statuses = iter((400, 201))
    route = respx.post(URL).mock(side_effect=lambda _: httpx.Response(next(statuses)))
    sending_by_notify(settings, settings.to, FakeClock())(NUDGE)
    assert len(route.calls) == 2


@pytest.mark.parametrize("url", ["https://[::1", "https://\u2603..com"])
def test_an_address_that_is_none_is_said(settings: NudgeSettings, url: str) -> None:
    elsewhere = settings.model_copy(update={"notify_url": url})
    send = sending_by_notify(elsewhere, settings.to, FakeClock())
    with pytest.raises(MailError):
        send(NUDGE)


@respx.mock
def test_where_nobody_answers_or_the_key_is_gone_it_says_so(settings: NudgeSettings) -> None:
    respx.post(URL).mock(side_effect=httpx.ConnectError)
    send = sending_by_notify(settings, settings.to, FakeClock())
    with pytest.raises(MailError, match=r"^ConnectError$"):
        send(NUDGE)
    assert settings.notify_key is not None
    settings.notify_key.unlink()
    with pytest.raises(MailError, match=r"^FileNotFoundError$"):
        send(NUDGE)
