"""A team's manager at a terminal: who waits, who has it, and why the team asked."""

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from node.cli.inbox import open_call_backs
from node.clock import system_clock
from node.ledger.entries import AskedEntry, Asker, Caller, seal_entry
from node.managing import last_week
from node.opening import open_folder
from node.post.callback_store import open_post_database
from node.post.callbacks import Asking
from node.post.outbox import StoredOutbox
from protocol.messages.callback import HOUR_MS, CallBackGiven, CallBackRequest, Urgency
from protocol.messages.post import PostType
from tests.node.cli.commands import run
from tests.node.small_federation import council, fresh_round

TEAM = "Front door"
DAY_MS = 24 * HOUR_MS


def record(
    node: Path, reference: str, asked_ms: int, name: str = "Sam Worker", team: str = TEAM
) -> None:
    """Have the ledger hold a question."""
    asker = Asker(
        name=name, telephone="1", team=team, reference=reference, protected_location=False
    )
    entry = AskedEntry(
        asker=asker,
        caller=Caller(name="PC Singh", organisation="Police", verified="rang back"),
        role="practitioner",
        purpose=1,
        members=6,
    )
    opened, id = open_folder(node), fresh_round()
    opened.ledger.record_asked(id, seal_entry(opened.store_key, entry, id), asked_ms)
    opened.close()


def ask_to_ring(node: Path, team: str = TEAM, ago_ms: int = 0) -> bytes:
    """Keep that somebody waits to be rung; return under which id."""
    asking = Asking(
        "", "Pat Worker", "1", team, "CASE-1", fresh_round(), Urgency.WITHIN_AN_HOUR, ""
    )
    opened = open_folder(node)
    with open_call_backs(opened) as call_backs:
        call_backs._clock = lambda: system_clock() - ago_ms
        made = call_backs.ask(council(2).id, asking)
    opened.close()
    return made.request.id


def data(command: str, node: Path) -> list[Any]:
    return [json.loads(line) for line in run(command, node, TEAM, "--json").output.splitlines()]


def test_a_team_that_has_nothing_to_do(node: Path) -> None:
    said = run("team", node, TEAM).output
    assert said.count("  nothing\n") == 4
    assert data("team", node) == [{"waited_for": [], "to_do": [], "weeks": [], "lookups": []}]


def test_who_waits_is_shown_and_what_is_overdue_first(node: Path) -> None:
    ask_to_ring(node)
    ask_to_ring(node, ago_ms=2 * HOUR_MS)
    ask_to_ring(node, team="Youth justice")
    said = run("team", node, " front  DOOR", stdin="\n").output
    assert "  1 OVERDUE  Pat Worker: 2 open, the oldest since" in said
    assert "2 asked, 0 in time, 0 too late, 2 open" in said
    (found,) = data("team", node)
    assert [(load["owner"], load["open"], load["overdue"]) for load in found["waited_for"]] == [
        ("Pat Worker", 2, 1)
    ]
    assert [week["asked"] for week in found["weeks"]] == [2]


def given(node: Path, id: bytes) -> tuple[str, CallBackRequest, CallBackGiven | None]:
    """Return whose a request is now, what it says, and what the other council is told."""
    opened = open_folder(node)
    with open_call_backs(opened) as call_backs:
        found = call_backs.find(id, ours=True)
    with closing(open_post_database(opened.folder.post)) as database:
        outbox = StoredOutbox(database, opened.store_key)
        while (message := outbox.next_for(council(2).id)) is not None:
            if message.type is PostType.CALL_BACK_GIVEN:
                break
            outbox.receipted(council(2).id, message.message_id)
    opened.close()
    assert found is not None
    told = CallBackGiven.decode(message.content) if message else None
    return found.username, found.request, told


def test_what_somebody_waits_for_is_given_to_somebody_without_an_account(node: Path) -> None:
    id = ask_to_ring(node, ago_ms=2 * HOUR_MS)
    ended = run("team", node, " front  DOOR", stdin="1\nS\nSam Other\n01632 960222\n")
    assert ended.code == 0, ended.output
    entry = f"  1  OVERDUE  Pat Worker, CASE-1: {council(2).id} is asked to ring, since "
    assert entry in ended.output
    assert f"Sam Other has it. {council(2).id} is told within minutes" in ended.output
    username, request, told = given(node, id)
    assert (username, request.name, request.telephone) == ("", "Sam Other", "01632 960222")
    assert told is not None
    assert (told.id, told.name, told.telephone, told.team) == (
        id,
        "Sam Other",
        "01632 960222",
        TEAM,
    )


