"""A whole question in one process: keyholders, answering council, hub and asker."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from node.asking.asker import Enquiry, Lookups, MemberResult, PreparedLookup
from node.errors import AskError, NoHubError
from node.evaluating import evaluator
from node.evaluating.evaluator import EvaluationReport, Evaluator
from node.federation.rounds import RoundSender, make_client
from node.keyholding.evaluation import EvaluationRoom
from node.ledger.ledger import Ledger
from node.receiving.receiver import Receiver
from node.receiving.request import Answering
from node.records.cases import HeldCase
from node.records.model import Record
from node.records.tokens import KeyedToken
from protocol.directory.document import OprfEntry
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.matching.confidence import Tier
from protocol.matching.identity import Identity
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Question, Who
from protocol.messages.vocabulary import Cause, Outcome, Role
from protocol.sealing.envelope import Kind, open_request, parse_request, request_bytes
from protocol.tags import tag, tag_context
from tests.node.evaluating.batches import BatchesInMemory
from tests.node.small_federation import (
    DIRECTORY,
    KEYHOLDERS,
    MEMBERS,
    STORE_KEY,
    STRANGER_ENTRIES,
    WHO,
    AnsweringCouncil,
    FakeClock,
    child,
    council,
    enquiry,
    key_share,
    make_directory,
    new_ledger,
    record,
    token_of,
)
from tests.node.small_hub import HUB, Receive, SmallHub, sender_over

US = council(1)
SECTION_47, EARLY_HELP = 1, 4
STRANGER = child(**STRANGER_ENTRIES)


class Federation:
    """Five keyholders; council 2 answers lookups, the others only evaluate."""

    def __init__(self, folder: Path, clock: FakeClock, records: list[Record]) -> None:
        self.open = ExitStack()
        self.clock = clock
        self.ledgers: dict[int, Ledger] = {}
        (folder / "answering").mkdir()
        self.answering = AnsweringCouncil(folder / "answering", clock, records)
        self.open.callback(self.answering.close)
        for number in range(1, KEYHOLDERS + 1):
            own = new_ledger(folder / f"{number}.db")
            self.ledgers[number] = self.open.enter_context(closing(own))
        self.hub = SmallHub({council(number).id: self._receive(number) for number in self.ledgers})

    def _receive(self, number: int) -> Receive:
        member, ledger = council(number), self.ledgers[number]
        room = EvaluationRoom(lambda: key_share(number), ledger, STORE_KEY)
        rooms: dict[Kind, Answering] = {Kind.EVALUATION: room, Kind.IMPORT_EVALUATION: room}
        if number == 2:
            rooms[Kind.LOOKUP] = self.answering.room
        receiver = Receiver(
            member.id,
            member.keys.signing,
            member.keys.sealing,
            ledger,
            lambda: DIRECTORY,
            rooms,
            self.clock,
        )
        return receiver.receive


@pytest.fixture
def federation(tmp_path: Path, clock: FakeClock) -> Iterator[Federation]:
    made = Federation(tmp_path, clock, [record(child())])
    with made.open:
        yield made


def lookups(federation: Federation, sender: RoundSender) -> Lookups:
    evaluator = Evaluator(US.id, US.keys, sender, federation.clock)
    return Lookups(
        US.id, US.keys, evaluator, sender, federation.ledgers[1], STORE_KEY, federation.clock
    )


def ask_all(
    federation: Federation,
    identity: Identity | None = None,
    *,
    lookup_hub: Mapping[MemberId, Receive],
) -> tuple[dict[MemberId, MemberResult], EvaluationReport]:
    """Ask about Mary, or another; the lookup's round meets these members alone."""

    async def run() -> tuple[dict[MemberId, MemberResult], EvaluationReport]:
        async with sender_over(federation.hub) as sender:
            asking = lookups(federation, sender)
            prepared, report = await asking.prepare(DIRECTORY, enquiry(identity))
            federation.hub.members = dict(lookup_hub)
            results = [result async for result in asking.ask(DIRECTORY, prepared)]
        assert len(results) == len({result.member.id for result in results}) == MEMBERS
        return {result.member.id: result for result in results}, report

    return asyncio.run(run())


def only_council_2(federation: Federation) -> dict[MemberId, Receive]:
    return {council(2).id: federation.hub.members[council(2).id]}


def test_known_child_is_known_with_whom_to_ring(federation: Federation) -> None:
    results, report = ask_all(federation, lookup_hub=only_council_2(federation))
    known = results[council(2).id]
    assert (known.outcome, known.tier) == (Outcome.KNOWN, Tier.CERTAIN)
    assert known.involvements[0].contact.name == "Planted Worker"
    assert report.problems == {}
    others = {results[council(number).id].outcome for number in (1, 3, 4, 5, 6)}
    assert others == {Outcome.UNREACHABLE}


