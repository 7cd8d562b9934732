"""Evidence that a keyholder answered wrongly, which a third party can check (spec 20 §8).

In it are blinded elements, which say nothing of a child, and who asked whom and when.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from node.errors import EvidenceError
from node.files import replace_file
from protocol.directory.members import Directory, Member, OprfKey
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import ProtocolError
from protocol.messages.evaluation import (
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    answer_salt,
)
from protocol.oprf.threshold import (
    PartialEvaluation,
    check_subset,
    verify_partial,
    weighted_verification_share,
)
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import (
    REPLY_HEADER_BYTES,
    Kind,
    SentRequest,
    open_reply,
    parse_request,
)

log = structlog.get_logger()

Format = Literal["whoelse-evidence/1"]
_EVALUATIONS = frozenset({Kind.EVALUATION, Kind.IMPORT_EVALUATION})


@dataclass(frozen=True, slots=True, repr=False)
class KeyholderEvidence:
    """A request to a keyholder and its signed reply, with what opens both to anybody."""

    request: bytes
    """The request's envelope, and the body that was sealed in it."""
    body: bytes
    reply_secret: bytes
    reply: bytes
    """The reply's envelope."""


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


def verify_evidence(evidence: KeyholderEvidence, directory: Directory) -> Member:
    """Return the keyholder that answered wrongly.

    1. The request is an evaluation, to a keyholder of the directory. 2. The reply is that
    keyholder's, signed, to that request, and opens. 3. Its salt names the request's body and the
    answer, so that neither is another's word. 4. The request is one under the directory's key, an
    import's to as many keyholders as its threshold, this one among them.
    5. The answer does not decode, or claims to be evaluated and is not, with the share that the
    keyholder's public share stands for.

    The caller still owes: that the directory is verified, and the one of that time.

    Raises:
        EvidenceError: a step does not hold, or the answer is right, or an honest refusal.
    """
    try:
        keyholder, sent = _sent(evidence, directory)
        reply_body = open_reply(evidence.reply, sent, keyholder.signing_key)
        if not names_its_request(evidence, reply_body):
            raise EvidenceError("evidence: the reply does not name this request and answer")
        key = _key_of(evidence, sent, directory, keyholder)
    except ProtocolError as error:
        raise EvidenceError(f"evidence: {error}") from None
    if _is_right(evidence, sent, reply_body, key, keyholder):
        raise EvidenceError("evidence: the answer is right, or a refusal")
    return keyholder


def _sent(evidence: KeyholderEvidence, directory: Directory) -> tuple[Member, SentRequest]:
    header = parse_request(evidence.request).header
    keyholder = directory.member(header.recipient)
    if header.kind not in _EVALUATIONS or keyholder.entry.keyholder_index is None:
        raise EvidenceError("evidence: not of an evaluation by a keyholder")
    digest = sha256(evidence.request).digest()
    return keyholder, SentRequest(header, evidence.request, digest, evidence.reply_secret)


def _key_of(
    evidence: KeyholderEvidence, sent: SentRequest, directory: Directory, keyholder: Member
) -> OprfKey:
    request = EvaluationRequest.decode(evidence.body, sent.header.kind)
    key = directory.oprf_key
    if key is None or request.generation != key.generation:
        raise EvidenceError("evidence: of another share generation than the directory's")
    if request.subset:
        index = keyholder.entry.keyholder_index or 0
        check_subset(request.subset, index, key.threshold, key.verification_shares)
    return key


def _is_right(
    evidence: KeyholderEvidence,
    sent: SentRequest,
    reply_body: bytes,
    key: OprfKey,
    keyholder: Member,
) -> bool:
    index = keyholder.entry.keyholder_index or 0
    request = EvaluationRequest.decode(evidence.body, sent.header.kind)
    try:
        reply = EvaluationReply.decode(reply_body, sent.header.kind)
        if reply.status is not EvaluationStatus.EVALUATED or reply.evaluated is None:
            return True
        if reply.generation != request.generation:
            return False
        partial = PartialEvaluation(
            index, reply.evaluated.evaluated_elements, reply.evaluated.proof
        )
        public = key.verification_shares[index]
        if request.subset:
            public = weighted_verification_share(public, index, request.subset)
        verify_partial(public, request.blinded_elements, partial)
    except ProtocolError:
        return False
    return True


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format
    request: str
    body: str
    reply_secret: str
    reply: str


def format_evidence(evidence: KeyholderEvidence) -> str:
    """Return evidence as JSON, to be handed on."""
    return _Written(
        format="whoelse-evidence/1",
        request=encode_base64url(evidence.request),
        body=encode_base64url(evidence.body),
        reply_secret=encode_base64url(evidence.reply_secret),
        reply=encode_base64url(evidence.reply),
    ).model_dump_json(indent=1)


def parse_evidence(content: bytes) -> KeyholderEvidence:
    """Return the evidence of a file; nothing of it is verified yet.

    Raises:
        EvidenceError: not of this form.
    """
    try:
        written = _Written.model_validate_json(content)
        texts = (written.request, written.body, written.reply_secret, written.reply)
        return KeyholderEvidence(*map(decode_base64url, texts))
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
