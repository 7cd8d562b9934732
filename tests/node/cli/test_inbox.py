"""What councils need of each other, at a terminal."""

import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.cli import detail
from node.cli.inbox import open_call_backs
from node.clock import local_day, system_clock
from node.federation.directory import DirectoryKeeper
from node.opening import OpenFolder, open_folder
from node.post.callback_store import (
    CallBack,
    CallBackKind,
    CallBackStore,
    DoneStep,
    open_post_database,
)
from node.post.callbacks import UNREACHED_MS
from node.post.outbox import StoredOutbox
from node.running import Running
from protocol.identifiers import MemberId, RoundId
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import HOUR_MS, CallBackNews, CallBackRequest, Step, Urgency
from protocol.messages.post import PostType
from tests.node.cli.commands import run
from tests.node.small_federation import DIRECTORY

THEM = MemberId("E09000002")
NOTE = "Rang, left a message."


def made(opened: OpenFolder, *, ours: bool, kind: CallBackKind, ago_ms: int = 0) -> CallBack:
    """Keep a request, as the post or the pages of this node do."""
    request = CallBackRequest(
        bytes([ours, *kind.value.encode()])[:16].ljust(16, b"0"),
        RoundId(bytes(16)),
        Urgency.WITHIN_AN_HOUR,
        system_clock() - ago_ms,
        "Pat Worker",
        "01632 960111",
        "Front door",
        "CASE-77",
        "Before the meeting, please",
    )
    references = () if ours else ("OWN-1",)
    call_back = CallBack(request, ours, THEM, "", references, (), kind)
    change(opened, call_back)
    return call_back


def change(opened: OpenFolder, call_back: CallBack) -> None:
    with closing(open_post_database(opened.folder.post)) as database:
        CallBackStore(database, opened.store_key).keep(call_back)


@pytest.fixture
def opened(node: Path) -> OpenFolder:
    opened = open_folder(node)
    opened.close()
    return opened


def kept(opened: OpenFolder, id: bytes) -> CallBack:
    again = open_folder(opened.folder.path)
    try:
        with open_call_backs(again) as call_backs:
            found = call_backs.find(id, ours=False)
    finally:
        again.close()
    assert found is not None
    return found


def waiting(opened: OpenFolder) -> CallBackNews | None:
    """Return what of ours waits for the other council, as it would be sent."""
    with closing(open_post_database(opened.folder.post)) as database:
        message = StoredOutbox(database, opened.store_key).next_for(THEM)
    if message is None:
        return None
    assert message.type is PostType.CALL_BACK_NEWS
    return CallBackNews.decode(message.content)


def test_empty_inbox_says_so_and_asks_nothing(node: Path) -> None:
    assert run("inbox", node).output == "No council needs anything of you.\n"
    assert run("call-backs", node).output == "Nothing is asked of another council.\n"
    assert run("inbox", node, "--json").output == ""


def test_lists_what_is_to_do_and_enter_alone_changes_nothing(opened: OpenFolder) -> None:
    made(opened, ours=False, kind=CallBackKind.REQUEST, ago_ms=2 * HOUR_MS)
    check = made(opened, ours=False, kind=CallBackKind.CHECK)
    ended = run("inbox", opened.folder.path, stdin="\n")
    assert ended.code == 0
    lines = ended.output.splitlines()
    assert lines[0].startswith(f"  1  OVERDUE  Ring Pat Worker, {THEM}, by ")
    assert lines[1] == "     your case OWN-1. Not seen yet"
    assert lines[2].startswith("  2  Look whether you know the child: Pat Worker")
    assert kept(opened, check.request.id).steps == ()
    assert waiting(opened) is None


def test_what_was_done_is_kept_and_waits_for_the_other_council(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.REQUEST)
    ended = run("inbox", opened.folder.path, stdin=f"1\n3\nDuty Officer\n{NOTE}\n")
    assert ended.code == 0, ended.output
    for said in ("01632 960111", "OWN-1", "CASE-77", "Before the meeting, please"):
        assert said in ended.output
    (step,) = kept(opened, asked.request.id).steps
    assert (step.step, step.owner, step.note) == (Step.ANSWERED, "Duty Officer", NOTE)
    news = waiting(opened)
    assert news is not None
    assert (news.id, news.step, news.owner) == (asked.request.id, Step.ANSWERED, "Duty Officer")


def test_passed_on_asks_to_whom(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.REQUEST)
    run("inbox", opened.folder.path, stdin="1\n2\nDuty Officer\nNorth team\n\n")
    (step,) = kept(opened, asked.request.id).steps
    assert (step.step, step.owner, step.note) == (Step.PASSED_ON, "North team", "")


def test_the_note_of_a_no_stays_here(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.CHECK)
    run("inbox", opened.folder.path, stdin=f"1\n6\nDuty Officer\n{NOTE}\n")
    (step,) = kept(opened, asked.request.id).steps
    assert (step.step, step.note) == (Step.IS_NOT_THE_CHILD, NOTE)
    news = waiting(opened)
    assert news is not None
    assert news.note == ""


