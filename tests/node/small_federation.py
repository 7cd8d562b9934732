"""A federation of six in one process: real keys, a real directory, a shared key split by Shamir.

Five councils hold shares, any three make the key; the sixth member is a hospital without one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.answering.index import IndexKeeper
from node.answering.lookup import LookupRoom
from node.asking.asker import Enquiry, PreparedLookup, _Keyed, _question
from node.disclosure.policy import FIRST_POLICY, Policy, parse_policy
from node.keyholding.share import KeyShare
from node.keys import NodeKeys
from node.ledger.ledger import Ledger
from node.receiving.request import OpenedRequest
from node.records.model import Record, expiry
from node.records.store import RecordStore, SourceRow
from node.records.tokens import KeyedToken, Tokens
from node.store_key import StoreKey
from protocol.directory.document import (
    Document,
    HubEntry,
    MemberEntry,
    OprfEntry,
    OprfKeyEntry,
)
from protocol.directory.members import Directory, OprfKey, parse_directory
from protocol.directory.purposes import STANDARD_PURPOSES
from protocol.encoding import encode_base64url
from protocol.identifiers import EPOCH_SECONDS, Epoch, MemberId, RoundId, epoch_at
from protocol.matching.identity import Identity, parse_identity
from protocol.matching.keys import MATCHING_VERSION, question_keys, record_keys
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.lookup import Answer, Question, Who
from protocol.messages.vocabulary import InvolvementKind, MemberKind, Role
from protocol.oprf import group, voprf
from protocol.oprf.group import Scalar
from protocol.oprf.sharing import commit, evaluate_polynomial
from protocol.oprf.voprf import TOKEN_BYTES, Blinding
from protocol.sealing.cell import REPLY_SECRET_BYTES, sealing_key_from_seed
from protocol.sealing.envelope import (
    Header,
    Kind,
    SentRequest,
    open_reply,
    open_request,
    parse_request,
    seal_reply,
    seal_request,
    verify_request,
)

MEMBERS = 6
KEYHOLDERS = 5
THRESHOLD = 3

NOW_MS = 1_750_001_400_000
"""15 June 2025, 15:30 UTC: as far from the edges of its hour as can be."""

TODAY = date(2025, 6, 15)
HUBS = (
    HubEntry(id="hub-a", url="http://hub-a.test"),
    HubEntry(id="hub-b", url="http://hub-b.test"),
)
STORE_KEY = StoreKey(bytes(range(32)))


class FakeClock:
    """Stands still until it is told otherwise. Unix time in milliseconds."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def set_seconds(self, unix_seconds: float) -> None:
        self.now_ms = round(unix_seconds * 1000)


def secret_scalar(label: str) -> Scalar:
    return group.scalar_from_wide(hashlib.sha512(label.encode()).digest())


COEFFICIENTS = tuple(secret_scalar(f"coefficient {power}") for power in range(THRESHOLD))
COMMITMENTS = commit(COEFFICIENTS)


@dataclass(frozen=True)
class Council:
    """A member as it sees itself. `static_secret` is that of its key ceremony."""

    id: MemberId
    keys: NodeKeys
    static_secret: Scalar
    entry: MemberEntry

    @property
    def index(self) -> int:
        return self.entry.keyholder_index or 0


@lru_cache
def council(number: int) -> Council:
    """Return member `number`, 1 to 6; 1 to 5 hold the share of that index."""
    member_id = MemberId(f"E0900000{number}")
    seed = hashlib.shake_256(member_id.encode()).digest(128)
    signing = Ed25519PrivateKey.from_private_bytes(seed[:32])
    keys = NodeKeys(signing, *sealing_key_from_seed(seed[32:]))
    static_secret = secret_scalar(f"static {number}")
    is_keyholder = number <= KEYHOLDERS
    entry = MemberEntry(
        id=member_id,
        name=f"Council {number}",
        kind=MemberKind.COUNCIL if is_keyholder else MemberKind.HEALTH_SERVICE,
        duty_line=f"020 7946 000{number}",
        out_of_hours_line=f"020 7946 010{number}",
        supplier=f"Supplier {number}",
        host=f"Host {number}",
        declared_records=1000,
        signing_key=keys.signing_public_text,
        sealing_key=keys.sealing_public_text,
        ceremony_key=encode_base64url(group.multiply_base(static_secret)),
        keyholder_index=number if is_keyholder else None,
        questions_per_day=100,
    )
    return Council(member_id, keys, static_secret, entry)


def key_share(index: int, coefficients: Sequence[Scalar] = COEFFICIENTS) -> KeyShare:
    """Return the share of a keyholder."""
    share = evaluate_polynomial(coefficients, index)
    return KeyShare(index, share, group.multiply_base(share))


