import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from node.asking.asker import PreparedLookup
from node.disclosure.policy import FIRST_POLICY, parse_policy
from node.errors import SettingsError
from node.ledger.entries import AnsweredEntry, open_answered
from node.ledger.ledger import DAY_MS
from node.post.checks import is_checked
from node.records.model import Record
from node.records.tokens import Tokens
from protocol import limits
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, epoch_at
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.involvement import Involvement
from protocol.messages.lookup import Answer, Question, Slot, Slots, Who
from protocol.messages.vocabulary import Cause, InvolvementKind, MemberKind, Outcome, Role
from protocol.sealing.envelope import Kind, reply_bytes
from protocol.tags import hit_proof
from tests.node.small_federation import (
    DIRECTORY,
    KEYHOLDERS,
    NOW_MS,
    STORE_KEY,
    STRANGER_ENTRIES,
    AnsweringCouncil,
    AskedQuestion,
    FakeClock,
    ask,
    child,
    enquiry,
    identity_of,
    involvement,
    load,
    make_directory,
    prepare,
    record,
    seal,
    several,
    start_of_hour,
)

HOUR = start_of_hour(NOW_MS / 1000)
MARY = record(child(), "CASE-MARY")
NAMESAKE = record(child(nhs_number="", postcode="LS1 4AP"), "CASE-NAMESAKE")
STRANGER = prepare(enquiry(child(**STRANGER_ENTRIES)))
SECTION_47, EARLY_HELP = 1, 4
"""Purposes: the first allows the household."""
BY_NAME = prepare(enquiry(child(nhs_number="", postcode="")))


def entries(council: AnsweringCouncil) -> list[AnsweredEntry]:
    rows = council.ledger.entries(Kind.LOOKUP)
    return [open_answered(STORE_KEY, entry, round_id) for round_id, entry in rows]


def tell(council: AnsweringCouncil, prepared: PreparedLookup) -> Answer:
    return council.answer(ask(prepared))


# What is said


