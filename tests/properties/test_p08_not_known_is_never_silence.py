"""P8: "not known" is only said by a node that could have known; silence is named as such."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from node.asking.asker import MemberResult, PreparedLookup
from protocol.messages.vocabulary import Cause, Outcome
from protocol.sealing.envelope import Kind
from tests.properties.asking import ASKER
from tests.properties.insiders import ask_prepared, prepared
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN

BEATS = 3
FAULTY = "Westbrook"
"""It holds records, and not the child: with nothing wrong it says *not known*."""

RECORDS = {
    "no records are loaded": ("DELETE FROM source", 0),
    "its records are under another key": (
        "UPDATE source SET load_number = 77, oprf_key = x'0011223344556677'", 77
    ),
    "its records are of another matching version": (
        "UPDATE source SET load_number = 77, matching_version = 9", 77
    ),
    "its sources are under two keys": (
        "INSERT INTO source SELECT x'00', x'0011223344556677', 1, 0, NULL FROM source", 0
    ),
}  # fmt: skip
"""Faults of the records: a change to their table of sources, and which load is answered from then.
"""


@pytest.fixture(scope="module")
def lookup(federation: ObservedFederation) -> PreparedLookup:
    with federation.inside(ASKER) as opened:
        return prepared(opened, KNOWN)


@pytest.fixture(autouse=True)
def as_before(federation: ObservedFederation, lookup: PreparedLookup) -> Iterator[None]:
    """See after each fault that the member says *not known* again: the control."""
    yield
    federation.wait(
        "the member to be in order",
        lambda: _result(federation, lookup).outcome is Outcome.NOT_KNOWN,
    )


@pytest.mark.parametrize("fault", RECORDS)
def test_p08_a_member_that_could_not_have_known_cannot_answer(
    federation: ObservedFederation, lookup: PreparedLookup, fault: str
) -> None:
    change, load_number = RECORDS[fault]
    with _records_changed(federation, change):
        federation.wait(
            "the node to have seen it",
            lambda: _answers_from_load(federation) == load_number,
        )
        assert _result(federation, lookup).outcome is Outcome.CANNOT_ANSWER


def test_p08_a_member_that_never_loaded_anything_cannot_answer(
    federation: ObservedFederation, lookup: PreparedLookup
) -> None:
    result = _result(federation, lookup, "Midshire")
    assert (result.outcome, result.cause) == (Outcome.CANNOT_ANSWER, Cause.NO_COMPLETE_INDEX)


def test_p08_a_member_without_a_valid_policy_cannot_answer(
    federation: ObservedFederation, lookup: PreparedLookup
) -> None:
    policy = federation.node_folder(federation.plan(FAULTY)) / "policy.toml"
    valid = policy.read_text()
    policy.write_text("version = 'none'")
    try:
        result = _result(federation, lookup)
    finally:
        policy.write_text(valid)
    assert (result.outcome, result.cause) == (Outcome.CANNOT_ANSWER, Cause.NO_VALID_POLICY)


def test_p08_a_member_that_is_gone_is_unreachable(
    federation: ObservedFederation, lookup: PreparedLookup
) -> None:
    federation.kill(federation.plan(FAULTY).id)
    try:
        assert _result(federation, lookup).outcome is Outcome.UNREACHABLE
    finally:
        federation.restart(FAULTY)


def test_p08_a_member_that_hangs_has_timed_out(
    federation: ObservedFederation, lookup: PreparedLookup
) -> None:
    with _stopped(federation.pid(federation.plan(FAULTY).id)):
        assert _result(federation, lookup).outcome is Outcome.TIMED_OUT


@pytest.mark.xfail(
    reason="comes with the order on audit: a node does not know its last witnessed head yet",
    strict=True,
    raises=AssertionError,
)
def test_p08_a_member_whose_log_is_behind_its_last_witnessed_head_cannot_answer(
    federation: ObservedFederation, lookup: PreparedLookup
) -> None:
    """Put back from a backup, it has forgotten what it answered since."""
    with _ledger_put_back(federation, lambda: _result(federation, lookup)):
        assert _result(federation, lookup).outcome is Outcome.CANNOT_ANSWER


def _result(
    federation: ObservedFederation, lookup: PreparedLookup, name: str = FAULTY
) -> MemberResult:
    """Ask; return how it ended at one member. Everybody has one outcome, whatever fails."""
    with federation.inside(ASKER) as opened:
        results = ask_prepared(opened, lookup)
    assert set(results) == {plan.id for plan in federation.plans}
    assert results[federation.member("Northmoor")].outcome is Outcome.KNOWN
    return results[federation.member(name)]


def _answers_from_load(federation: ObservedFederation) -> int:
    running = federation.node_folder(federation.plan(FAULTY)) / "running.json"
    return int(json.loads(running.read_text())["load_number"])


@contextmanager
def _records_changed(federation: ObservedFederation, change: str) -> Iterator[None]:
    path = federation.node_folder(federation.plan(FAULTY)) / "records.db"
    with closing(sqlite3.connect(path, timeout=30)) as database:
        database.execute("CREATE TABLE kept AS SELECT * FROM source")
        database.execute(change)
        database.commit()
        try:
            yield
        finally:
            database.executescript(
                "DELETE FROM source; INSERT INTO source SELECT * FROM kept; DROP TABLE kept;"
            )


@contextmanager
def _ledger_put_back(
    federation: ObservedFederation, meanwhile: Callable[[], object]
) -> Iterator[None]:
    """Run the member on a ledger from before `meanwhile`, and then on its own again."""
    plan = federation.plan(FAULTY)
    path = federation.node_folder(plan) / "ledger.db"
    backup, newest = path.with_suffix(".backup"), path.with_suffix(".newest")
    _copy(path, backup)
    meanwhile()
    beats = len(federation.rounds(Kind.POST)) + BEATS * len(federation.plans)
    federation.wait("heads to go round", lambda: len(federation.rounds(Kind.POST)) >= beats)
    federation.kill(plan.id)
    _copy(path, newest)
    try:
        _start_on(federation, backup, path)
        yield
    finally:
        if federation.runs(plan.id):
            federation.kill(plan.id)
        _start_on(federation, newest, path)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        database.backup(copy)


def _start_on(federation: ObservedFederation, ledger: Path, path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ledger.replace(path)
    federation.restart(FAULTY)


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