def test_unknown_child_is_not_known(federation: Federation) -> None:
    results, _ = ask_all(federation, STRANGER, lookup_hub=only_council_2(federation))
    assert results[council(2).id].outcome is Outcome.NOT_KNOWN


def test_our_own_row_is_on_the_disk_before_anything_goes_out(federation: Federation) -> None:
    seen: list[int] = []
    answer = federation.hub.members[council(2).id]

    async def look(envelope: bytes) -> bytes | None:
        seen.append(federation.ledgers[1].questions_asked())
        return await answer(envelope)

    ask_all(federation, lookup_hub={council(2).id: look})
    assert seen == [1]


def test_every_member_is_asked_with_envelopes_of_one_length(federation: Federation) -> None:
    ask_all(federation, lookup_hub=only_council_2(federation))
    evaluation, lookup = federation.hub.bundles
    assert set(lookup.envelopes) == set(DIRECTORY.members)
    assert {len(each) for each in lookup.envelopes.values()} == {request_bytes(Kind.LOOKUP)}
    assert set(evaluation.envelopes) == {member.id for member in DIRECTORY.keyholders().values()}


def test_whom_is_asked_again_no_hub_sees_and_nobody_else_is_told_anything(
    federation: Federation,
) -> None:
    """To the others goes a question with nothing in it: they do not know the child."""
    again = {council(2).id}

    async def run() -> tuple[PreparedLookup, list[MemberResult]]:
        async with sender_over(federation.hub) as sender:
            asking = lookups(federation, sender)
            prepared, _ = await asking.prepare(DIRECTORY, enquiry())
            federation.hub.members = only_council_2(federation)
            return prepared, [each async for each in asking.ask(DIRECTORY, prepared, again)]

    prepared, results = asyncio.run(run())
    assert [(each.member.id, each.outcome) for each in results] == [(council(2).id, Outcome.KNOWN)]
    envelopes = federation.hub.bundles[-1].envelopes
    assert set(envelopes) == set(DIRECTORY.members)
    assert {len(each) for each in envelopes.values()} == {request_bytes(Kind.LOOKUP)}
    assert {
        member for member, envelope in envelopes.items() if tags_in(envelope, member, prepared)
    } == again


def tags_in(envelope: bytes, member: MemberId, prepared: PreparedLookup) -> Collection[bytes]:
    """Return the tags of what is asked that a member finds in its envelope."""
    (recipient,) = (each for each in map(council, range(1, MEMBERS + 1)) if each.id == member)
    _, body = open_request(parse_request(envelope), recipient.keys.sealing)
    question = Question.decode(body)
    context = tag_context(question.epoch, member)
    asked = {tag(keyed.token, context) for keyed in prepared.tokens}
    return asked & {slot.tag for slot in question.slots}


@pytest.mark.parametrize(
    "who",
    [replace(WHO, name=" "), replace(WHO, telephone="   "), replace(WHO, name="", telephone="")],
)
def test_nobody_is_asked_by_nobody(federation: Federation, who: Who) -> None:
    """Councils answer nobody, as if the child were not known to them."""

    async def run() -> None:
        async with sender_over(federation.hub) as sender:
            await lookups(federation, sender).prepare(DIRECTORY, enquiry(who=who))

    with pytest.raises(AskError, match="say who asks"):
        asyncio.run(run())
    assert federation.hub.bundles == []


def test_nobody_is_asked_with_nothing(federation: Federation) -> None:
    """Of a case of which too little is held for this purpose, all would say *not known*."""
    household = HeldCase("CASE-1", (), (KeyedToken(KeyId.H2, bytes(32)),))

    async def run(purpose: int) -> PreparedLookup:
        async with sender_over(federation.hub) as sender:
            asked = Enquiry(household, purpose, Role.PRACTITIONER, WHO)
            prepared, _ = await lookups(federation, sender).prepare(DIRECTORY, asked)
            return prepared

    assert len(asyncio.run(run(SECTION_47)).tokens) == 1
    with pytest.raises(AskError, match="too little is known"):
        asyncio.run(run(EARLY_HELP))


def test_reply_of_another_member_is_misbehaviour(federation: Federation) -> None:
    two = federation.hub.members[council(2).id]
    replied: list[asyncio.Future[bytes | None]] = []

    async def keep(envelope: bytes) -> bytes | None:
        replied.append(asyncio.ensure_future(two(envelope)))
        return await replied[0]

    async def copy(_envelope: bytes) -> bytes | None:
        return await replied[0]

    results, _ = ask_all(federation, lookup_hub={council(2).id: keep, council(3).id: copy})
    assert results[council(2).id].outcome is Outcome.KNOWN
    assert results[council(3).id].outcome is Outcome.MISBEHAVED


