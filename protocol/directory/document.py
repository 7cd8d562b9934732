"""The directory document: a federation's members, keys and limits as JSON (spec 60 §2).

Only the form is checked here; `protocol.directory.trust` checks who signed it.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocol import limits
from protocol.encoding import decode_base64url
from protocol.errors import DirectoryError, LimitError, ProtocolError
from protocol.messages.vocabulary import MemberKind
from protocol.oprf.group import decode_element
from protocol.sealing.cell import decode_sealing_key
from protocol.sealing.signing import decode_verifying_key
from protocol.validation import first_problem


def _check_text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("control characters")
    return value


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.port == 0:  # `port` raises ValueError above 65535
        raise ValueError("not a host, or a port out of range")
    return value


def _check_signing_key(value: str) -> str:
    return _check_key(value, decode_verifying_key)


def _check_sealing_key(value: str) -> str:
    return _check_key(value, decode_sealing_key)


def _check_element(value: str) -> str:
    return _check_key(value, decode_element)


def _check_key(value: str, decode: Callable[[bytes], object]) -> str:
    try:
        decode(decode_base64url(value))
    except ProtocolError as error:
        raise ValueError(str(error)) from None
    return value


MemberIdText = Annotated[str, Field(pattern=r"^[A-Z0-9]{3,12}$")]
Text = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_check_text)]
Telephone = Annotated[str, Field(max_length=24, pattern=r"^[0-9 +()]*[0-9][0-9 +()]*$")]
SigningKeyText = Annotated[str, AfterValidator(_check_signing_key)]
SealingKeyText = Annotated[str, AfterValidator(_check_sealing_key)]
ElementText = Annotated[str, AfterValidator(_check_element)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Registration(_Part):
    """What a member says of itself when it asks to be admitted: its own node writes this file."""

    id: MemberIdText
    name: Text
    kind: MemberKind
    duty_line: Telephone
    out_of_hours_line: Telephone
    supplier: Text
    host: Text
    declared_records: Annotated[int, Field(ge=0, le=5_000_000)]
    signing_key: SigningKeyText
    sealing_key: SealingKeyText
    ceremony_key: ElementText | None = None


class MemberEntry(Registration):
    """A member as the signers admitted it. `keyholder_index` counts from 1, without gaps."""

    keyholder_index: Annotated[int, Field(ge=1, le=limits.KEYHOLDERS)] | None = None
    questions_per_day: Annotated[int, Field(ge=0, le=1_000_000)]


class HubEntry(_Part):
    """A hub and where it answers."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    url: Annotated[
        str,
        Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$", max_length=200),
        AfterValidator(_check_url),
    ]


class PurposeEntry(_Part):
    """A purpose that may be asked for, with its legislation."""

    code: Annotated[int, Field(ge=1, le=65535)]
    name: Text
    legislation: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_check_text)]
    household: bool = False
    """Whether the child's household may be asked for as well: siblings and carers (spec 10 §6)."""


class OprfKeyEntry(_Part):
    """The shared key's public side: commitments to the polynomial, and the share generation."""

    generation: Annotated[int, Field(ge=1)]
    commitments: Annotated[tuple[ElementText, ...], Field(min_length=2)]


class OprfEntry(_Part):
    """The keyholders' threshold, the ceremony that makes the key, and the key once it is made."""

    threshold: Annotated[int, Field(ge=2, le=limits.THRESHOLD)]
    ceremony_session: Hash | None = None
    key: OprfKeyEntry | None = None


class Document(_Part):
    """The whole directory."""

    format: Literal["whoelse-directory/1"] = "whoelse-directory/1"
    federation: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    practice: bool
    """Whether it is for practice: its councils and children are made up."""
    version: Annotated[int, Field(ge=1)]
    previous: Hash
    matching_version: Annotated[int, Field(ge=1, le=65535)]
    tick_ms: Annotated[int, Field(ge=10, le=10_000)]
    post_interval_seconds: Annotated[int, Field(ge=1, le=3600)]
    purposes: Annotated[tuple[PurposeEntry, ...], Field(min_length=1)]
    hubs: Annotated[tuple[HubEntry, ...], Field(min_length=1, max_length=limits.HUBS)]
    members: Annotated[tuple[MemberEntry, ...], Field(max_length=limits.MEMBERS)]
    oprf: OprfEntry

    @model_validator(mode="after")
    def _check_whole(self) -> "Document":
        _check_distinct("member ids", [member.id for member in self.members])
        _check_distinct("signing keys", [member.signing_key for member in self.members])
        _check_distinct("sealing keys", [member.sealing_key for member in self.members])
        _check_distinct("hub ids", [hub.id for hub in self.hubs])
        _check_distinct("purpose codes", [str(purpose.code) for purpose in self.purposes])
        keyholders = [member for member in self.members if member.keyholder_index is not None]
        _check_keyholders(keyholders, self.oprf)
        return self


def parse_document(content: bytes) -> Document:
    """Return a directory document.

    Raises:
        LimitError: larger than a directory may be.
        DirectoryError: not of this form, or against its rules; says which.
    """
    if len(content) > limits.DIRECTORY_BYTES:
        raise LimitError("directory: larger than 8 MiB")
    try:
        return Document.model_validate_json(content)
    except ValidationError as error:
        raise DirectoryError(f"malformed directory: {first_problem(error)}") from None


def document_hash(content: bytes) -> bytes:
    """Return the SHA-256 of a document's bytes, as questions carry it."""
    return hashlib.sha256(content).digest()


def _check_distinct(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"{what} are not distinct")


def _check_keyholders(keyholders: list[MemberEntry], oprf: OprfEntry) -> None:
    if any(member.ceremony_key is None for member in keyholders):
        raise ValueError("a keyholder has no ceremony key")
    _check_distinct("ceremony keys", [member.ceremony_key or "" for member in keyholders])
    indices = sorted(member.keyholder_index or 0 for member in keyholders)
    if indices != list(range(1, len(indices) + 1)):
        raise ValueError("keyholder indices are not 1 to n")
    begun = oprf.ceremony_session is not None or oprf.key is not None
    if begun and oprf.threshold > len(keyholders):
        raise ValueError("the threshold is larger than the number of keyholders")
    if oprf.key is not None and len(oprf.key.commitments) != oprf.threshold:
        raise ValueError("the number of commitments is not the threshold")
    # t shares are the key: whoever runs t keyholders' machines has it (spec 60 §2).
    for what in ("supplier", "host"):
        names = [getattr(member, what) for member in keyholders]
        if any(names.count(name) >= oprf.threshold for name in names):
            raise ValueError(f"one {what} has as many keyholders as the threshold")
