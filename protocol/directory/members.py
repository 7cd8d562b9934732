"""The directory as the rest of the code uses it: members with parsed keys (spec 60 §2)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocol.directory.document import (
    HubEntry,
    MemberEntry,
    PurposeEntry,
    document_hash,
    parse_document,
)
from protocol.encoding import decode_base64url
from protocol.errors import UnknownMemberError
from protocol.identifiers import OPRF_KEY_ID_BYTES, MemberId
from protocol.oprf.ceremony import CeremonyPlan, verification_share
from protocol.oprf.group import Element, decode_element
from protocol.sealing.cell import SealingPublicKey, decode_sealing_key
from protocol.sealing.signing import decode_verifying_key


@dataclass(frozen=True, slots=True)
class Member:
    """One member: what the directory says, and its keys ready to use."""

    id: MemberId
    entry: MemberEntry
    signing_key: Ed25519PublicKey
    sealing_key: SealingPublicKey

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True, slots=True)
class OprfKey:
    """The shared key's public side: the group key, and by keyholder index `verification_shares`.

    `key_id` names the key, which a share refresh leaves; `generation` names the shares.
    """

    key_id: bytes
    group_key: Element
    generation: int
    threshold: int
    verification_shares: Mapping[int, Element]


@dataclass(frozen=True, slots=True)
class Directory:
    """A verified directory."""

    federation: str
    practice: bool
    version: int
    hash: bytes
    matching_version: int
    tick_ms: int
    post_interval_seconds: int
    purposes: Mapping[int, PurposeEntry]
    hubs: tuple[HubEntry, ...]
    members: Mapping[MemberId, Member]
    oprf_key: OprfKey | None
    ceremony: CeremonyPlan | None

    def member(self, member_id: MemberId) -> Member:
        """Return a member.

        Raises:
            UnknownMemberError: the directory does not list it.
        """
        try:
            return self.members[member_id]
        except KeyError:
            raise UnknownMemberError("directory: no such member") from None

    def keyholders(self) -> dict[int, Member]:
        """Return the keyholders by index."""
        return {
            member.entry.keyholder_index: member
            for member in self.members.values()
            if member.entry.keyholder_index is not None
        }


def parse_directory(content: bytes) -> Directory:
    """Return the directory of document bytes whose signatures have been checked.

    Raises:
        DirectoryError: not of the directory's form, or against its rules.
    """
    document = parse_document(content)
    members = {MemberId(entry.id): _member(entry) for entry in document.members}
    static_keys = _static_keys(document.members)
    ceremony = None
    if document.oprf.ceremony_session and static_keys:
        session = bytes.fromhex(document.oprf.ceremony_session)
        ceremony = CeremonyPlan(session, document.oprf.threshold, static_keys)
    key = None
    if document.oprf.key is not None:
        commitments = tuple(_element(text) for text in document.oprf.key.commitments)
        shares = {
            index: verification_share(commitments, index)
            for index in range(1, len(static_keys) + 1)
        }
        key = OprfKey(
            hashlib.sha256(commitments[0]).digest()[:OPRF_KEY_ID_BYTES],
            commitments[0],
            document.oprf.key.generation,
            document.oprf.threshold,
            shares,
        )
    return Directory(
        federation=document.federation,
        practice=document.practice,
        version=document.version,
        hash=document_hash(content),
        matching_version=document.matching_version,
        tick_ms=document.tick_ms,
        post_interval_seconds=document.post_interval_seconds,
        purposes={purpose.code: purpose for purpose in document.purposes},
        hubs=document.hubs,
        members=members,
        oprf_key=key,
        ceremony=ceremony,
    )


def _member(entry: MemberEntry) -> Member:
    return Member(
        MemberId(entry.id),
        entry,
        decode_verifying_key(decode_base64url(entry.signing_key)),
        decode_sealing_key(decode_base64url(entry.sealing_key)),
    )


def _static_keys(entries: tuple[MemberEntry, ...]) -> tuple[Element, ...]:
    holders = sorted(
        (entry.keyholder_index, entry.ceremony_key)
        for entry in entries
        if entry.keyholder_index is not None and entry.ceremony_key is not None
    )
    return tuple(_element(text) for _, text in holders)


def _element(text: str) -> Element:
    return decode_element(decode_base64url(text))