def document(
    *,
    limits: Mapping[int, Mapping[str, int]] | None = None,
    oprf: OprfEntry | None = None,
    **changes: object,
) -> Document:
    """Return the directory's document; `limits` changes entries of members by their number."""
    entries = [
        council(number).entry.model_copy(update=dict((limits or {}).get(number, {})))
        for number in range(1, MEMBERS + 1)
    ]
    key = OprfKeyEntry(generation=1, commitments=tuple(map(encode_base64url, COMMITMENTS)))
    whole = Document(
        federation="small",
        practice=False,
        version=1,
        previous="00" * 32,
        matching_version=MATCHING_VERSION,
        tick_ms=10,
        post_interval_seconds=300,
        purposes=STANDARD_PURPOSES,
        hubs=HUBS,
        members=tuple(entries),
        oprf=oprf or OprfEntry(threshold=THRESHOLD, key=key),
    )
    return whole.model_copy(update=changes)


def make_directory(
    *,
    limits: Mapping[int, Mapping[str, int]] | None = None,
    oprf: OprfEntry | None = None,
    **changes: object,
) -> Directory:
    """Return the directory of a `document`, parsed as a node parses it."""
    return parse_directory(document(limits=limits, oprf=oprf, **changes).model_dump_json().encode())


DIRECTORY = make_directory()


def oprf_key() -> OprfKey:
    """Return the shared key's public side."""
    key = DIRECTORY.oprf_key
    if key is None:
        raise ValueError("the small federation has a key")
    return key


def token_of(oprf_input: bytes, secret: Scalar = COEFFICIENTS[0]) -> bytes:
    """Return a token as RFC 9497 makes it under the whole key, which no member ever holds."""
    one = group.scalar_from_int(1)
    element = voprf.blind(oprf_input, one).blinded_element
    evaluated = group.multiply(secret, element)
    return voprf.finalize(Blinding(oprf_input, one, element), evaluated)[:TOKEN_BYTES]


BORN_ON = date(2015, 3, 4)
ENTRIES = {
    "forename": "Mary",
    "surname": "Smith",
    "date_of_birth": "04/03/2015",
    "postcode": "SW1A 1AA",
    "nhs_number": "943 476 5919",
}

STRANGER_ENTRIES = {
    "forename": "Zoe",
    "surname": "Unknownson",
    "date_of_birth": "30/09/2011",
    "postcode": "M1 1AE",
    "nhs_number": "",
}
"""Of a child who has nothing in common with Mary Smith."""


def child(**entries: str) -> Identity:
    """Return Mary Smith, with these entries instead of hers; "" leaves one out."""
    return parse_identity({**ENTRIES, **entries}, TODAY)


def involvement(
    *,
    kind: InvolvementKind = InvolvementKind.CHILD_IN_NEED,
    closed_on: date | None = None,
    updated_on: date = date(2025, 6, 1),
    worker: str = "Planted Worker",
    telephone: str = "020 7946 0999",
) -> Involvement:
    contact = ContactDetails(
        "Council", "Family Support North", "Social worker", worker, telephone, "", ""
    )
    return Involvement(kind, closed_on, False, updated_on, "", contact)


def subset_of(kind: Kind, keyholder: int) -> tuple[int, ...]:
    """Return whom an evaluation names: for an import this keyholder, and the next."""
    if kind is Kind.EVALUATION:
        return ()
    return tuple(sorted((keyholder + step - 1) % KEYHOLDERS + 1 for step in range(THRESHOLD)))


def tokens_of(identity: Identity, secret: Scalar = COEFFICIENTS[0]) -> Tokens:
    keys = record_keys(identity)
    return Tokens.of(KeyedToken(key.id, token_of(key.oprf_input, secret)) for key in keys)


def record(
    identity: Identity, case_reference: str = "CASE-1", involved: Involvement | None = None
) -> Record:
    """Return the record of a child."""
    return Record(case_reference, tokens_of(identity), involved or involvement())


def source_row(name: str, held: Record | None, content: str = "") -> SourceRow:
    """Return a row of a source under fingerprints of its name and content."""
    return SourceRow(
        hashlib.sha256(name.encode()).digest(),
        hashlib.sha256((content or name).encode()).digest(),
        TODAY if held is None else expiry(held.involvement, BORN_ON),
        None if held is None else lambda: held,
    )


def load(store: RecordStore, records: Sequence[Record], source: str = "main") -> int:
    """Load these records as a source, under the federation's key; return the load's number."""
    rows = [source_row(f"{source} {number}", held) for number, held in enumerate(records)]
    return store.replace_source(source, rows, oprf_key().key_id, MATCHING_VERSION)


WHO = Who("Ada Practitioner", "020 7946 0123", "Assessment Team", "REF-77", False)


def enquiry(
    identity: Identity | None = None,
    *,
    purpose: int = 1,
    role: Role = Role.PRACTITIONER,
    who: Who = WHO,
) -> Enquiry:
    return Enquiry(identity or child(), purpose, role, who)


def identity_of(asked: Enquiry) -> Identity:
    """Return who an enquiry is about that was made of entries."""
    assert isinstance(asked.child, Identity)
    return asked.child


def prepare(asked: Enquiry, household: bool = False) -> PreparedLookup:
    """Return an enquiry with the tokens that the keyholders would make."""
    keys = question_keys(identity_of(asked), household)
    return PreparedLookup(asked, tuple(_Keyed(key.id, token_of(key.oprf_input)) for key in keys))