def test_member_that_declines_is_among_the_silent(federation: Federation) -> None:
    async def decline(_envelope: bytes) -> None:
        return None

    results, _ = ask_all(federation, lookup_hub={council(2).id: decline})
    assert not results[council(2).id].outcome.is_answer


def test_cause_of_a_member_that_cannot_answer_is_shown(federation: Federation) -> None:
    federation.answering.index._index = None
    results, _ = ask_all(federation, lookup_hub=only_council_2(federation))
    result = results[council(2).id]
    assert (result.outcome, result.cause) == (Outcome.CANNOT_ANSWER, Cause.NO_COMPLETE_INDEX)


# Evaluations


def evaluate(
    federation: Federation, inputs: list[bytes], directory: Directory = DIRECTORY
) -> tuple[list[bytes], EvaluationReport]:
    async def run() -> tuple[list[bytes], EvaluationReport]:
        async with sender_over(federation.hub) as sender:
            evaluator = Evaluator(US.id, US.keys, sender, federation.clock)
            return await evaluator.lookup_tokens(directory, inputs)

    return asyncio.run(run())


def import_tokens(
    federation: Federation, inputs: list[bytes], store: BatchesInMemory | None = None
) -> list[bytes]:
    store = store or BatchesInMemory()

    async def run() -> None:
        async with sender_over(federation.hub) as sender:
            evaluator = Evaluator(US.id, US.keys, sender, federation.clock)
            await evaluator.import_tokens(DIRECTORY, inputs, store)

    asyncio.run(run())
    return [store.tokens[oprf_input] for oprf_input in inputs]


def test_tokens_are_those_of_the_whole_key(federation: Federation) -> None:
    tokens, _ = evaluate(federation, [b"one", b"two"])
    assert tokens == [token_of(b"one"), token_of(b"two")]


def test_tokens_are_made_without_two_of_five_keyholders(federation: Federation) -> None:
    for number in (1, 4):
        del federation.hub.members[council(number).id]
    tokens, _ = evaluate(federation, [b"one"])
    assert tokens == [token_of(b"one")]


def test_too_few_keyholders_are_named(federation: Federation) -> None:
    for number in (1, 3, 4):
        del federation.hub.members[council(number).id]
    with pytest.raises(AskError) as raised:
        evaluate(federation, [b"one"])
    for number in (1, 3, 4):
        assert f"Council {number} did not reply" in str(raised.value)


def test_without_a_key_nothing_is_asked(federation: Federation) -> None:
    with pytest.raises(AskError, match="no key yet"):
        evaluate(federation, [b"one"], make_directory(oprf=OprfEntry(threshold=3)))
    assert federation.hub.bundles == []


def test_unknown_purpose_is_refused_before_anything_is_sent(federation: Federation) -> None:
    async def run() -> None:
        async with sender_over(federation.hub) as sender:
            await lookups(federation, sender).prepare(DIRECTORY, enquiry(purpose=99))

    with pytest.raises(AskError, match="purpose"):
        asyncio.run(run())
    assert federation.hub.bundles == []


def test_no_hub_is_said(federation: Federation) -> None:
    async def run() -> None:
        with respx.mock() as router:
            router.post(f"{HUB}/v1/rounds").mock(side_effect=httpx.ConnectError)
            async with make_client() as client:
                sender = RoundSender(client, lambda: [HUB])
                await lookups(federation, sender).prepare(DIRECTORY, enquiry())

    with pytest.raises(NoHubError, match=HUB):
        asyncio.run(run())


def test_import_names_as_many_keyholders_as_the_threshold(federation: Federation) -> None:
    tokens = import_tokens(federation, [b"one", b"two"])
    assert tokens == [token_of(b"one"), token_of(b"two")]
    assert [len(bundle.envelopes) for bundle in federation.hub.bundles] == [3]


def test_import_goes_to_other_keyholders_where_one_is_away(federation: Federation) -> None:
    del federation.hub.members[council(1).id]
    tokens = import_tokens(federation, [b"one"])
    assert tokens == [token_of(b"one")]
    first, second = federation.hub.bundles
    assert council(1).id in first.envelopes
    assert council(1).id not in second.envelopes


def test_import_with_too_few_keyholders_names_them(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "IMPORT_WAITS_SECONDS", (0.01,))
    for number in (1, 2, 3):
        del federation.hub.members[council(number).id]
    with pytest.raises(AskError, match="keyholders are needed"):
        import_tokens(federation, [b"one"])
