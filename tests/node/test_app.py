"""What a running node does where a table of tags is not built, and what it does after a beat."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from node import app
from node.answering import outside
from node.app import Node
from node.clock import local_day
from node.errors import StoreError
from node.federation.directory import DirectoryKeeper
from node.folder import Folder
from node.ledger.entries import AnsweredEntry, Asker, seal_entry
from node.logging import ALLOWED_KEYS
from node.opening import OpenFolder
from node.records.model import CLOSED_FOR
from node.settings import NodeSettings, NudgeSettings
from protocol import labels
from protocol.identifiers import RoundId
from protocol.messages.callback import CallBackGiven, check_id
from protocol.sealing.envelope import Header, Kind, SealedRequest
from tests.node.small_federation import (
    DIRECTORY,
    HUBS,
    NOW_MS,
    STORE_KEY,
    FakeClock,
    at,
    child,
    council,
    fresh_round,
    involvement,
    load,
    new_ledger,
    new_store,
    record,
)
from tests.node.small_signer import Signer

US = council(2)
THEM = council(1).id
CHECKED = AnsweredEntry(
    outcome="being_checked", cause="none", role="practitioner", purpose=1, policy_version=1,
    clusters=0, key="B0", case_references=("OUR-9",),
    asker=Asker(
        name="Kim Worker", telephone="020 7946 0001", team="Front door", reference="N-5",
        protected_location=False,
    ),
)  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenFolder]:
    settings = NodeSettings(
        member_id=US.id, hubs=(HUBS[0].url,), store_key=tmp_path / "elsewhere" / "store-key"
    )
    held = OpenFolder(
        Folder(tmp_path),
        settings,
        STORE_KEY,
        US.keys,
        DirectoryKeeper(tmp_path / "directory", Signer(tmp_path / "signer").root),
        new_ledger(tmp_path / "ledger.db"),
        new_store(tmp_path / "records.db"),
    )
    load(held.records, [record(child())])
    yield held
    held.close()


def refresh(opened: OpenFolder) -> tuple[bool, dict[str, object]]:
    """Return whether a node has all its tables then, and the line that it logs."""
    with capture_logs() as logs:
        is_there = asyncio.run(Node(opened, FakeClock())._refresh_index())
    (line,) = logs
    return is_there, dict(line)


def test_table_that_is_built_is_said_with_its_load(opened: OpenFolder) -> None:
    is_there, line = refresh(opened)
    assert is_there
    assert (line["event"], line["load_number"]) == ("index built", 1)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("pass", "the process that builds a table ended without one", id="it ends"),
        pytest.param(
            "import socket; node = socket.socket(fileno=0); node.recv(8192); node.send(b'x')",
            "the process that builds a table said something else",
            id="it says nonsense",
        ),
    ],
)
def test_table_that_is_not_built_is_said_and_the_node_goes_on(
    opened: OpenFolder, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    begin = outside._begin
    monkeypatch.setattr(outside, "_begin", lambda _: begin([sys.executable, "-c", script]))
    is_there, line = refresh(opened)
    assert not is_there
    assert (line["event"], line["reason"]) == ("index not built", reason)
    assert line.keys() - {"log_level"} <= ALLOWED_KEYS


@pytest.mark.parametrize(
    "error", [StoreError("the disk is full"), OSError(24, "too many files"), ValueError("Planted")]
)
def test_a_turn_that_fails_costs_the_turn_alone_and_says_nothing_of_a_child(
    error: Exception,
) -> None:
    async def fail() -> None:
        raise error

    with capture_logs() as logged:
        asyncio.run(app._try(fail))
    (said,) = logged
    assert (said["event"], said["reason"]) == ("turn failed", type(error).__name__)
    assert "Planted" not in str(said)


def received(opened: OpenFolder, kind: Kind, round_id: RoundId, entry: bytes) -> None:
    """Keep what another council has sent, as the node keeps it when it comes."""
    header = Header(kind, round_id, THEM, US.id, NOW_MS)
    request = SealedRequest(header, b"", b"", b"", os.urandom(32))
    opened.ledger.record(request, b"", entry, NOW_MS)


def test_a_check_that_was_given_before_it_is_there_is_given(
    opened: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question and whom to ring from now on may both come between two beats."""
    monkeypatch.setattr(opened.directory, "current", lambda: DIRECTORY)
    asked, sent = fresh_round(), fresh_round()
    received(opened, Kind.LOOKUP, asked, seal_entry(STORE_KEY, CHECKED, asked))
    check = check_id(asked, US.id)
    given = CallBackGiven(check, NOW_MS, "Sam Worker", "020 7946 0002", "Front door").post()
    post = STORE_KEY.seal(labels.STORE_ROW, given.encode(), sent)
    received(opened, Kind.POST, sent, post)
    node = Node(opened, FakeClock())
    for work in node._works_of_post():
        work()
    found = node._call_backs.find(check, ours=False)
    assert found is not None
    assert found.request.name == "Sam Worker"


@pytest.mark.usefixtures("london")
def test_what_expires_today_is_gone_at_half_past_midnight(opened: OpenFolder) -> None:
    ends = involvement(closed_on=date(2025, 7, 2) - CLOSED_FOR)
    load(opened.records, [record(child(), involved=ends)])
    for time_ms, held in ((at(2025, 7, 1, 22, 59), 1), (at(2025, 7, 1, 23, 30), 0)):
        asyncio.run(Node(opened, FakeClock(time_ms))._forget_old_records())
        assert opened.records.count() == held


@respx.mock
@pytest.mark.parametrize(
    ("office_hours", "nights", "told"),
    [
        pytest.param("08:30-17:00", ("nights@x.example",), "nights@x.example", id="at night"),
        pytest.param("08:30-17:00", (), "duty@x.example", id="without mailboxes of its own"),
        pytest.param("", ("nights@x.example",), "duty@x.example", id="where there is one shift"),
    ],
)
def test_who_minds_the_inbox_is_told_by_mail(
    opened: OpenFolder,
    monkeypatch: pytest.MonkeyPatch,
    office_hours: str,
    nights: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.setattr(opened.directory, "current", lambda: DIRECTORY)
    asked = fresh_round()
    received(opened, Kind.LOOKUP, asked, seal_entry(STORE_KEY, CHECKED, asked))
    notify = "https://notify.example"
    route = respx.post(f"{notify}/v2/notifications/email").mock(return_value=httpx.Response(201))
    key = opened.folder.path / "notify-key"
    key.write_text("f47ac10b-58cc-4372-a567-0e02b2c3d479 " * 2)
    nudge = NudgeSettings(
        to=("duty@x.example",),
        out_of_hours_to=nights,
        notify_key=key,
        notify_template="T",
        notify_url=notify,
    )
    settings = opened.settings.model_copy(update={"office_hours": office_hours, "nudge": nudge})
    night = datetime.combine(local_day(NOW_MS), time(22)).astimezone()
    node = Node(replace(opened, settings=settings), FakeClock(round(night.timestamp() * 1000)))
    for work in node._works_of_post():
        work()
    (call,) = route.calls
    assert json.loads(call.request.content)["email_address"] == told