def several(*enquiries: Enquiry) -> PreparedLookup:
    """Return what a dishonest asker sends: several children in one question."""
    tokens = tuple(keyed for asked in enquiries for keyed in prepare(asked).tokens)
    return PreparedLookup(enquiries[0], tokens)


_rounds = iter(range(1, 1_000_000))


def fresh_round() -> RoundId:
    return RoundId(next(_rounds).to_bytes(16, "big"))


def make_header(
    kind: Kind,
    sender: Council,
    recipient: Council,
    now_ms: int = NOW_MS,
    round_id: RoundId | None = None,
) -> Header:
    return Header(kind, round_id or fresh_round(), sender.id, recipient.id, now_ms)


def seal(header: Header, body: bytes, *, signer: int = 0, cell_for: int = 0) -> SentRequest:
    """Seal a request as its sender does, or with the keys of other members by number."""
    sender = council(signer or int(header.sender[-1]))
    recipient = council(cell_for or int(header.recipient[-1]))
    secret = hashlib.sha256(header.encode() + body).digest()[:REPLY_SECRET_BYTES]
    return seal_request(
        header, secret, body, DIRECTORY.member(recipient.id).sealing_key, sender.keys.signing
    )


def open_request_of(
    sent: SentRequest, recipient: Council, directory: Directory, now_ms: int
) -> OpenedRequest:
    """Check and open a request as the receiver does."""
    sealed = parse_request(sent.envelope)
    sender = directory.member(sealed.header.sender)
    verify_request(sealed, recipient.id, sender.signing_key, now_ms)
    reply_secret, body = open_request(sealed, recipient.keys.sealing)
    return OpenedRequest(
        sealed,
        sender,
        body,
        directory,
        now_ms,
        lambda salt, reply: seal_reply(sealed, reply_secret, salt, reply, recipient.keys.signing),
    )


@dataclass(frozen=True)
class AskedQuestion:
    """A question on its way, and what its asker keeps."""

    sent: SentRequest
    prepared: PreparedLookup
    asker: Council
    answerer: Council

    def opened(self, directory: Directory = DIRECTORY, now_ms: int = NOW_MS) -> OpenedRequest:
        return open_request_of(self.sent, self.answerer, directory, now_ms)

    def read(self, reply: bytes | None) -> Answer:
        """Open the reply as the asker does."""
        if reply is None:
            raise ValueError("declined")
        key = DIRECTORY.member(self.answerer.id).signing_key
        return Answer.decode(open_reply(reply, self.sent, key))


def ask(
    prepared: PreparedLookup | None = None,
    *,
    asker: int = 1,
    answerer: int = 2,
    now_ms: int = NOW_MS,
    directory: Directory = DIRECTORY,
    change: Mapping[str, object] | None = None,
    epoch: Epoch | None = None,
) -> AskedQuestion:
    """Return a question made by the asker's own code; `change` replaces parts of it."""
    prepared = prepared or prepare(enquiry())
    header = make_header(Kind.LOOKUP, council(asker), council(answerer), now_ms)
    made: Question = _question(
        directory, prepared, header, epoch_at(now_ms / 1000) if epoch is None else epoch
    )
    question = replace(made, **(change or {}))  # type: ignore[arg-type]
    return AskedQuestion(
        seal(header, question.encode()), prepared, council(asker), council(answerer)
    )


@lru_cache
def _empty_databases() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("ledger.db", "records.db")}
        Ledger(paths["ledger.db"]).close()
        RecordStore(paths["records.db"], STORE_KEY).close()
        return {name: path.read_bytes() for name, path in paths.items()}


def new_ledger(path: Path) -> Ledger:
    """Return a ledger in a file of its own, migrated once for all tests."""
    path.write_bytes(_empty_databases()["ledger.db"])
    return Ledger(path)


def new_store(path: Path) -> RecordStore:
    """Return a store in a file of its own, migrated once for all tests."""
    path.write_bytes(_empty_databases()["records.db"])
    return RecordStore(path, STORE_KEY)


class AnsweringCouncil:
    """Council 2 with its store, index, ledger and policy, as far as lookups need them."""

    def __init__(self, folder: Path, clock: FakeClock, records: Sequence[Record] = ()) -> None:
        self.clock = clock
        self.ledger = new_ledger(folder / "ledger.db")
        self.store = new_store(folder / "records.db")
        self.policy: Policy = parse_policy(FIRST_POLICY)
        self.index = IndexKeeper(self.store, council(2).id, clock)
        self.room = LookupRoom(self.store, self.index, self.ledger, lambda: self.policy, STORE_KEY)
        self.load(records)

    def load(self, records: Sequence[Record], source: str = "main") -> None:
        """Load a source and build the tables."""
        load(self.store, records, source)
        self.index.refresh()

    def answer(self, asked: AskedQuestion, directory: Directory = DIRECTORY) -> Answer:
        """Answer a question and read the answer."""
        return asked.read(self.room.answer(asked.opened(directory, self.clock.now_ms)))

    def close(self) -> None:
        self.ledger.close()
        self.store.close()


def start_of_hour(unix_seconds: float) -> int:
    return epoch_at(unix_seconds) * EPOCH_SECONDS


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Return Unix time in milliseconds."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)