def test_one_more_detail_is_asked_for_by_name(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.CHECK)
    ended = run("inbox", opened.folder.path, stdin="1\n4\nDuty Officer\n\nA postcode\n")
    assert ended.code == 0, ended.output
    (step,) = kept(opened, asked.request.id).steps
    assert (step.step, step.note) == (Step.FIELD_ASKED, "A postcode")
    news = waiting(opened)
    assert news is not None
    assert (news.step, news.note) == (Step.FIELD_ASKED, "A postcode")


def test_who_looks_is_told_of_a_protected_location(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.CHECK)
    told = "They say that the child's location is protected."
    assert told not in run("inbox", opened.folder.path, stdin="1\n\n").output
    change(opened, replace(asked, protected_location=True))
    assert told in run("inbox", opened.folder.path, stdin="1\n\n").output
    (line,) = run("inbox", opened.folder.path, "--json").output.splitlines()
    assert json.loads(line)["protected_location"]


def test_what_was_added_to_a_check_is_read_of(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.CHECK)
    change(opened, replace(asked, added_ms=system_clock(), added_fits=(("OWN-1", KeyId.A1),)))
    ended = run("inbox", opened.folder.path, stdin="1\n\n")
    assert "they have said more of the child: it fits your case OWN-1 as surely" in ended.output


@pytest.fixture
def wanted(opened: OpenFolder) -> CallBack:
    """A check of ours that one more detail is asked for."""
    asked = made(opened, ours=True, kind=CallBackKind.CHECK)
    step = DoneStep(step=Step.FIELD_ASKED, at_ms=system_clock(), owner="Dana", note="A postcode")
    wanted = replace(asked, steps=(step,))
    change(opened, wanted)
    return wanted


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, bytes, Mapping[str, str]]]:
    """What is handed to the node that runs."""
    taken: list[tuple[Path, bytes, Mapping[str, str]]] = []
    monkeypatch.setattr(detail, "hand_over", lambda *given: taken.append(given))
    monkeypatch.setattr(detail, "takes_details", lambda _: True)
    return taken


DETAIL = ["Lark", "Ann", "4/3/2015", "", "", "", "", "", "SW1A 1AA", "", "", "", ""]


def test_a_detail_that_is_asked_for_is_handed_to_the_node(
    opened: OpenFolder, wanted: CallBack, handed: list[tuple[Path, bytes, Mapping[str, str]]]
) -> None:
    ended = run("call-backs", opened.folder.path, stdin="\n".join(["1", *DETAIL, ""]))
    assert ended.code == 0, ended.output
    assert "One more detail is asked for by Dana" in ended.output
    assert f"  1  {THEM} (your reference CASE-77): A postcode" in ended.output
    ((path, check, entries),) = handed
    assert (path, check) == (opened.folder.details, wanted.request.id)
    assert {name: text for name, text in entries.items() if text} == {
        "surname": "Lark",
        "forename": "Ann",
        "date_of_birth": "4/3/2015",
        "other_postcodes": "SW1A 1AA",
    }


@pytest.mark.usefixtures("wanted")
def test_an_unborn_child_is_said_more_of_by_its_mother(
    opened: OpenFolder, handed: list[tuple[Path, bytes, Mapping[str, str]]]
) -> None:
    due = local_day(system_clock()) + timedelta(days=60)
    typed = ["1", *[""] * 9, f"{due:%d/%m/%Y}", "Ann", "Lark", "4/3/1995", ""]
    ended = run("call-backs", opened.folder.path, stdin="\n".join(typed))
    assert ended.code == 0, ended.output
    ((_, _, entries),) = handed
    assert entries["carer_surname"] == "Lark"


@pytest.mark.usefixtures("wanted")
def test_an_entry_that_cannot_be_used_is_asked_for_again(
    opened: OpenFolder, handed: list[tuple[Path, bytes, Mapping[str, str]]]
) -> None:
    typed = ["1", *DETAIL[:2], "31/2/2015", *DETAIL[3:], "4/3/2015", ""]
    ended = run("call-backs", opened.folder.path, stdin="\n".join(typed))
    assert "date of birth: " in ended.output
    ((_, _, entries),) = handed
    assert entries["date_of_birth"] == "4/3/2015"


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize(("typed", "code"), [("\n", 0), ("1\nLark\n", 130)])
def test_whoever_breaks_off_has_given_nothing(
    opened: OpenFolder,
    handed: list[tuple[Path, bytes, Mapping[str, str]]],
    typed: str,
    code: int,
) -> None:
    assert run("call-backs", opened.folder.path, stdin=typed).code == code
    assert handed == []