def test_known_child_is_known_with_contact_and_proof(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    asked = ask()
    answer = answering.answer(asked)
    assert answer.outcome is Outcome.KNOWN
    assert [each.encode() for each in answer.involvements] == [MARY.involvement.encode()]
    header, token = asked.sent.header, asked.prepared.tokens[answer.slot].token
    exchange = header.round_id, header.sender, header.recipient, asked.sent.digest
    assert answer.proof == hit_proof(token, *exchange)
    assert asked.prepared.tokens[answer.slot].key_id is KeyId.A1


def test_child_is_known_without_its_number(answering: AnsweringCouncil) -> None:
    answering.load([record(child(nhs_number=""))])
    answer = tell(answering, prepare(enquiry(child(nhs_number=""))))
    assert answer.outcome is Outcome.KNOWN


def test_name_and_date_alone_may_be_known_and_discloses_nothing(
    answering: AnsweringCouncil,
) -> None:
    answering.load([MARY])
    answer = tell(answering, BY_NAME)
    assert answer.outcome is Outcome.MAY_BE_KNOWN
    assert answer.involvements == ()
    assert any(answer.proof)


def test_unknown_child_is_not_known(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    answer = tell(answering, STRANGER)
    assert (answer.outcome, answer.cause) == (Outcome.NOT_KNOWN, Cause.NONE)
    assert (answer.slot, answer.proof, answer.involvements) == (0, bytes(32), ())


def sibling_of_mary(purpose: int) -> PreparedLookup:
    """Return a question about a sibling that asks for the household, whatever the purpose."""
    entries = {"forename": "Zachary", "date_of_birth": "30/09/2011", "nhs_number": ""}
    return prepare(enquiry(child(**entries), purpose=purpose), household=True)


def test_a_siblings_household_is_being_checked_and_tells_no_contact(
    answering: AnsweringCouncil,
) -> None:
    answering.load([MARY])
    asked = ask(sibling_of_mary(SECTION_47))
    answer = answering.answer(asked)
    assert (answer.outcome, answer.involvements) == (Outcome.BEING_CHECKED, ())
    assert asked.prepared.tokens[answer.slot].key_id is KeyId.H2


def test_household_is_not_answered_for_a_purpose_that_does_not_allow_it(
    answering: AnsweringCouncil,
) -> None:
    """Whatever an asker puts into its slots; and nobody is recorded as having been met."""
    answering.load([MARY])
    assert tell(answering, sibling_of_mary(EARLY_HELP)).outcome is Outcome.NOT_KNOWN
    assert entries(answering)[-1].asker is None


@pytest.mark.parametrize(
    ("key_ids", "outcome"),
    [
        ({KeyId.D1, KeyId.D2}, Outcome.BEING_CHECKED),
        ({KeyId.D1}, Outcome.NOT_KNOWN),
        ({KeyId.D2}, Outcome.NOT_KNOWN),
    ],
    ids=["both", "sounds", "beginnings"],
)
def test_two_loose_keys_are_being_checked_together(
    answering: AnsweringCouncil, key_ids: set[KeyId], outcome: Outcome
) -> None:
    answering.load([MARY])
    asked = prepare(enquiry())
    loose = tuple(keyed for keyed in asked.tokens if keyed.key_id in key_ids)
    assert tell(answering, PreparedLookup(asked.enquiry, loose)).outcome is outcome


def test_council_without_records_does_not_know(answering: AnsweringCouncil) -> None:
    assert tell(answering, STRANGER).outcome is Outcome.NOT_KNOWN


def test_two_namesakes_are_told_apart_by_another_field(answering: AnsweringCouncil) -> None:
    answering.load([MARY, NAMESAKE])
    answer = tell(answering, BY_NAME)
    assert (answer.outcome, answer.involvements) == (Outcome.ADD_A_FIELD, ())
    assert not any(answer.proof)
    assert entries(answering)[-1].clusters == 2


def test_a_number_that_two_records_share_makes_them_one_child(answering: AnsweringCouncil) -> None:
    """One of them has day and month the other way round: no added field would help whoever asks."""
    swapped = record(child(date_of_birth="03/04/2015"), "CASE-2")
    answering.load([MARY, swapped])
    answer = tell(answering, prepare(enquiry()))
    assert answer.outcome is Outcome.KNOWN
    assert entries(answering)[-1].clusters == 1


def test_several_children_in_one_question_disclose_none(answering: AnsweringCouncil) -> None:
    """A dishonest asker fills the slots with many children (PROTOCOL P13)."""
    john = enquiry(child(forename="John", nhs_number=""))
    answering.load([MARY, record(identity_of(john))])
    answer = tell(answering, several(enquiry(), john))
    assert (answer.outcome, answer.involvements) == (Outcome.ADD_A_FIELD, ())


def test_two_involvements_of_one_child_go_out_together(answering: AnsweringCouncil) -> None:
    plan = involvement(kind=InvolvementKind.CHILD_PROTECTION_PLAN, updated_on=date(2025, 6, 10))
    answering.load([MARY, record(child(), "CASE-2", plan)])
    kinds = [each.kind for each in tell(answering, prepare(enquiry())).involvements]
    assert kinds == [InvolvementKind.CHILD_PROTECTION_PLAN, InvolvementKind.CHILD_IN_NEED]


def test_open_and_recent_involvements_go_out_first_and_no_more_than_three(
    answering: AnsweringCouncil,
) -> None:
    def on(day: int, closed_on: date | None = None) -> Involvement:
        return involvement(updated_on=date(2025, 6, day), closed_on=closed_on)

    answering.load(
        [record(child(), f"C-{day}", on(day)) for day in (1, 2, 3)]
        + [record(child(), "closed", on(9, date(2025, 6, 9)))]
    )
    answer = tell(answering, prepare(enquiry()))
    assert len(answer.involvements) == limits.INVOLVEMENTS
    assert [each.updated_on.day for each in answer.involvements] == [3, 2, 1]


@pytest.mark.parametrize("is_still_held", [False, True])
def test_cannot_answer_between_a_load_and_its_tables(
    answering: AnsweringCouncil, is_still_held: bool
) -> None:
    """Old tags lead to new records, and new tags to none: "not known" would be a guess."""
    answering.load([MARY])
    load(answering.store, [MARY] if is_still_held else [])
    asked = ask()
    answer = asked.read(answering.room.answer(asked.opened()))
    assert (answer.outcome, answer.cause) == (Outcome.CANNOT_ANSWER, Cause.NO_COMPLETE_INDEX)
    assert entries(answering) == []


# Who asks


@pytest.mark.parametrize(
    "who", [Who("", "020 7946 0123", "", "", False), Who("A", " ", "", "", False)]
)
def test_nobody_in_particular_is_answered_as_a_miss(answering: AnsweringCouncil, who: Who) -> None:
    """A holder learns who asked, or says nothing."""
    answering.load([MARY])
    asked = ask(prepare(enquiry(who=who)))
    assert asked.read(answering.room.answer(asked.opened())).outcome is Outcome.NOT_KNOWN
    assert entries(answering)[0].asker is None


def test_hit_records_who_asked(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    who = Who("Ada Asker", "020 7946 0123", "Assessment", "THEIR-REF", True)
    tell(answering, prepare(enquiry(who=who)))
    (entry,) = entries(answering)
    assert entry.asker is not None
    assert entry.asker.model_dump() == {
        "name": "Ada Asker",
        "telephone": "020 7946 0123",
        "team": "Assessment",
        "reference": "THEIR-REF",
        "protected_location": True,
    }
    assert (entry.outcome, entry.key, entry.case_references) == ("known", "A1", ("CASE-MARY",))
    assert (entry.role, entry.purpose, entry.policy_version) == ("practitioner", 1, 1)


def test_miss_records_nothing_of_who_asked(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    tell(answering, STRANGER)
    (entry,) = entries(answering)
    assert (entry.asker, entry.key, entry.case_references) == (None, "", ())
    assert (entry.outcome, entry.role, entry.purpose) == ("not_known", "practitioner", 1)


def test_namesakes_and_two_children_record_who_asked(answering: AnsweringCouncil) -> None:
    answering.load([MARY, NAMESAKE])
    tell(answering, BY_NAME)
    (entry,) = entries(answering)
    assert entry.asker is not None
    assert set(entry.case_references) == {"CASE-MARY", "CASE-NAMESAKE"}


def test_hostile_texts_of_the_asker_cannot_make_a_hit_fail(answering: AnsweringCouncil) -> None:
    answering.load([record(child(), '"' * 64, involvement(kind=kind)) for kind in InvolvementKind])
    who = Who('"' * 60, '"' * 24, '"' * 80, '"' * 40, False)
    assert tell(answering, prepare(enquiry(who=who))).outcome is Outcome.KNOWN


def with_masks(asked: PreparedLookup, mask: bytes) -> AskedQuestion:
    question = Question.decode(ask(asked).opened().body)
    slots = Slots.of(Slot(slot.tag, mask) for slot in question.slots)
    return ask(asked, change={"slots": slots})


def test_wrong_mask_behind_a_right_tag_is_a_miss(answering: AnsweringCouncil) -> None:
    """Else one would learn of a child without saying who asks."""
    answering.load([MARY])
    answer = answering.answer(with_masks(prepare(enquiry()), bytes(16)))
    assert (answer.outcome, any(answer.proof)) == (Outcome.NOT_KNOWN, False)
    assert entries(answering)[0].asker is None


def test_tag_of_another_childs_record_does_not_open_the_who_block(
    answering: AnsweringCouncil,
) -> None:
    """A tag can be copied from elsewhere; the mask needs the token."""
    answering.load([MARY])
    tags = Question.decode(ask().opened().body).slots
    made = Question.decode(ask(STRANGER).opened().body)
    mixed = Slots.of(
        Slot(right.tag, wrong.masked_seed) for right, wrong in zip(tags, made.slots, strict=True)
    )
    answer = answering.answer(ask(STRANGER, change={"slots": mixed, "who_cell": made.who_cell}))
    assert answer.outcome is Outcome.NOT_KNOWN


def test_only_the_slot_whose_mask_opens_counts(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    asked = prepare(enquiry())
    wrong_tokens = tuple(
        type(keyed)(keyed.key_id, keyed.token if keyed.key_id is KeyId.C1 else bytes(32))
        for keyed in asked.tokens
    )
    answer = tell(answering, PreparedLookup(asked.enquiry, wrong_tokens))
    assert answer.outcome is Outcome.MAY_BE_KNOWN


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(ask(epoch=Epoch(epoch_at(NOW_MS / 1000) - 1)), id="another epoch"),
        pytest.param(ask(answerer=3), id="another recipient"),
    ],
)
def test_tags_made_for_another_never_match(
    answering: AnsweringCouncil, asked: AskedQuestion
) -> None:
    answering.load([MARY])
    recorded = Question.decode(asked.opened().body)
    replayed = ask(change={"slots": recorded.slots, "who_cell": recorded.who_cell})
    assert answering.answer(replayed).outcome is Outcome.NOT_KNOWN


@pytest.mark.parametrize(
    ("asked_into_hour", "answered_into_hour"),
    [
        pytest.param(3599, 3601, id="asked in the last second of the hour before"),
        pytest.param(3601, 3599, id="asked by a clock two seconds ahead"),
        pytest.param(3500, 3619, id="two minutes late"),
    ],
)
def test_edge_of_an_hour_loses_no_question(
    answering: AnsweringCouncil, clock: FakeClock, asked_into_hour: int, answered_into_hour: int
) -> None:
    clock.set_seconds(HOUR + answered_into_hour)
    answering.load([MARY])
    asked = ask(now_ms=(HOUR + asked_into_hour) * 1000)
    assert answering.answer(asked).outcome is Outcome.KNOWN


# What is refused, before anything is matched

REFUSING = 'version = 7\nrefused_purposes = [4]\nrefused_roles = ["duty_officer"]'


@pytest.mark.parametrize(
    ("prepared", "cause"),
    [
        pytest.param(
            prepare(enquiry(purpose=4)), Cause.PURPOSE_NOT_ALLOWED, id="a purpose of the policy's"
        ),
        pytest.param(
            prepare(enquiry(purpose=99)), Cause.PURPOSE_NOT_ALLOWED, id="an unknown purpose"
        ),
        pytest.param(prepare(enquiry(role=Role.DUTY_OFFICER)), Cause.ROLE_NOT_ALLOWED, id="a role"),
    ],
)
def test_refuses_by_policy(
    answering: AnsweringCouncil, prepared: PreparedLookup, cause: Cause
) -> None:
    answering.load([MARY])
    answering.policy = parse_policy(REFUSING)
    answer = tell(answering, prepared)
    assert (answer.outcome, answer.cause) == (Outcome.REFUSED, cause)
    (entry,) = entries(answering)
    assert (entry.outcome, entry.cause) == ("refused", cause.name.lower())
    assert (entry.policy_version, entry.asker) == (7, None)


@pytest.mark.parametrize("most", [Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED])
def test_says_no_more_than_the_policy_does(answering: AnsweringCouncil, most: Outcome) -> None:
    answering.load([MARY])
    said = FIRST_POLICY.replace('says_most = "known"', f'says_most = "{most.name.lower()}"')
    answering.policy = parse_policy(said)
    answer = answering.answer(ask())
    assert (answer.outcome, answer.involvements) == (most, ())
    (entry,) = entries(answering)
    assert (entry.outcome, entry.case_references) == (most.name.lower(), ("CASE-MARY",))
    assert is_checked(entry) == (most is Outcome.BEING_CHECKED)


def test_does_not_say_what_the_policy_withholds(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    said = FIRST_POLICY.replace("withheld = []", 'withheld = ["kind", "status"]')
    answering.policy = parse_policy(said)
    (told,) = answering.answer(ask()).involvements
    assert told == replace(MARY.involvement, kind=None, is_status_said=False)


def test_refuses_over_the_daily_limit_known_or_not(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    directory = make_directory(limits={1: {"questions_per_day": 2}})
    outcomes = [answering.answer(ask(), directory).outcome for _ in range(2)]
    assert outcomes == [Outcome.KNOWN, Outcome.KNOWN]
    for prepared in (prepare(enquiry()), STRANGER):
        answer = answering.answer(ask(prepared), directory)
        assert (answer.outcome, answer.cause) == (Outcome.REFUSED, Cause.DAILY_LIMIT)
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 2}
    assert answering.answer(ask(asker=3), directory).outcome is Outcome.KNOWN


def test_limit_of_a_day_is_gone_the_next(answering: AnsweringCouncil, clock: FakeClock) -> None:
    directory = make_directory(limits={1: {"questions_per_day": 0}})
    assert answering.answer(ask(), directory).cause is Cause.DAILY_LIMIT
    raised = make_directory(limits={1: {"questions_per_day": 1}})
    clock.now_ms += DAY_MS
    answering.index.refresh()
    asked = ask(now_ms=clock.now_ms)
    assert answering.answer(asked, raised).outcome is Outcome.NOT_KNOWN


def test_question_under_another_kind_of_member_is_declined(answering: AnsweringCouncil) -> None:
    """A council that calls itself a hospital would slip past a policy by kind."""
    asked = ask(change={"asker_kind": MemberKind.HEALTH_SERVICE})
    with pytest.raises(MalformedError):
        answering.room.answer(asked.opened())
    assert answering.ledger.requests_received() == {}


# What cannot be answered: said of every child alike, and no row is written


def assert_cannot(council: AnsweringCouncil, asked: AskedQuestion, cause: Cause) -> None:
    answer = asked.read(council.room.answer(asked.opened(now_ms=council.clock.now_ms)))
    assert (answer.outcome, answer.cause) == (Outcome.CANNOT_ANSWER, cause)
    assert council.ledger.requests_received() == {}


def test_cannot_answer_before_the_index_is_built(tmp_path: Path, clock: FakeClock) -> None:
    council = AnsweringCouncil(tmp_path, clock)
    council.index._index = None
    assert_cannot(council, ask(), Cause.NO_COMPLETE_INDEX)
    council.close()


def test_cannot_answer_without_a_valid_policy(answering: AnsweringCouncil) -> None:
    def missing() -> None:
        raise SettingsError("policy: cannot be read")

    answering.room._policy = missing  # type: ignore[assignment]
    assert_cannot(answering, ask(), Cause.NO_VALID_POLICY)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        pytest.param({"oprf_key": bytes(8)}, Cause.OTHER_KEY, id="another key"),
        pytest.param(
            {"matching_version": MATCHING_VERSION + 1},
            Cause.OTHER_MATCHING_VERSION,
            id="another matching version",
        ),
        pytest.param(
            {"epoch": Epoch(epoch_at(NOW_MS / 1000) - 1)}, Cause.OTHER_EPOCH, id="the hour before"
        ),
        pytest.param(
            {"epoch": Epoch(epoch_at(NOW_MS / 1000) + 1)}, Cause.OTHER_EPOCH, id="the hour ahead"
        ),
    ],
)
@pytest.mark.parametrize("prepared", [prepare(enquiry()), STRANGER], ids=["known", "unknown"])
def test_cannot_answer_what_it_could_not_know(
    answering: AnsweringCouncil, prepared: PreparedLookup, change: dict[str, object], cause: Cause
) -> None:
    answering.load([MARY])
    assert_cannot(answering, ask(prepared, change=change), cause)


def test_cannot_answer_from_records_under_an_earlier_key(answering: AnsweringCouncil) -> None:
    answering.store.replace_source("main", [], bytes(8), 1)
    answering.index.refresh()
    assert_cannot(answering, ask(), Cause.OTHER_KEY)


def test_cannot_answer_while_sources_are_of_different_keys(answering: AnsweringCouncil) -> None:
    """It would say "not known" of children that the other source holds."""
    answering.load([MARY])
    answering.store.replace_source("other", [], bytes(8), 1)
    answering.index.refresh()
    assert_cannot(answering, ask(), Cause.NO_COMPLETE_INDEX)
    answering.load([], source="other")
    assert answering.answer(ask()).outcome is Outcome.KNOWN


def test_cannot_answer_an_epoch_whose_table_is_not_built_yet(
    answering: AnsweringCouncil, clock: FakeClock
) -> None:
    clock.set_seconds(HOUR + 2 * 3600)
    assert_cannot(answering, ask(now_ms=clock.now_ms), Cause.NO_COMPLETE_INDEX)


# Hit and miss look alike


def test_reply_and_row_of_hit_and_miss_are_of_one_length(
    answering: AnsweringCouncil, tmp_path: Path
) -> None:
    answering.load([MARY, NAMESAKE, record(child(), "C" * 64)])
    answering.policy = parse_policy(REFUSING)
    kinds: Sequence[PreparedLookup] = (
        prepare(enquiry()),
        STRANGER,
        BY_NAME,
        prepare(enquiry(purpose=4)),
        prepare(enquiry(child(postcode="LS1 4AP"))),
    )
    for prepared in kinds:
        answering.room.answer(ask(prepared).opened())
    with sqlite3.connect(tmp_path / "council-2" / "ledger.db") as connection:
        columns = "length(reply), length(entry), length(round), length(digest), open, kind"
        lengths = connection.execute(f"SELECT {columns} FROM received").fetchall()  # noqa: S608
    connection.close()
    assert len(lengths) == len(kinds)
    assert len(set(lengths)) == 1
    assert lengths[0][0] == reply_bytes(Kind.LOOKUP)


def test_cannot_answer_is_of_the_same_length_too(answering: AnsweringCouncil) -> None:
    cannot = answering.room.answer(ask(change={"oprf_key": bytes(8)}).opened())
    assert cannot is not None
    assert len(cannot) == reply_bytes(Kind.LOOKUP)


def test_one_question_twice_is_one_row_and_one_reply(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    asked = ask()
    replies = {answering.room.answer(asked.opened()) for _ in range(3)}
    assert len(replies) == 1
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 1}


def test_other_question_under_a_used_round_is_declined(answering: AnsweringCouncil) -> None:
    asked = ask()
    answering.room.answer(asked.opened())
    other = seal(asked.sent.header, ask(STRANGER).opened().body)
    reopened = AskedQuestion(other, STRANGER, asked.asker, asked.answerer).opened()
    assert answering.room.answer(reopened) is None


def test_no_more_than_eight_case_references_stand_in_a_row(answering: AnsweringCouncil) -> None:
    answering.load([record(child(), f"C-{number}") for number in range(12)])
    assert tell(answering, prepare(enquiry())).outcome is Outcome.KNOWN
    assert len(entries(answering)[0].case_references) == 8


def test_record_without_tokens_is_held_and_never_matched(answering: AnsweringCouncil) -> None:
    answering.load([Record("C", Tokens.of([]), involvement())])
    assert tell(answering, STRANGER).outcome is Outcome.NOT_KNOWN


def test_small_federation_has_the_keyholders_it_says() -> None:
    assert sorted(DIRECTORY.keyholders()) == list(range(1, KEYHOLDERS + 1))
