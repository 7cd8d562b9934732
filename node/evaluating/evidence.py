"""Evidence that a keyholder answered wrongly, which a third party can check (spec 20 §8).

In it are blinded elements, which say nothing of a child, and who asked whom and when.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from node.errors import EvidenceError
from node.files import replace_file
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import ProtocolError
from protocol.messages.evaluation import answer_salt
from protocol.oprf.checking import BatchCheck
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import REPLY_HEADER_BYTES, parse_request

log = structlog.get_logger()

Format = Literal["whoelse-evidence/1"]


@dataclass(frozen=True, slots=True, repr=False)
class KeyholderEvidence:
    """A request to a keyholder and its signed reply, with what opens both to anybody."""

    request: bytes
    """The request's envelope, and the body that was sealed in it."""
    body: bytes
    reply_secret: bytes
    reply: bytes
    """The reply's envelope."""
    check: BatchCheck | None = None
    """What the last element of an import's batch was made with."""


KeepEvidence = Callable[[KeyholderEvidence], bool]
"""Takes evidence; whether it is kept."""


def keep_nothing(evidence: KeyholderEvidence) -> bool:
    """Let evidence go."""
    del evidence
    return False


def names_its_request(evidence: KeyholderEvidence, reply_body: bytes) -> bool:
    """Whether the reply says, under its signature, that it is this answer to this request."""
    salt = evidence.reply[REPLY_HEADER_BYTES - SALT_BYTES : REPLY_HEADER_BYTES]
    return salt == answer_salt(evidence.body, reply_body)


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format
    request: str
    body: str
    reply_secret: str
    reply: str
    check: str = ""


def format_evidence(evidence: KeyholderEvidence) -> str:
    """Return evidence as JSON, to be handed on."""
    return _Written(
        format="whoelse-evidence/1",
        request=encode_base64url(evidence.request),
        body=encode_base64url(evidence.body),
        reply_secret=encode_base64url(evidence.reply_secret),
        reply=encode_base64url(evidence.reply),
        check=encode_base64url(evidence.check.encode()) if evidence.check is not None else "",
    ).model_dump_json(indent=1)


def parse_evidence(content: bytes) -> KeyholderEvidence:
    """Return the evidence of a file; nothing of it is verified yet.

    Raises:
        EvidenceError: not of this form.
    """
    try:
        written = _Written.model_validate_json(content)
        return KeyholderEvidence(
            request=decode_base64url(written.request),
            body=decode_base64url(written.body),
            reply_secret=decode_base64url(written.reply_secret),
            reply=decode_base64url(written.reply),
            check=BatchCheck.decode(decode_base64url(written.check)) if written.check else None,
        )
    except (ValidationError, ProtocolError):
        raise EvidenceError("evidence: not of a known form") from None


class EvidenceFolder:
    """`evidence/` in a node's folder: one file a keyholder and day, the first of each day."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, evidence: KeyholderEvidence) -> bool:
        """Write evidence. A disk that is full costs the evidence and not the question."""
        header = parse_request(evidence.request).header
        day = datetime.fromtimestamp(header.time_ms / 1000, UTC).date()
        path = self._path / f"{header.recipient}-{day}.json"
        try:
            self._path.mkdir(mode=0o700, exist_ok=True)
            if not path.exists():
                replace_file(path, format_evidence(evidence).encode())
        except OSError as error:
            log.warning("evidence not kept", reason=type(error).__name__)
            return False
        return True
