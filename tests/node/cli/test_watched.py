"""Watched cases at a terminal."""

import json
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import respx

from node.asking.answers import member_answer
from node.asking.keeping import AskedCase, AskedLookup, KeptLookup, LookupId
from node.cli import watched
from node.cli.lookups import open_kept_lookups
from node.clock import system_clock
from node.opening import OpenFolder, open_folder
from node.watching.store import NEVER_MS, Ending, New, Watch, Watched, WatchStore
from node.watching.watches import WATCHED_MS
from protocol.encoding import encode_base64url
from tests.node.asking.scripted import known
from tests.node.cli.commands import admit, run
from tests.node.small_signer import Signer

LOOKUP = LookupId(bytes(16))
ANSWER = member_answer(known(3))
CASE = AskedCase(
    reference="CASE-1", id=encode_base64url(bytes(16)), purpose=1, protected_location=False
)


@pytest.fixture
def pat(node: Path, signer: Signer, no_network: respx.MockRouter) -> Path:
    """A node with pages, where somebody has an account that may ask."""
    admit(node, signer, no_network)
    settings = node / "node.toml"
    settings.write_text(settings.read_text() + "\nweb_port = 8181\n")
    add = ("account", "add", node, "pat", "--name=Pat Worker", "--telephone=1", "--team=Front door")
    ended = run(*add, "--role=practitioner", stdin="correct horse battery\n" * 2)
    assert ended.code == 0, ended.output
    return node


def watch(node: Path, **changes: Any) -> None:
    """Keep a watch of Pat's."""
    now_ms = system_clock()
    made = Watch(
        case=CASE,
        purpose="Child protection",
        begun_ms=now_ms,
        ends_ms=now_ms + WATCHED_MS,
        told={},
        asked_ms=now_ms,
        members=6,
        heard=5,
    )
    opened = open_folder(node)
    with closing(WatchStore(opened.folder.watches, opened.store_key)) as store:
        store.add("pat", made.model_copy(update=changes), now_ms)
    opened.close()


def found(node: Path) -> list[Watched]:
    opened = open_folder(node)
    with closing(WatchStore(opened.folder.watches, opened.store_key)) as store:
        listed = store.all_of("pat")
    opened.close()
    return [*listed]


@pytest.fixture
def news(pat: Path) -> Path:
    """Something is new of what Pat has watched, and its answers are kept."""
    asked_ms = system_clock()
    asked = AskedLookup(
        asked_ms=asked_ms, purpose="Child protection", reference="CASE-1", members=6, case=CASE
    )
    opened = open_folder(pat)
    with closing(open_kept_lookups(opened)) as kept:
        kept.keep(LOOKUP, "pat", KeptLookup(asked=asked, answers=(ANSWER,)))
    opened.close()
    new = New(asked_ms=asked_ms, lookup=encode_base64url(LOOKUP), names=(ANSWER.name,))
    watch(pat, news=(new,))
    return pat


def test_nobody_of_that_name(node: Path) -> None:
    assert run("watched", node, "pat").problem == "there is no account 'pat'"


def test_nothing_is_watched(pat: Path) -> None:
    assert run("watched", pat, "pat").output == "pat has no case watched.\n"
    assert run("watched", pat, "pat", "--json").output == ""


def test_what_is_new_is_shown_with_whom_to_ring(news: Path) -> None:
    said = run("watched", news, "pat", stdin="1\n\n").output
    assert "NEW  Case CASE-1" in said
    assert "5 of 6 answered" in said
    assert "KNOWN" in said
    assert "ring 020" in said
    assert found(news)[0].watch.news, "it was looked at, and not said to be seen"


def test_what_was_seen_is_new_no_more(news: Path) -> None:
    assert "Kept." in run("watched", news, "pat", stdin="1\n1\n").output
    assert found(news)[0].watch.news == ()
    assert "NEW" not in run("watched", news, "pat", stdin="\n").output


def test_it_is_data_for_a_program(news: Path) -> None:
    (line,) = run("watched", news, "pat", "--json").output.splitlines()
    data = json.loads(line)
    assert (data["case_reference"], data["ending"], data["heard"]) == ("CASE-1", None, 5)
    assert [each["councils"] for each in data["news"]] == [[ANSWER.name]]


