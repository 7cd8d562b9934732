"""P3: a matching member knows who asked and why, durably, before any answer leaves."""

from collections.abc import Mapping

import pytest

from node.ledger.entries import AnsweredEntry
from protocol.identifiers import MemberId, RoundId
from protocol.messages.link import Frame, FrameType
from protocol.sealing.envelope import Kind, reply_bytes
from tests.properties.asking import ask
from tests.properties.holdings import NAMESAKES
from tests.properties.insiders import answered_entry
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN, MANY, RECORD, WHO
from tests.properties.relay import round_of


def is_answer(frame: Frame) -> bool:
    return frame.type is FrameType.REPLY and len(frame.content) == reply_bytes(Kind.LOOKUP)


HITS: dict[str, tuple[Mapping[str, str], str, tuple[str, ...]]] = {
    "known": (KNOWN, "Northmoor", (RECORD["case_reference"],)),
    "may_be_known": (MANY[1], "Southmere", ("SWEPT-1",)),
    "add_a_field": (
        {name: entry for name, entry in NAMESAKES[0].items() if name != "postcode"},
        "Southmere",
        tuple(f"SWEPT-{len(MANY) + place}" for place in range(len(NAMESAKES))),
    ),
}
"""By outcome: who is asked about, who holds it, in which of its records."""


@pytest.mark.parametrize("outcome", HITS)
def test_p03_who_asked_and_why_is_on_the_disk_when_the_answer_leaves(
    federation: ObservedFederation, outcome: str
) -> None:
    child, holder, case_references = HITS[outcome]
    on_the_disk: list[AnsweredEntry | None] = []

    def look(member: MemberId, frame: Frame) -> None:
        if member == federation.member(holder) and is_answer(frame):
            with federation.inside(holder) as opened:
                on_the_disk.append(answered_entry(opened, round_of(frame)))

    with federation.gated(look):
        asked = ask(federation, child)
    assert asked.outcomes()[federation.member(holder)] == outcome
    assert [_told(entry) for entry in on_the_disk] == [_expected(case_references)]


def test_p03_a_member_killed_as_its_answer_leaves_still_knows_who_asked(
    federation: ObservedFederation,
) -> None:
    rounds: list[RoundId] = []
    holder = federation.plan("Northmoor")

    def kill(member: MemberId, frame: Frame) -> None:
        if member == holder.id and is_answer(frame) and not rounds:
            rounds.append(round_of(frame))
            federation.kill(holder.id)

    with federation.gated(kill):
        ask(federation, KNOWN)
    federation.restart("Northmoor")
    with federation.inside("Northmoor") as opened:
        told = _told(answered_entry(opened, rounds[0]))
    assert told == _expected((RECORD["case_reference"],))


def _expected(case_references: tuple[str, ...]) -> object:
    return WHO, 1, "practitioner", case_references


def _told(entry: AnsweredEntry | None) -> object:
    """Return who asked, for what purpose, in which role, about which case."""
    if entry is None or entry.asker is None:
        return None
    who = entry.asker.model_dump(exclude={"protected_location"})
    return who, entry.purpose, entry.role, entry.case_references
