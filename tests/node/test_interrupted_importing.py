"""An import that keyholders, allowances or hubs interrupt, and the one that goes on with it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from node.errors import AskError, NoHubError
from node.evaluating import evaluator
from node.evaluating.bulk import BATCHES_IN_FLIGHT
from node.evaluating.evaluator import Evaluator
from node.evaluating.evidence import KeyholderEvidence
from node.evaluating.judging import verify_evidence
from node.importing import Importer, Progress
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from node.receiving.receiver import Receiver
from node.records.importing.content import FileContent
from node.records.importing.load import read_file
from node.records.model import Record
from node.records.store import RecordStore
from protocol import limits
from protocol.identifiers import MemberId
from protocol.matching.keys import record_keys
from protocol.messages.stream import FailureLine, FailureReason, encode_line
from protocol.sealing.envelope import Kind
from tests.node.records.importing.files import csv_text, row, write
from tests.node.small_federation import (
    DIRECTORY,
    KEYHOLDERS,
    STORE_KEY,
    TODAY,
    FakeClock,
    council,
    key_share,
    load,
    make_directory,
    new_ledger,
    record,
    token_of,
    tokens_of,
)
from tests.node.small_hub import Receive, SmallHub, sender_over
from tests.properties.at_rest import forms

US_NUMBER = 6
US = council(US_NUMBER)
BATCHES = BATCHES_IN_FLIGHT + 1
"""So many does the file take: more than are on their way at once."""

ROUNDS_BEFORE_IT_HAPPENS = 2


def _row(name: str) -> dict[str, str]:
    return row(
        case_reference=f"CASE-{name}",
        surname=f"{name}son",
        forename=name,
        other_surnames=";".join(f"{name}{end}" for end in ("ton", "ley", "ford", "wood")),
        other_forenames=";".join(f"{name}{end}" for end in ("ina", "ette", "ard", "olf")),
        postcode="SW1A 1AA",
        nhs_number="943 476 5919",
    )


ROWS = [_row(f"Planted{first}{second}") for first in "abcdefgh" for second in "abcdef"]


class FailingHub(SmallHub):
    """A hub to which, or behind which, something happens after a few rounds."""

    happens: Callable[[], object] | None = None

    def __init__(self, members: Mapping[MemberId, Receive]) -> None:
        super().__init__(members)
        self.slow: dict[MemberId, FailureReason] = {}
        """Whose reply comes too late, once."""

    async def round(self, request: httpx.Request) -> httpx.Response:
        if self.happens is not None and len(self.bundles) >= ROUNDS_BEFORE_IT_HAPPENS:
            self.happens()
        return await super().round(request)

    async def _line(self, member: MemberId, envelope: bytes) -> bytes:
        line = await super()._line(member, envelope)
        reason = self.slow.pop(member, None)
        return encode_line(FailureLine(member=member, reason=reason)) if reason else line


class Keyholders:
    """All five behind one hub."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.open = ExitStack()
        self.clock = clock
        self.directory = DIRECTORY
        self.shares = {number: key_share(number) for number in range(1, KEYHOLDERS + 1)}
        self.ledgers: dict[int, Ledger] = {}
        for number in self.shares:
            own = new_ledger(folder / f"{number}.db")
            self.ledgers[number] = self.open.enter_context(closing(own))
        self.members = {council(number).id: self._receive(number) for number in self.shares}
        self.hub = FailingHub(self.members)

    def _receive(self, number: int) -> Receive:
        member, ledger = council(number), self.ledgers[number]

        def share() -> KeyShare:
            return self.shares[number]

        return Receiver(
            member.id,
            member.keys.signing,
            member.keys.sealing,
            ledger,
            lambda: self.directory,
            {Kind.IMPORT_EVALUATION: EvaluationRoom(share, ledger, STORE_KEY)},
            self.clock,
        ).receive

    def counted(self) -> int:
        """Return the elements counted, over all keyholders."""
        return sum(
            ledger.elements_counted().get(Kind.IMPORT_EVALUATION, 0)
            for ledger in self.ledgers.values()
        )

    # What may happen to them

    def leave(self) -> None:
        two = [council(number).id for number in (1, 2)]
        self.hub.members = {member: self.members[member] for member in two}

    def spend(self) -> None:
        self.directory = make_directory(limits={US_NUMBER: {"declared_records": 0}})

    def lose_the_hub(self) -> None:
        raise httpx.ConnectError("the hub is gone")

    def mend(self) -> None:
        self.hub.happens = None
        self.hub.members = dict(self.members)
        self.directory = DIRECTORY


