"""P2: a member without a match learns only that a council asked, in which role and why."""

from collections.abc import Iterator
from datetime import date

import pytest

from node.opening import OpenFolder
from protocol.errors import OpenError
from protocol.identifiers import Epoch, MemberId
from protocol.limits import QUESTION_SLOTS
from protocol.messages.lookup import Question, Who
from protocol.messages.vocabulary import Role
from protocol.sealing.envelope import Header, parse_request
from protocol.tags import SEED_BYTES, mask_seed, tag, tag_context, who_key
from tests.properties.insiders import answered_entry, question_in, tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import EVERYTHING, RECORD, WHO
from tests.properties.questions import PassedQuestion
from tests.properties.searching import found_in
from tests.properties.traffic import PassedRound


@pytest.fixture
def lookup(asked_thrice: dict[str, PassedQuestion]) -> PassedRound:
    return asked_thrice["known"].lookup


def _read(federation: ObservedFederation, lookup: PassedRound, name: str) -> Question:
    with federation.inside(name) as opened:
        return question_in(opened, lookup.bundle.envelopes[federation.member(name)])


def test_p02_a_member_without_a_match_reads_role_and_purpose_and_not_who_asks(
    federation: ObservedFederation, lookup: PassedRound
) -> None:
    question = _read(federation, lookup, "Westbrook")
    assert (question.role, question.purpose) == (Role.PRACTITIONER, 1)
    assert not found_in(question.encode(), EVERYTHING)
    with federation.inside("Westbrook") as opened:
        assert len(_tokens(opened)) >= 6
        assert not list(_opened_by(_tokens(opened), question, _header(lookup, opened)))


def test_p02_a_member_with_a_match_reads_who_asks(
    federation: ObservedFederation, lookup: PassedRound
) -> None:
    """The control: what stays shut above does open under a matching token."""
    question = _read(federation, lookup, "Northmoor")
    with federation.inside("Northmoor") as opened:
        header = _header(lookup, opened)
        assert {who.name for who in _opened_by(_tokens(opened), question, header)} == {WHO["name"]}


def test_p02_two_members_cannot_tell_that_they_were_asked_about_one_child(
    federation: ObservedFederation, lookup: PassedRound
) -> None:
    one, other = (_read(federation, lookup, name) for name in ("Westbrook", "Midshire"))
    assert not {slot.tag for slot in one.slots} & {slot.tag for slot in other.slots}
    assert not {slot.masked_seed for slot in one.slots} & {slot.masked_seed for slot in other.slots}
    assert one.who_cell != other.who_cell


def test_p02_a_child_is_not_recognisable_in_another_hour(
    federation: ObservedFederation, lookup: PassedRound
) -> None:
    question = _read(federation, lookup, "Westbrook")
    seen = {slot.tag for slot in question.slots}
    with federation.inside("Northmoor") as opened:
        tokens = tokens_held(opened, RECORD["case_reference"])
    us = federation.member("Westbrook")
    assert len(seen & _tags(tokens, question.epoch, us)) >= 4, "the control: in this hour it is"
    for hours in (-1, 1, 24):
        assert not seen & _tags(tokens, Epoch(question.epoch + hours), us)


def test_p02_the_same_question_again_shares_nothing_but_its_tags_within_the_hour(
    federation: ObservedFederation, asked_thrice: dict[str, PassedQuestion]
) -> None:
    names = ("known", "known again")
    first, again = (_read(federation, asked_thrice[name].lookup, "Westbrook") for name in names)
    assert first.who_cell != again.who_cell
    between = {
        bytes(a ^ b for a, b in zip(one.masked_seed, other.masked_seed, strict=True))
        for one, other in zip(first.slots, again.slots, strict=True)
    }
    assert len(between) == QUESTION_SLOTS, "one mask twice would show the slots that are used"


def test_p02_a_member_without_a_match_keeps_nothing_of_who_asks(
    federation: ObservedFederation, lookup: PassedRound
) -> None:
    with federation.inside("Westbrook") as opened:
        entry = answered_entry(opened, lookup.bundle.round_id)
    assert entry is not None
    assert (entry.outcome, entry.asker, entry.key, entry.case_references) == (
        "not_known", None, "", (),
    )  # fmt: skip
    assert not found_in(entry.model_dump_json().encode(), EVERYTHING)


def _tokens(opened: OpenFolder) -> list[bytes]:
    held = opened.records.records(date(2026, 1, 1))
    return [keyed.token for _, record in held for keyed in record.tokens]


def _header(lookup: PassedRound, opened: OpenFolder) -> Header:
    return parse_request(lookup.bundle.envelopes[opened.settings.member]).header


def _opened_by(tokens: list[bytes], question: Question, header: Header) -> Iterator[Who]:
    """Give who asks, as often as anything that a member has at hand opens the who-block."""
    exchange = header.round_id, header.sender, header.recipient
    seeds = [bytes(SEED_BYTES), *(slot.masked_seed for slot in question.slots)]
    seeds += [
        mask_seed(token, slot.masked_seed, *exchange) for token in tokens for slot in question.slots
    ]
    for seed in seeds:
        try:
            yield Who.open(question.who_cell, who_key(seed, *exchange))
        except OpenError:
            continue


def _tags(tokens: list[bytes], epoch: Epoch, recipient: MemberId) -> set[bytes]:
    return {tag(token, tag_context(epoch, recipient)) for token in tokens}
