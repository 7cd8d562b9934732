"""A small federation for the hub's tests: a signed directory, and members that ask and answer."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.directory.document import Document, HubEntry, MemberEntry, OprfEntry
from protocol.directory.purposes import STANDARD_PURPOSES
from protocol.encoding import encode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.vocabulary import MemberKind
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.cell import SEALING_SEED_BYTES, SealingPrivateKey, sealing_key_from_seed
from protocol.sealing.envelope import (
    Header,
    Kind,
    SentRequest,
    open_request,
    parse_request,
    reply_body_bytes,
    request_body_bytes,
    seal_reply,
    seal_request,
)
from protocol.signer.repository import FIRST_PREVIOUS, Repository, utc_now

HUB_ID = "hub-1"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Council:
    """A member with its keys. Two of one id are a member and somebody who claims to be it."""

    id: MemberId
    signing: Ed25519PrivateKey
    sealing: SealingPrivateKey
    sealing_public: bytes

    @classmethod
    def make(cls, member: str) -> "Council":
        sealing, sealing_public = sealing_key_from_seed(os.urandom(SEALING_SEED_BYTES))
        return cls(MemberId(member), Ed25519PrivateKey.generate(), sealing, sealing_public)

    def entry(self) -> MemberEntry:
        return MemberEntry(
            id=self.id,
            name=f"Council {self.id}",
            kind=MemberKind.COUNCIL,
            duty_line="01632 960001",
            out_of_hours_line="01632 960002",
            supplier="in-house",
            host="own",
            declared_records=100,
            signing_key=encode_base64url(self.signing.public_key().public_bytes_raw()),
            sealing_key=encode_base64url(self.sealing_public),
            questions_per_day=100,
        )

    def reply(self, envelope: bytes) -> bytes:
        """Open an envelope and return a sealed reply of its kind, its body full of sevens."""
        request = parse_request(envelope)
        secret, _ = open_request(request, self.sealing)
        body = b"\7" * reply_body_bytes(request.header.kind)
        return seal_reply(request, secret, os.urandom(32), body, self.signing)


@dataclass(frozen=True, slots=True)
class Round:
    """A round as its asker keeps it: the bundle, and what opens the replies."""

    round_id: RoundId
    bundle: bytes
    sent: dict[MemberId, SentRequest]


def make_round(
    sender: Council,
    recipients: Iterable[Council],
    kind: Kind = Kind.POST,
    time_ms: int | None = None,
) -> Round:
    """Seal a body of zeros to every recipient and sign the bundle."""
    round_id = RoundId(os.urandom(16))
    time_ms = now_ms() if time_ms is None else time_ms
    sent = {
        recipient.id: seal_request(
            Header(kind, round_id, sender.id, recipient.id, time_ms),
            os.urandom(32),
            bytes(request_body_bytes(kind)),
            recipient.sealing.public_key(),
            sender.signing,
        )
        for recipient in recipients
    }
    return Round(round_id, encode_bundle(list(sent.values()), sender.signing), sent)


@dataclass(slots=True)
class Federation:
    """One asker, three councils that answer, and the signers' folder."""

    folder: Path
    asker: Council = field(default_factory=lambda: Council.make("E06000001"))
    councils: tuple[Council, ...] = field(
        default_factory=lambda: tuple(Council.make(f"E0600000{n}") for n in (2, 3, 4))
    )

    @property
    def repository(self) -> Repository:
        return Repository(self.folder)

    @property
    def published(self) -> Path:
        return self.folder / "public"

    @property
    def root(self) -> Path:
        return self.published / "metadata" / "1.root.json"

    def create(self) -> None:
        """Make the directory and publish version 1."""
        self.repository.create(self._document(), utc_now())
        self.repository.publish(utc_now())

    def publish(self, members: Iterable[Council]) -> None:
        """Publish the next version, with these members."""
        draft = self.repository.read_draft()
        entries = tuple(member.entry() for member in members)
        self.repository.write_draft(draft.model_copy(update={"members": entries}))
        self.repository.publish(utc_now())

    def ask(self, kind: Kind = Kind.POST) -> Round:
        """Return a round of the asker to all three councils."""
        return make_round(self.asker, self.councils, kind)

    def _document(self) -> Document:
        return Document(
            federation="test",
            practice=False,
            version=1,
            previous=FIRST_PREVIOUS,
            matching_version=1,
            tick_ms=100,
            post_interval_seconds=1,
            purposes=STANDARD_PURPOSES,
            hubs=(HubEntry(id=HUB_ID, url="http://127.0.0.1:1"),),
            members=tuple(council.entry() for council in (self.asker, *self.councils)),
            oprf=OprfEntry(threshold=2),
        )