def test_who_has_an_account_is_chosen_by_name(node: Path) -> None:
    id = ask_to_ring(node)
    people = {"kim": ("Kim Colleague", TEAM), "lee": ("Lee Elsewhere", "Youth justice")}
    for username, (name, team) in people.items():
        options = (f"--name={name}", "--telephone=01632 960333", f"--team={team}")
        account = ("account", "add", node, username, *options, "--role=practitioner")
        assert run(*account, stdin="a long password of words\n").code == 0
    ended = run("team", node, TEAM, stdin="1\n1\n")
    assert "  1  Kim Colleague, 01632 960333" in ended.output
    assert "Lee Elsewhere" not in ended.output
    username, request, told = given(node, id)
    assert (username, request.name, request.telephone) == ("kim", "Kim Colleague", "01632 960333")
    assert told is not None
    assert (told.id, told.name, told.telephone) == (id, "Kim Colleague", "01632 960333")


@pytest.mark.parametrize(("typed", "code"), [("\n", 0), ("1\nSam Other\n", 130)])
def test_whoever_breaks_off_has_given_nothing(node: Path, typed: str, code: int) -> None:
    id = ask_to_ring(node)
    assert run("team", node, TEAM, stdin=typed).code == code
    username, request, told = given(node, id)
    assert (username, request.name, told) == ("", "Pat Worker", None)


def test_what_the_team_asked_is_shown_with_its_reason(node: Path) -> None:
    now_ms = system_clock()
    record(node, "R-1", now_ms - DAY_MS)
    record(node, "OLD", now_ms - 8 * DAY_MS)
    record(node, "OTHERS", now_ms - DAY_MS, team="Youth justice")
    said = run("team", node, TEAM).output
    assert "Sam Worker, R-1, Purpose 1, for PC Singh, Police" in said
    assert "OLD" not in said
    assert "OTHERS" not in said
    (found,) = data("team", node)
    assert [each["reference"] for each in found["lookups"]] == ["R-1"]


@pytest.fixture
def last_weeks(node: Path) -> int:
    """A Unix time in the last week that is over, at which the team has asked."""
    begin_ms, _ = last_week(system_clock())
    record(node, "R-1", begin_ms + DAY_MS)
    return begin_ms + DAY_MS


def test_there_is_nothing_to_review(node: Path) -> None:
    record(node, "THIS-WEEK", system_clock())
    assert run("sample", node, TEAM).output == "Front door asked nothing last week.\n"
    assert data("sample", node) == []


def test_a_lookup_is_reviewed_and_the_page_says_so_too(node: Path, last_weeks: int) -> None:
    said = run("sample", node, TEAM, stdin="1\n2\nMo Manager\nNo reason on the case\n").output
    asked = datetime.fromtimestamp(last_weeks / 1000).astimezone()
    assert f"{asked.day} {asked:%B} at {asked:%H:%M}, Sam Worker, R-1" in said
    assert "Kept." in said
    (found,) = data("sample", node)
    review = found["review"]
    assert (review["by"], review["is_in_order"]) == ("Mo Manager", False)
    assert review["note"] == "No reason on the case"
    again = run("sample", node, TEAM, stdin="\n").output
    assert "To be looked into: Mo Manager" in again


def test_nobody_reviews_what_they_asked_themselves(node: Path, last_weeks: int) -> None:
    del last_weeks
    said = run("sample", node, TEAM, stdin="1\n1\nsam worker\nMo Manager\n\n").output
    assert "somebody else than whoever asked" in said
    (found,) = data("sample", node)
    assert found["review"]["by"] == "Mo Manager"


def test_who_ends_on_the_way_has_reviewed_nothing(node: Path, last_weeks: int) -> None:
    del last_weeks
    assert run("sample", node, TEAM, stdin="1\n1\n").code == 130
    (found,) = data("sample", node)
    assert found["review"] is None