def test_what_was_given_before_one_broke_off_is_sent_all_the_same(
    opened: OpenFolder, wanted: CallBack, handed: list[tuple[Path, bytes, Mapping[str, str]]]
) -> None:
    other = replace(wanted, request=replace(wanted.request, id=b"another" + bytes(9)))
    change(opened, other)
    ended = run("call-backs", opened.folder.path, stdin="\n".join(["1", *DETAIL, "1", ""]))
    assert ended.code == 130
    assert len(handed) == 1
    assert "Nothing more was sent." in ended.output
    assert "Nothing was changed" not in ended.output


def test_what_is_decided_while_one_types_is_not_sent(
    opened: OpenFolder,
    wanted: CallBack,
    handed: list[tuple[Path, bytes, Mapping[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def type_slowly(_: Mapping[str, str]) -> Mapping[str, str]:
        no = DoneStep(step=Step.IS_NOT_THE_CHILD, at_ms=system_clock(), owner="Dana", note="")
        change(opened, replace(wanted, steps=(*wanted.steps, no)))
        return {}

    monkeypatch.setattr(detail, "prompt_entries", type_slowly)
    ended = run("call-backs", opened.folder.path, stdin="1\n")
    assert "It is not sent: nobody there waits for it any more." in ended.output
    assert handed == []


def test_what_was_sent_before_is_said(
    opened: OpenFolder, wanted: CallBack, handed: list[tuple[Path, bytes, Mapping[str, str]]]
) -> None:
    change(opened, replace(wanted, added_ms=system_clock()))
    ended = run("call-backs", opened.folder.path, stdin="\n")
    assert "A postcode. You said more, sent " in ended.output
    assert handed == []


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("runs", [True, False])
def test_where_no_detail_can_be_sent_one_is_told_to_ring(opened: OpenFolder, runs: bool) -> None:
    with ExitStack() as running:
        if runs:
            running.enter_context(opened.folder.running.hold())
            opened.folder.running.write(Running((), 0))
        ended = run("call-backs", opened.folder.path)
    assert ended.code == 0
    assert "Ring whoever asks for one more detail: the node" in ended.output
    assert ("sends none (adding_seconds in its node.toml)" in ended.output) == runs
    assert ("does not run: whoelse-node run" in ended.output) != runs


def test_numbers_that_are_none_are_asked_for_again(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.REQUEST)
    ended = run("inbox", opened.folder.path, stdin="2\nx\n1\n0\n1\nAda\n\n")
    assert ended.code == 0
    assert kept(opened, asked.request.id).last is not None


def test_input_that_ends_in_the_middle_changes_nothing(opened: OpenFolder) -> None:
    asked = made(opened, ours=False, kind=CallBackKind.REQUEST)
    assert run("inbox", opened.folder.path, stdin="1\n3\n").code == 130
    assert kept(opened, asked.request.id).steps == ()


def test_ours_are_listed_with_what_became_of_them(opened: OpenFolder) -> None:
    made(opened, ours=True, kind=CallBackKind.CHECK, ago_ms=2 * HOUR_MS)
    output = run("call-backs", opened.folder.path).output
    assert f"OVERDUE  {THEM} looks whether the child is known there" in output
    assert "Not seen yet" in output
    assert "your reference CASE-77" in output


def test_what_has_not_reached_them_is_said_with_both_lines(
    opened: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DirectoryKeeper, "current", lambda _: DIRECTORY)
    asked = made(opened, ours=True, kind=CallBackKind.REQUEST, ago_ms=UNREACHED_MS)
    assert "NOT REACHED" not in run("call-backs", opened.folder.path).output
    with closing(open_post_database(opened.folder.post)) as database:
        StoredOutbox(database, opened.store_key).put(THEM, asked.request.post())
    lines = DIRECTORY.member(THEM).entry
    told = f"Ring them: duty line {lines.duty_line}, out of hours {lines.out_of_hours_line}"
    assert f"IT HAS NOT REACHED THEM. {told}" in run("call-backs", opened.folder.path).output
    (line,) = run("call-backs", opened.folder.path, "--json").output.splitlines()
    assert json.loads(line)["unreached"]


def test_without_a_directory_it_is_said_all_the_same(opened: OpenFolder) -> None:
    asked = made(opened, ours=True, kind=CallBackKind.REQUEST, ago_ms=UNREACHED_MS)
    with closing(open_post_database(opened.folder.post)) as database:
        StoredOutbox(database, opened.store_key).put(THEM, asked.request.post())
    output = run("call-backs", opened.folder.path).output
    assert "IT HAS NOT REACHED THEM. Ring them\n" in output


@pytest.mark.parametrize("command", ["inbox", "call-backs"])
def test_programs_get_a_line_of_json_each(opened: OpenFolder, command: str) -> None:
    call_back = made(opened, ours=command == "call-backs", kind=CallBackKind.CORRECTION)
    (line,) = run(command, opened.folder.path, "--json").output.splitlines()
    said: dict[str, Any] = json.loads(line)
    assert said["kind"] == "correction"
    assert (said["council"], said["due_ms"]) == (THEM, call_back.due_ms)
    assert (said["open"], said["overdue"], said["closed"]) == (True, False, False)
    assert said["message"] == "Before the meeting, please"
