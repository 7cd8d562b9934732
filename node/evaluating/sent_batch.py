"""What an import sent for a batch, kept so that the same bytes can go out again after a kill."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from node.evaluating.import_batch import SEED_BYTES
from protocol.encoding import Reader, Writer
from protocol.errors import MalformedError
from protocol.identifiers import MemberId
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Kind, SentRequest, parse_request, request_bytes

_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class SentBatch:
    """The seed of a batch's secrets, and its envelopes with what opens their replies."""

    seed: bytes
    body_digest: bytes
    sent: Mapping[MemberId, SentRequest]

    @property
    def time_ms(self) -> int:
        """When its envelopes were made: all at once."""
        return min(each.header.time_ms for each in self.sent.values())

    def encode(self) -> bytes:
        writer = Writer().fixed(self.seed, SEED_BYTES).fixed(self.body_digest, _DIGEST_BYTES)
        writer.integer(len(self.sent), 1)
        for each in self.sent.values():
            writer.fixed(each.reply_secret, REPLY_SECRET_BYTES).raw(each.envelope)
        return writer.done()

    @classmethod
    def decode(cls, content: bytes) -> "SentBatch":
        """Return what was encoded.

        Raises:
            MalformedError: not of this form, or to nobody.
        """
        reader = Reader(content, "sent batch")
        seed, body_digest = reader.fixed(SEED_BYTES), reader.fixed(_DIGEST_BYTES)
        requests = [_read(reader) for _ in range(reader.integer(1))]
        reader.finish()
        if not requests:
            raise MalformedError("malformed sent batch: to nobody")
        return cls(seed, body_digest, {each.header.recipient: each for each in requests})


def _read(reader: Reader) -> SentRequest:
    reply_secret = reader.fixed(REPLY_SECRET_BYTES)
    envelope = reader.fixed(request_bytes(Kind.IMPORT_EVALUATION))
    header = parse_request(envelope).header
    return SentRequest(header, envelope, sha256(envelope).digest(), reply_secret)