@pytest.fixture
def keyholders(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Keyholders]:
    monkeypatch.setattr(evaluator, "IMPORT_WAITS_SECONDS", ())
    made = Keyholders(tmp_path, clock)
    with made.open:
        yield made


@pytest.fixture
def evidence() -> list[KeyholderEvidence]:
    return []


class Council:
    """Whoever imports."""

    def __init__(
        self, store: RecordStore, keyholders: Keyholders, evidence: list[KeyholderEvidence]
    ) -> None:
        self.store = store
        self._keyholders = keyholders
        self._evidence = evidence
        self.progress: list[Progress] = []

    def load(self, content: FileContent) -> int:
        return asyncio.run(self._load(content))

    async def _load(self, content: FileContent) -> int:
        async with sender_over(self._keyholders.hub) as sender:
            clock = self._keyholders.clock
            own = Evaluator(US.id, US.keys, sender, clock, self._keep)
            importer = Importer(self.store, STORE_KEY, own)
            plan = importer.plan(content, "main", DIRECTORY, replace=True)
            unfinished = importer.begin("main", DIRECTORY, TODAY)
            return await importer.load(plan, "main", DIRECTORY, unfinished, self.progress.append)

    def _keep(self, found: KeyholderEvidence) -> bool:
        self._evidence.append(found)
        return True

    def records(self) -> list[Record]:
        held = (each for _, each in self.store.records(TODAY))
        return sorted(held, key=lambda each: each.case_reference)

    def strings_made(self) -> int:
        return self.store.unfinished.begin(
            "main", _KEY_ID, DIRECTORY.matching_version, TODAY
        ).count()


_KEY_ID = DIRECTORY.oprf_key.key_id if DIRECTORY.oprf_key else b""


@pytest.fixture
def us(store: RecordStore, keyholders: Keyholders, evidence: list[KeyholderEvidence]) -> Council:
    return Council(store, keyholders, evidence)


def content_of(folder: Path, rows: Sequence[dict[str, str]]) -> FileContent:
    content = read_file(write(folder, csv_text(rows)), TODAY)
    assert content.report.problem_count == 0
    return content


def strings_of(content: FileContent) -> set[bytes]:
    return {key.oprf_input for each in content.rows for key in record_keys(each.identity)}