def test_a_watch_is_stopped(pat: Path) -> None:
    watch(pat)
    assert "Watch it no more" in run("watched", pat, "pat", stdin="1\n2\n").output
    assert found(pat) == []


def test_one_that_has_ended_goes_on(pat: Path) -> None:
    watch(pat, ending=Ending.TIME, ends_ms=0)
    said = run("watched", pat, "pat", stdin="1\n1\n").output
    assert "No longer watched since" in said
    (again,) = found(pat)
    assert again.watch.ending is None
    assert again.watch.ends_ms > system_clock()


def test_one_whose_case_is_not_held_is_only_removed(pat: Path) -> None:
    watch(pat, ending=Ending.NOT_HELD)
    said = run("watched", pat, "pat", stdin="1\n1\n").output
    assert "does not hold the case any more" in said
    assert "days from now" not in said
    assert found(pat) == []


def test_what_went_wrong_the_last_time_is_said(pat: Path) -> None:
    watch(pat, problem="no hub carried the question")
    said = run("watched", pat, "pat", stdin="\n").output
    assert "Nobody could be asked the last time: no hub carried the question" in said


@pytest.fixture
def opened(pat: Path) -> Iterator[OpenFolder]:
    opened = open_folder(pat)
    yield opened
    opened.close()


def kept(case: AskedCase | None = CASE) -> KeptLookup:
    asked = AskedLookup(
        asked_ms=system_clock(), purpose="Child protection", reference="", members=6, case=case
    )
    return KeptLookup(asked=asked, answers=(ANSWER,))


def test_a_case_of_ours_is_watched_after_its_answers(
    pat: Path,
    opened: OpenFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("pat\n"))
    watched.offer_watch(opened, kept())
    said = capsys.readouterr().out
    assert "asked again every 7 days, for 90 days?" in said
    assert "It is watched" in said
    (begun,) = found(pat)
    assert begun.watch.case == CASE
    assert any("known" in words for words in begun.watch.told.values()), "and is not new"
    assert begun.watch.ends_ms < NEVER_MS


def test_nobody_has_to_have_a_case_watched(
    pat: Path, opened: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("\n"))
    watched.offer_watch(opened, kept())
    assert found(pat) == []


def test_what_is_no_case_of_ours_cannot_be_watched(
    pat: Path, opened: OpenFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    watched.offer_watch(opened, kept(case=None))
    assert found(pat) == []


def test_a_case_is_watched_for_somebody_who_may_ask(
    pat: Path,
    opened: OpenFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add = ("account", "add", pat, "ada", "--name=Ada Auditor", "--telephone=1", "--team=Audit")
    assert run(*add, "--role=auditor", stdin="correct horse battery\n" * 2).code == 0
    monkeypatch.setattr("sys.stdin", StringIO("ada\nnobody\npat\n"))
    watched.offer_watch(opened, kept())
    said = capsys.readouterr().err
    assert "'ada' asks nothing" in said
    assert "there is no account 'nobody'" in said
    assert len(found(pat)) == 1


def add_sam(node: Path, role: str) -> None:
    add = ("account", "add", node, "sam", "--name=Sam Colleague", "--telephone=2")
    ended = run(*add, "--team=Front door", f"--role={role}", stdin="correct horse battery\n" * 2)
    assert ended.code == 0, ended.output


def test_all_is_given_to_somebody_else(news: Path) -> None:
    add_sam(news, "practitioner")
    said = run("watched", news, "pat", "--give-to=sam").output
    assert "Sam Colleague is told what is new of the cases that Pat Worker had watched" in said
    assert found(news) == []
    said = run("watched", news, "sam", stdin="1\n1\n").output
    assert "NEW  Case CASE-1" in said
    assert "Given to you: Pat Worker had it watched before" in said
    assert "KNOWN" not in said, "the answers were kept for Pat"
    assert "NEW" not in run("watched", news, "sam", stdin="\n").output


@pytest.mark.parametrize(
    ("taker", "problem"),
    [
        ("kim", "there is no account 'kim'"),
        ("sam", "'sam' asks nothing"),
        ("pat", "give it to somebody else"),
    ],
)
def test_it_is_given_to_nobody_who_could_not_have_it_watched(
    pat: Path, taker: str, problem: str
) -> None:
    watch(pat)
    add_sam(pat, "auditor")
    assert problem in run("watched", pat, "pat", f"--give-to={taker}").problem
    assert len(found(pat)) == 1
