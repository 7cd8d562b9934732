"""What an asker holds once a keyholder has answered it, rightly or wrongly."""

from functools import lru_cache

from node.evaluating.evidence import KeyholderEvidence
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from protocol.directory.members import Directory
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    answer_salt,
    batch_size,
)
from protocol.oprf import group, voprf
from protocol.oprf.checking import BatchCheck
from protocol.oprf.threshold import weighted_share
from protocol.sealing.envelope import Kind, SentRequest, parse_request, seal_reply
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STORE_KEY,
    Council,
    council,
    key_share,
    make_header,
    open_request_of,
    seal,
    secret_scalar,
    subset_of,
)

ASKER, KEYHOLDER = council(1), council(2)
SHARE = key_share(2)
PLANTED = b"Plantedname"


def check_of(seed: str) -> BatchCheck:
    """Return the check of an import's batch here: of its first three elements."""
    weights = (secret_scalar(f"{seed} weight {place}") for place in range(3))
    return BatchCheck(secret_scalar(f"{seed} offset"), tuple(weights))


@lru_cache
def elements(kind: Kind, seed: str) -> tuple[group.Element, ...]:
    """Return a batch, the first of it made of a planted name."""
    blinded = voprf.blind(PLANTED, secret_scalar(f"blind {seed}")).blinded_element
    padding = (secret_scalar(f"{seed} {place}") for place in range(1, batch_size(kind)))
    batch = (blinded, *map(group.multiply_base, padding))
    if kind is Kind.EVALUATION:
        return batch
    return (*batch[:-1], check_of(seed).element(batch[:3]))


@lru_cache
def evaluate(kind: Kind, seed: str, share: KeyShare, subset: tuple[int, ...] = ()) -> Evaluated:
    batch = elements(kind, seed)
    if subset:
        return Evaluated(voprf.evaluate(weighted_share(share.share, share.index, subset), batch))
    nonce = secret_scalar("nonce")
    made = voprf.blind_evaluate(share.share, share.verification_share, batch, nonce)
    return Evaluated(*made)


class Request:
    """A request of the asker to a keyholder."""

    def __init__(
        self,
        kind: Kind = Kind.EVALUATION,
        *,
        seed: str = "",
        generation: int = 1,
        keyholder: Council = KEYHOLDER,
        now_ms: int = NOW_MS,
        subset: tuple[int, ...] | None = None,
    ) -> None:
        self.kind, self.seed, self.keyholder = kind, seed, keyholder
        self.subset = subset_of(kind, keyholder.index) if subset is None else subset
        batch = elements(kind, seed)
        self.body = EvaluationRequest(generation, MATCHING_VERSION, batch, self.subset).encode()
        self.sent: SentRequest = seal(make_header(kind, ASKER, keyholder, now_ms), self.body)

    def reply(
        self,
        answer: EvaluationReply | bytes,
        *,
        signer: Council | None = None,
        salt: bytes | None = None,
    ) -> KeyholderEvidence:
        """Return what the asker holds once it is answered so."""
        content = answer if isinstance(answer, bytes) else answer.encode(self.kind)
        envelope = seal_reply(
            parse_request(self.sent.envelope),
            self.sent.reply_secret,
            salt or answer_salt(self.body, content),
            content,
            (signer or self.keyholder).keys.signing,
        )
        return self.holding(envelope)

    def holding(self, envelope: bytes | None) -> KeyholderEvidence:
        assert envelope is not None
        check = check_of(self.seed) if self.kind is Kind.IMPORT_EVALUATION else None
        sent = self.sent
        return KeyholderEvidence(sent.envelope, self.body, sent.reply_secret, envelope, check)

    def evaluated(self, share: KeyShare | None = None, *, generation: int = 1) -> EvaluationReply:
        own = share or key_share(self.keyholder.index)
        made = evaluate(self.kind, self.seed, own, self.subset)
        return EvaluationReply(EvaluationStatus.EVALUATED, generation, 0, made)


def another_share() -> KeyShare:
    secret = secret_scalar("another share")
    return KeyShare(2, secret, group.multiply_base(secret))


def honest(
    ledger: Ledger,
    request: Request,
    directory: Directory = DIRECTORY,
    share: KeyShare | None = SHARE,
) -> KeyholderEvidence:
    """Return what the asker holds of the real room's answer."""
    room = EvaluationRoom(lambda: share, ledger, STORE_KEY)
    time_ms = request.sent.header.time_ms
    opened = open_request_of(request.sent, request.keyholder, directory, time_ms)
    return request.holding(room.answer(opened))
