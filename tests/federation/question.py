"""A question as a command asks it, in a process of its own, and all that came of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from node.asking.asker import Lookups, MemberResult
from node.errors import AskError, NoHubError
from node.evaluating.evaluator import Evaluator
from node.evaluating.evidence import KeyholderEvidence
from node.federation.rounds import RoundSender, make_client
from node.records.model import Record
from node.records.tokens import KeyedToken, Tokens
from protocol.directory.members import Directory
from protocol.identifiers import MemberId, RoundId
from protocol.matching.keys import MatchKey, record_keys
from protocol.sealing.bundle import parse_bundle
from protocol.sealing.envelope import Kind
from tests.federation.directories import Terms, terms_of
from tests.federation.holdings import CHILDREN, asked_about, record_of
from tests.federation.hub import Network
from tests.federation.member import SimulatedMember
from tests.node.evaluating.batches import BatchesInMemory
from tests.node.small_federation import STORE_KEY, enquiry


@dataclass(slots=True)
class Errand:
    """One command of a member: what it posted, and how it ended."""

    asker: int
    began: float
    directory: Directory
    """The asker's when it began: a command reads it once."""
    ended: float = 0.0
    error: str = ""
    """What was said when it failed as a whole."""
    posted: list[bytes] = field(default_factory=list)
    evidence: list[KeyholderEvidence] = field(default_factory=list)

    @property
    def terms(self) -> Terms:
        return terms_of(self.directory)

    def keep(self, evidence: KeyholderEvidence) -> bool:
        self.evidence.append(evidence)
        return True

    def rounds(self, kind: Kind) -> set[RoundId]:
        """Return its rounds of a kind, each once however many hubs it was posted to."""
        bundles = map(parse_bundle, self.posted)
        return {bundle.round_id for bundle in bundles if bundle.kind is kind}


@dataclass(slots=True)
class Question(Errand):
    """A question of a member about a child, by number."""

    child: int = 0
    is_sure: bool = True
    results: list[MemberResult] = field(default_factory=list)
    keyholder_problems: dict[MemberId, str] = field(default_factory=dict)


@dataclass(slots=True)
class Import(Errand):
    """A member loads children, their tokens made by the keyholders."""


async def ask(member: SimulatedMember, question: Question) -> None:
    """Ask, to the end."""
    around, own = member.around, member.council
    async with make_client(Network(around.hubs, question.posted)) as client:
        sender = RoundSender(client, around.urls)
        evaluator = Evaluator(own.id, own.keys, sender, member.clock, question.keep)
        lookups = Lookups(
            own.id, own.keys, evaluator, sender, member.ledger, STORE_KEY, member.clock
        )
        try:
            about = asked_about(question.child, is_sure=question.is_sure)
            prepared, report = await lookups.prepare(question.directory, enquiry(about))
            question.keyholder_problems = report.problems
            async for result in lookups.ask(question.directory, prepared):
                question.results.append(result)
        except (AskError, NoHubError) as error:
            question.error = str(error)
    question.ended = asyncio.get_running_loop().time()


async def load_by_keyholders(
    member: SimulatedMember, errand: Import, children: frozenset[int]
) -> None:
    """Have the tokens of children made, and load them. What fails changes nothing."""
    around, own = member.around, member.council
    keys = {number: record_keys(CHILDREN[number]) for number in sorted(children)}
    inputs = [key.oprf_input for each in keys.values() for key in each]
    async with make_client(Network(around.hubs, errand.posted)) as client:
        sender = RoundSender(client, around.urls)
        evaluator = Evaluator(own.id, own.keys, sender, member.clock, errand.keep)
        try:
            store = BatchesInMemory()
            await evaluator.import_tokens(errand.directory, inputs, store)
        except (AskError, NoHubError) as error:
            errand.error = str(error)
        else:
            tokens = iter([store.tokens[oprf_input] for oprf_input in inputs])
            member.load_records(_records(member, keys, tokens), errand.terms.key)
    errand.ended = asyncio.get_running_loop().time()


def _records(
    member: SimulatedMember, keys: dict[int, tuple[MatchKey, ...]], tokens: Iterator[bytes]
) -> dict[int, Record]:
    """Return the children's records with these tokens, in the order of their keys."""
    return {
        number: replace(
            record_of(number, member.number, member.version.coefficients[0]),
            tokens=Tokens.of(KeyedToken(key.id, next(tokens)) for key in keys[number]),
        )
        for number in keys
    }
