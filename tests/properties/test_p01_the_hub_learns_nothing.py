"""P1: the hub learns nothing of the child, the practitioner, the purpose, or who knew the child."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from protocol.identifiers import MemberId, epoch_at
from protocol.messages.stream import EndLine, Line, decode_line
from protocol.messages.vocabulary import Role
from protocol.sealing.bundle import BUNDLE_HEADER_BYTES
from protocol.sealing.envelope import Kind
from protocol.tags import tag, tag_context
from tests.properties.asking import held_at_its_answers
from tests.properties.insiders import question_in, tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import EVERYTHING, KNOWN, OF_THE_CASE, OF_WHO_ASKS, RECORD
from tests.properties.questions import PassedQuestion
from tests.properties.searching import found_in, found_in_files, found_in_memory, grams
from tests.properties.traffic import PassedRound

QUESTIONS = ("known", "unknown", "known again", "known, on other grounds")
PAIRS = list(combinations(QUESTIONS, 2))
AT_THE_ASKER = {
    b"Zyxwvutsson", b"Marmaduke", b"QX34GD", b"9990000107",
    *OF_WHO_ASKS, *OF_THE_CASE,
} - {b"CASE-PLANTED-7731"}  # fmt: skip
"""What an asking process holds while it shows the answers; a case reference never travels."""

POSTS = 2
"""So many of a member's first rounds of post are compared, and so many of its last."""

Questions = dict[str, PassedQuestion]


@pytest.fixture(scope="module")
def asked(asked_thrice: Questions, asked_on_other_grounds: PassedQuestion) -> Questions:
    return asked_thrice | {QUESTIONS[-1]: asked_on_other_grounds}


@pytest.fixture(scope="module")
def posts(federation: ObservedFederation, asked: Questions) -> list[PassedRound]:
    """Each member's first rounds of post, in which the ceremony's messages are, and its last."""
    del asked  # that is, the last before this
    whole = [each for each in federation.rounds(Kind.POST).values() if each.is_whole()]
    by_sender = [
        [each for each in whole if each.bundle.sender == federation.member(plan.name)]
        for plan in federation.plans
    ]
    assert all(len(sent) >= 2 * POSTS for sent in by_sender)
    return [each for sent in by_sender for each in (*sent[:POSTS], *sent[-POSTS:])]


def test_p01_the_hub_carried_different_questions_and_answers(
    asked: Questions, federation: ObservedFederation
) -> None:
    """The control: behind the bytes compared below stood what they must not show."""
    knows = federation.member("Northmoor")
    told = {name: question.asked.outcomes()[knows] for name, question in asked.items()}
    assert told == {name: "not_known" if name == "unknown" else "known" for name in QUESTIONS}
    with federation.inside("Northmoor") as opened:
        read = [question_in(opened, each.lookup.bundle.envelopes[knows]) for each in asked.values()]
    grounds = [(each.purpose, each.role) for each in read]
    assert grounds == [(1, Role.PRACTITIONER)] * 3 + [(3, Role.DUTY_OFFICER)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_p01_everything_through_the_hub_is_of_equal_length(
    asked: Questions, one: str, other: str
) -> None:
    for mine, theirs in zip(_rounds(asked[one]), _rounds(asked[other]), strict=True):
        assert _lengths(mine) == _lengths(theirs)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_p01_two_questions_differ_in_nothing_that_is_in_the_open(
    asked: Questions, one: str, other: str
) -> None:
    for mine, theirs in zip(_rounds(asked[one]), _rounds(asked[other]), strict=True):
        assert _visible(mine) == _visible(theirs)


def test_p01_post_with_a_message_differs_in_nothing_from_post_without(
    posts: list[PassedRound],
) -> None:
    first_of: dict[MemberId, PassedRound] = {}
    for post in posts:
        # By value, not as they are printed: a node that has dialled again is asked after others.
        assert _lengths(post) == _lengths(posts[0])
        assert _visible(post) == _visible(first_of.setdefault(post.bundle.sender, post))


def test_p01_no_eight_bytes_behind_the_visible_headers_pass_twice(
    asked: Questions, posts: list[PassedRound]
) -> None:
    """Of all rounds, of whatever kind, to and from whomever, no two parts have them in common."""
    questions = [passed for question in asked.values() for passed in _rounds(question)]
    seen: set[bytes] = set()
    for passed in (*questions, *posts):
        for way, part in passed.hidden_parts().items():
            runs = grams(part)
            assert seen.isdisjoint(runs), (passed.kind, way)
            seen |= runs


def test_p01_no_name_number_token_or_tag_is_in_what_passed_the_hub(
    asked: Questions, federation: ObservedFederation
) -> None:
    needles = [*EVERYTHING, *_tokens_and_tags(federation, asked["known"].lookup)]
    searched = 0
    for relay in federation.relays.values():
        for stream in relay.streams:
            passed = [each.frame.content for each in list(stream.frames)]
            searched += len(passed)
            assert not found_in(b"\n".join([stream.up, stream.down, *passed]), needles)
    for carried in federation.rounds(*Kind).values():
        assert not found_in(b"\n".join(carried.hidden_parts().values()), needles)
    assert searched > 100


@pytest.mark.usefixtures("asked")
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
    _check_hubs_memory(federation, tokens)


def test_p01_no_log_and_no_file_has_a_name_or_a_number(
    asked: Questions, federation: ObservedFederation, loaded_file: Path
) -> None:
    knows = federation.member("Northmoor")
    involvement = asked["known"].asked.answers[knows]["involvements"][0]
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


def _rounds(question: PassedQuestion) -> tuple[PassedRound, PassedRound]:
    return question.evaluation, question.lookup


def _lengths(passed: PassedRound) -> dict[str, object]:
    """Return the lengths of all that went either way.

    Of an evaluation's lines the asker takes as many replies as it needs, whichever come first; it
    may have left before the end line, or not.
    """
    replies = {len(line) for line in passed.lines if decode_line(line).type != "end"}
    all_lines = sorted(len(line) for line in passed.lines)
    return {
        "request": (len(passed.request_head), len(passed.posted)),
        "response": replies if passed.kind is Kind.EVALUATION else all_lines,
        "to each member": {name: len(each.frame) for name, each in passed.delivered.items()},
        "from each member": {name: len(each.answer) for name, each in passed.delivered.items()},
    }


def _visible(passed: PassedRound) -> dict[str, object]:
    """Return what is in the open, but for the round's random name, the times and the order."""
    header = passed.posted[:BUNDLE_HEADER_BYTES]
    lines = sorted(_address(decode_line(line)) for line in passed.lines)
    return {
        "request": passed.request_head,
        "response": re.sub(rb"\r\ndate: [^\r]*", b"", passed.response_head),
        "bundle": (header[:2], header[18:30], header[38:]),
        "members": sorted(passed.bundle.envelopes),
        "lines": [] if passed.kind is Kind.EVALUATION else lines,
    }


def _address(line: Line) -> tuple[str, str]:
    return (line.type, "") if isinstance(line, EndLine) else (line.type, line.member)
