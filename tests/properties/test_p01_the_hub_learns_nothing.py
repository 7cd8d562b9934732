"""P1: the hub learns nothing of the child, the practitioner, the purpose, or who knew the child."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from protocol.identifiers import epoch_at
from protocol.messages.stream import decode_line
from protocol.sealing.bundle import BUNDLE_HEADER_BYTES
from protocol.sealing.envelope import HEADER_BYTES, Kind
from protocol.tags import tag, tag_context
from tests.properties.asking import held_at_its_answers
from tests.properties.insiders import tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import EVERYTHING, KNOWN, OF_THE_CASE, OF_WHO_ASKS, RECORD
from tests.properties.questions import PassedQuestion
from tests.properties.searching import found_in, found_in_files, found_in_memory, grams
from tests.properties.traffic import PassedRound

PAIRS = list(combinations(("known", "unknown", "known again"), 2))
AT_THE_ASKER = {
    b"Zyxwvutsson", b"Marmaduke", b"QX34GD", b"9990000107",
    *OF_WHO_ASKS, *OF_THE_CASE,
} - {b"CASE-PLANTED-7731"}  # fmt: skip
"""What an asking process holds while it shows the answers; a case reference never travels."""

Thrice = dict[str, PassedQuestion]


def test_p01_the_hub_carried_different_answers(
    asked_thrice: Thrice, federation: ObservedFederation
) -> None:
    """The control: behind the bytes compared below, one council knew the child twice of three."""
    told = {name: question.asked.outcomes() for name, question in asked_thrice.items()}
    knows = federation.member("Northmoor")
    assert told["known"][knows] == told["known again"][knows] == "known"
    assert "known" not in told["unknown"].values()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_p01_everything_through_the_hub_is_of_equal_length(
    asked_thrice: Thrice, one: str, other: str
) -> None:
    for mine, theirs in _rounds(asked_thrice[one], asked_thrice[other]):
        assert _lengths(mine) == _lengths(theirs)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_p01_two_questions_share_nothing_behind_the_visible_headers(
    asked_thrice: Thrice, one: str, other: str
) -> None:
    for mine, theirs in _rounds(asked_thrice[one], asked_thrice[other]):
        assert _visible(mine) == _visible(theirs)
        assert not _hidden(mine) & _hidden(theirs)


def test_p01_two_members_get_nothing_in_common_of_one_question(asked_thrice: Thrice) -> None:
    for question in asked_thrice.values():
        for passed in (question.evaluation, question.lookup):
            cells = [grams(cell[HEADER_BYTES:]) for cell in passed.bundle.envelopes.values()]
            answers = [grams(each.answer[5 + 42 :]) for each in passed.delivered.values()]
            assert not any(one & other for one, other in combinations(cells + answers, 2))


def test_p01_no_name_number_token_or_tag_is_in_what_passed_the_hub(
    asked_thrice: Thrice, federation: ObservedFederation
) -> None:
    needles = [*EVERYTHING, *_tokens_and_tags(federation, asked_thrice["known"].lookup)]
    searched = 0
    for relay in federation.relays.values():
        for stream in relay.streams:
            passed = [each.frame.content for each in list(stream.frames)]
            searched += len(passed)
            assert not found_in(b"\n".join([stream.up, stream.down, *passed]), needles)
    for carried in federation.rounds(*Kind).values():
        assert not found_in(b"\n".join(carried.hidden_parts()), needles)
    assert searched > 100


@pytest.mark.usefixtures("asked_thrice")
def test_p01_the_hubs_memory_has_nothing_that_the_askers_has(
    federation: ObservedFederation,
) -> None:
    with federation.inside("Northmoor") as opened:
        tokens = tokens_held(opened, RECORD["case_reference"])
    at_the_asker = {*AT_THE_ASKER, tokens[0]}
    with held_at_its_answers(federation, KNOWN) as asker:
        federation.wait(
            "the asker to have the child, a token and the answers",
            lambda: found_in_memory(asker.pid, at_the_asker) == at_the_asker,
        )
        _check_hubs_memory(federation, tokens)


def test_p01_no_log_and_no_file_has_a_name_or_a_number(
    asked_thrice: Thrice, federation: ObservedFederation, loaded_file: Path
) -> None:
    knows = federation.member("Northmoor")
    involvement = asked_thrice["known"].asked.answers[knows]["involvements"][0]
    assert involvement["telephone"] == RECORD["telephone"]
    found = found_in_files(loaded_file.parent, EVERYTHING)
    assert b"Zyxwvutsson" in found[str(loaded_file)]
    assert not found_in_files(federation.folder, EVERYTHING)
    assert not found_in_files(federation.keys, EVERYTHING)


def _check_hubs_memory(federation: ObservedFederation, tokens: list[bytes]) -> None:
    member = federation.member("Eastvale").encode()
    for hub_id in federation.hub_urls:
        pid = federation.pid(hub_id)
        assert found_in_memory(pid, [member, *EVERYTHING, *tokens]) == {member}


def _tokens_and_tags(federation: ObservedFederation, lookup: PassedRound) -> list[bytes]:
    """Return the known child's tokens, then their tags at every member in the lookup's hour."""
    with federation.inside("Northmoor") as opened:
        tokens = tokens_held(opened, RECORD["case_reference"])
    epoch = epoch_at(lookup.bundle.time_ms / 1000)
    contexts = [tag_context(epoch, member) for member in lookup.bundle.envelopes]
    return tokens + [tag(token, context) for token in tokens for context in contexts]


def _rounds(
    one: PassedQuestion, other: PassedQuestion
) -> Iterator[tuple[PassedRound, PassedRound]]:
    yield one.evaluation, other.evaluation
    yield one.lookup, other.lookup


def _lengths(passed: PassedRound) -> dict[str, object]:
    """Return the lengths of all that went either way.

    Of an evaluation's lines the asker takes as many replies as it needs, whichever come first; it
    may have left before the end line, or not.
    """
    lines = sorted(len(line) for line in passed.lines)
    replies = {len(line) for line in passed.lines if decode_line(line).type != "end"}
    return {
        "request": (len(passed.request_head), len(passed.posted)),
        "response": (len(passed.response_head), lines if passed.kind is Kind.LOOKUP else replies),
        "to each member": {name: len(each.frame) for name, each in passed.delivered.items()},
        "from each member": {name: len(each.answer) for name, each in passed.delivered.items()},
    }


def _visible(passed: PassedRound) -> dict[str, object]:
    """Return what is in the open, but for the round's random name, its time and the order."""
    header = passed.posted[:BUNDLE_HEADER_BYTES]
    return {
        "request": passed.request_head,
        "bundle": (header[:2], header[18:30], header[38:]),
        "members": sorted(passed.bundle.envelopes),
    }


def _hidden(passed: PassedRound) -> set[bytes]:
    return set().union(*map(grams, passed.hidden_parts()))
