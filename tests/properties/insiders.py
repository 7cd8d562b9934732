"""What only somebody with a node's store key can do: see what is hidden, and ask dishonestly."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from node.asking.asker import Enquiry, Lookups, MemberResult, PreparedLookup, _Keyed
from node.cli.session import open_session
from node.clock import system_clock
from node.keyholding.share import KeyShare
from node.ledger.entries import AnsweredEntry, open_answered
from node.ledger.ledger import AllowanceKey
from node.opening import OpenFolder
from protocol import labels
from protocol.identifiers import MemberId, RoundId
from protocol.limits import QUESTION_SLOTS
from protocol.matching.keys import MATCHING_VERSION, question_keys
from protocol.messages.lookup import Question, Who
from protocol.messages.vocabulary import Role
from protocol.sealing.envelope import (
    Kind,
    open_request,
    parse_request,
)
from tests.properties.planted import WHO, identity


def tokens_held(opened: OpenFolder, case_reference: str) -> list[bytes]:
    """Return the tokens of a record, the strongest first."""
    return [
        keyed.token
        for _, record in opened.records.records(date(2026, 1, 1))
        if record.case_reference == case_reference
        for keyed in record.tokens
    ]


def answered_entry(opened: OpenFolder, round_id: RoundId) -> AnsweredEntry | None:
    """Return what a node's ledger has of a question that it was asked."""
    sealed = dict(opened.ledger.entries(Kind.LOOKUP)).get(round_id)
    return None if sealed is None else open_answered(opened.store_key, sealed, round_id)


def share_of(opened: OpenFolder) -> KeyShare:
    """Return a keyholder's share.

    Raises:
        LookupError: it has none.
    """
    share = opened.folder.shares(opened.store_key).load()
    if share is None:
        raise LookupError("no keyholder")
    return share


def request_in(opened: OpenFolder, envelope: bytes) -> tuple[bytes, bytes]:
    """Return the reply secret and the body that the member which is addressed reads."""
    return open_request(parse_request(envelope), opened.keys.sealing)


def elements_counted(opened: OpenFolder, sender: MemberId, kind: Kind) -> int:
    """Return how many elements of a member a keyholder has counted under the directory's key."""
    key = opened.directory.current().oprf_key
    if key is None:
        return 0
    allowance = AllowanceKey(sender, kind, key.key_id, MATCHING_VERSION)
    return sum(opened.ledger.elements_by_day(allowance).values())


def question_in(opened: OpenFolder, envelope: bytes) -> Question:
    """Return a question as the member that it is addressed to reads it."""
    return Question.decode(request_in(opened, envelope)[1])


def enquiry_about(child: Mapping[str, str]) -> Enquiry:
    who = Who(**WHO, protected_location=False)
    return Enquiry(identity(child), 1, Role.PRACTITIONER, who)


def prepared(opened: OpenFolder, child: Mapping[str, str]) -> PreparedLookup:
    """Have a child's match keys evaluated by the keyholders."""
    return swept(opened, [child], keys_each=QUESTION_SLOTS)


def swept(
    opened: OpenFolder, children: Sequence[Mapping[str, str]], keys_each: int
) -> PreparedLookup:
    """Put the first keys of several children into one question, as a dishonest node can."""
    keys = [
        key
        for child in children
        for key in question_keys(identity(child), household=False)[:keys_each]
    ]
    tokens, _ = evaluated(opened, [key.oprf_input for key in keys])
    keyed = tuple(_Keyed(key.id, token) for key, token in zip(keys, tokens, strict=True))
    return PreparedLookup(enquiry_about(children[0]), keyed)


def evaluated(
    opened: OpenFolder, oprf_inputs: Sequence[bytes]
) -> tuple[list[bytes], dict[str, str]]:
    """Return the tokens of any strings, and what was wrong at which keyholder by name.

    Raises:
        AskError: the keyholders do not make them.
    """

    async def run() -> tuple[list[bytes], dict[str, str]]:
        directory = opened.directory.current()
        async with open_session(opened, directory) as session:
            tokens, report = await session.evaluator.lookup_tokens(directory, oprf_inputs)
            return tokens, report.by_name(directory)

    return asyncio.run(run())


def ask_prepared(opened: OpenFolder, lookup: PreparedLookup) -> dict[MemberId, MemberResult]:
    """Ask every member with tokens that are there already."""

    async def run() -> dict[MemberId, MemberResult]:
        directory = opened.directory.current()
        async with open_session(opened, directory) as session:
            lookups = Lookups(
                opened.settings.member, opened.keys, session.evaluator, session.sender,
                opened.ledger, opened.store_key, system_clock,
            )  # fmt: skip
            return {result.member.id: result async for result in lookups.ask(directory, lookup)}

    return asyncio.run(run())


def sealing_seed(opened: OpenFolder) -> bytes:
    """Return a node's 96 secret bytes of its sealing key."""
    sealed = opened.folder.keys.read_bytes()
    return opened.store_key.open(labels.STORE_KEYS, sealed, b"keys")[32:]