def batches(strings: int) -> int:
    return -(-strings // limits.IMPORT_INPUTS)


@pytest.fixture
def content(tmp_path: Path) -> FileContent:
    read = content_of(tmp_path, ROWS)
    assert batches(len(strings_of(read))) == BATCHES
    return read


def expected(content: FileContent) -> list[Record]:
    """Return what must be held: the tokens as the whole key makes them."""
    return [
        Record(each.case_reference, tokens_of(each.identity), each.involvement)
        for each in sorted(content.rows, key=lambda each: each.case_reference)
    ]


HAPPENS: dict[str, Callable[[Keyholders], Callable[[], None]]] = {
    "too many keyholders leave": lambda keyholders: keyholders.leave,
    "the allowance is spent": lambda keyholders: keyholders.spend,
    "the hub goes away": lambda keyholders: keyholders.lose_the_hub,
}


@pytest.mark.parametrize("happens", HAPPENS.values(), ids=HAPPENS)
def test_goes_on_where_it_was_interrupted_when(
    us: Council,
    keyholders: Keyholders,
    content: FileContent,
    happens: Callable[[Keyholders], Callable[[], None]],
) -> None:
    load(us.store, [record(content.rows[0].identity, "BEFORE")])
    before, state = us.records(), us.store.index_state()
    keyholders.hub.happens = happens(keyholders)
    with pytest.raises((AskError, NoHubError)):
        us.load(content)
    assert us.records() == before, "the old state answers until all is there"
    assert us.store.index_state() == state

    made, total = us.strings_made(), len(strings_of(content))
    assert 0 < made < total, "some batches were kept, and some not made"
    keyholders.mend()
    asked = len(keyholders.hub.bundles)
    us.load(content)
    assert len(keyholders.hub.bundles) - asked == batches(total - made)
    assert us.records() == expected(content)
    assert us.strings_made() == 0


def test_nothing_of_a_child_is_on_the_disk_of_an_interrupted_import(
    us: Council, keyholders: Keyholders, content: FileContent, tmp_path: Path
) -> None:
    keyholders.hub.happens = keyholders.lose_the_hub
    with pytest.raises(NoHubError):
        us.load(content)
    assert us.strings_made()
    written = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    strings = strings_of(content)
    tokens = [token_of(each) for each in strings]
    hashes = [sha256(each).digest() for each in strings]
    secrets = [b"Planted", b"planted", b"9434765919", *strings, *tokens, *hashes]
    assert not [each for secret in secrets for each in forms(secret) if each in written]


def test_batch_whose_replies_were_lost_is_not_counted_again(
    us: Council, keyholders: Keyholders, content: FileContent
) -> None:
    """The keyholders have evaluated it, and the import died before the replies came."""

    async def lose(receive: Receive, envelope: bytes) -> bytes | None:
        await receive(envelope)
        raise httpx.ReadError("the line breaks")

    keyholders.hub.members = {
        member: partial(lose, receive) for member, receive in keyholders.members.items()
    }
    with pytest.raises(NoHubError):
        us.load(content)
    keyholders.mend()
    us.load(content)
    every = batches(len(strings_of(content)))
    assert keyholders.counted() == 3 * every * limits.IMPORT_BATCH
    assert us.records() == expected(content)


def test_what_is_sent_again_goes_to_others_where_a_keyholder_has_left(
    us: Council, keyholders: Keyholders, content: FileContent
) -> None:
    keyholders.hub.happens = keyholders.lose_the_hub
    with pytest.raises(NoHubError):
        us.load(content)
    keyholders.mend()
    del keyholders.hub.members[council(1).id]
    us.load(content)
    assert us.records() == expected(content)


def test_batch_that_is_too_old_to_be_sent_again_is_made_anew(
    us: Council, keyholders: Keyholders, content: FileContent
) -> None:
    keyholders.hub.happens = keyholders.lose_the_hub
    with pytest.raises(NoHubError):
        us.load(content)
    keyholders.mend()
    sent = {bundle.round_id for bundle in keyholders.hub.bundles}
    keyholders.clock.now_ms += evaluator.RESEND_MS + 1
    us.load(content)
    later = {bundle.round_id for bundle in keyholders.hub.bundles} - sent
    assert len(later) == batches(len(strings_of(content))) - len(sent)
    assert us.records() == expected(content)


def test_keyholder_that_lies_is_named_by_evidence_and_others_are_asked(
    us: Council,
    keyholders: Keyholders,
    evidence: list[KeyholderEvidence],
    tmp_path: Path,
) -> None:
    own = key_share(2)
    keyholders.shares[2] = KeyShare(2, key_share(4).share, own.verification_share)
    content = content_of(tmp_path, ROWS[:2])
    us.load(content)
    assert us.records() == expected(content)
    assert {verify_evidence(each, DIRECTORY).id for each in evidence} == {council(2).id}


def test_two_rows_of_one_child_take_one_evaluation(us: Council, tmp_path: Path) -> None:
    twice = content_of(tmp_path, [*ROWS[:1], {**ROWS[0], "involvement": "early help"}])
    us.load(twice)
    assert us.progress[-1].strings == 2 * len(strings_of(twice))
    assert us.progress[-1].found == len(strings_of(twice))
    assert len(us.records()) == 2
    assert {each.tokens for each in us.records()} == {tokens_of(twice.rows[0].identity)}


def test_row_that_is_held_as_it_is_is_not_evaluated_again(
    us: Council, keyholders: Keyholders, tmp_path: Path
) -> None:
    us.load(content_of(tmp_path, ROWS[:2]))
    asked = len(keyholders.hub.bundles)
    us.load(content_of(tmp_path, ROWS[:2]))
    assert len(keyholders.hub.bundles) == asked


def test_says_what_the_keyholder_that_allows_least_still_allows(
    us: Council, keyholders: Keyholders, tmp_path: Path
) -> None:
    less = {US_NUMBER: {"declared_records": 100}}
    keyholders.directory = make_directory(limits=less)
    us.load(content_of(tmp_path, ROWS[:1]))
    assert us.progress[-1].allowance_left == 100 * limits.IMPORT_SHARE - limits.IMPORT_BATCH


@pytest.mark.parametrize("reason", [FailureReason.TIMED_OUT, FailureReason.BUSY])
def test_keyholder_that_was_too_slow_is_asked_again_before_others(
    us: Council,
    keyholders: Keyholders,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reason: FailureReason,
) -> None:
    """It has counted, and perhaps evaluated: the same bytes again cost nothing."""
    monkeypatch.setattr(evaluator, "IMPORT_WAITS_SECONDS", (0.0,))
    keyholders.hub.slow = {council(1).id: reason}
    content = content_of(tmp_path, ROWS[:1])
    us.load(content)
    assert us.records() == expected(content)
    first, again = keyholders.hub.bundles
    assert first.round_id == again.round_id
    assert keyholders.counted() == 3 * limits.IMPORT_BATCH
