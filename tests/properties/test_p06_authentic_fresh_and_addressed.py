"""P6: every message is bound to one round, sender, recipient, kind and time, and good once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from node.asking.asker import PreparedLookup
from protocol.errors import MalformedError, SignatureError
from protocol.identifiers import RoundId
from protocol.limits import FRESHNESS_MS
from protocol.messages.evaluation import batch_size
from protocol.messages.link import FrameType
from protocol.sealing.envelope import Kind, SentRequest, open_reply
from tests.properties.altering import (
    ALTERATIONS,
    alters,
    from_member,
    signed_again,
    to_member,
)
from tests.properties.asking import ASKER
from tests.properties.insiders import elements_counted, prepared
from tests.properties.messages import sealed_message
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN

HOLDER = "Northmoor"
STALE_MS = FRESHNESS_MS + 5000
FRESH_MS = FRESHNESS_MS - 5000
COPIES_EACH = 2

Make = Callable[..., SentRequest]

every_kind = pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name.lower())


def every_alteration(*, but: str = "") -> pytest.MarkDecorator:
    cases = [
        pytest.param(kind, what, id=f"{kind.name.lower()}, {what}")
        for kind in Kind
        for what in ALTERATIONS
        if what != but and alters(kind, what)
    ]
    return pytest.mark.parametrize(("kind", "what"), cases)


@pytest.fixture(scope="module")
def lookup(federation: ObservedFederation) -> PreparedLookup:
    with federation.inside(ASKER) as opened:
        return prepared(opened, KNOWN)


@pytest.fixture
def make(federation: ObservedFederation, lookup: PreparedLookup) -> Make:
    """Make a real message of Eastvale's, never delivered, of a round and time of its own."""

    def message(kind: Kind, recipient: str = HOLDER, age_ms: int = 0) -> SentRequest:
        with federation.inside(ASKER) as opened:
            return sealed_message(opened, lookup, kind, federation.member(recipient), age_ms)

    return message


def _deliver(
    federation: ObservedFederation, envelope: bytes, name: str = HOLDER, hub_id: str = "hub-1"
) -> bytes | None:
    """Bring an envelope to a node as a hub that does what it likes; return its reply."""
    frame = federation.relays[hub_id].inject(federation.member(name), envelope)
    return frame.content if frame.type is FrameType.REPLY else None


def _signed_by(federation: ObservedFederation, name: str, envelope: bytes) -> bytes:
    with federation.inside(name) as opened:
        return signed_again(envelope, opened.keys.signing)


@every_alteration()
def test_p06_a_message_moved_to_something_else_is_declined(
    federation: ObservedFederation, make: Make, kind: Kind, what: str
) -> None:
    assert _deliver(federation, ALTERATIONS[what](make(kind).envelope)) is None


@every_alteration(but="another signature")
def test_p06_its_own_sender_cannot_move_it_either_by_signing_it_again(
    federation: ObservedFederation, make: Make, kind: Kind, what: str
) -> None:
    """Behind the signature there is the cell, which opens under its own header alone."""
    altered = ALTERATIONS[what](make(kind).envelope)
    assert _deliver(federation, _signed_by(federation, ASKER, altered)) is None


@every_kind
def test_p06_a_message_as_it_was_is_answered(
    federation: ObservedFederation, make: Make, kind: Kind
) -> None:
    """The control, also for signing again: the same content is the same message."""
    envelope = make(kind).envelope
    assert _signed_by(federation, ASKER, envelope) == envelope
    assert _deliver(federation, envelope) is not None


@every_kind
def test_p06_a_member_that_signs_another_members_cell_as_its_own_is_declined(
    federation: ObservedFederation, make: Make, kind: Kind
) -> None:
    stolen = from_member(federation.member("Westbrook"))(make(kind).envelope)
    assert _deliver(federation, _signed_by(federation, "Westbrook", stolen)) is None


@every_kind
@pytest.mark.parametrize("name", ["Eastvale", "Southmere", "Westbrook", "Midshire"])
def test_p06_a_copy_forwarded_to_somebody_else_is_declined(
    federation: ObservedFederation, make: Make, kind: Kind, name: str
) -> None:
    envelope = make(kind).envelope
    readdressed = to_member(federation.member(name))(envelope)
    for forwarded in (envelope, readdressed, _signed_by(federation, ASKER, readdressed)):
        assert _deliver(federation, forwarded, name) is None


@every_kind
def test_p06_copies_over_both_hubs_at_once_get_the_same_bytes_and_are_acted_upon_once(
    federation: ObservedFederation, make: Make, kind: Kind
) -> None:
    sent = make(kind)
    hubs = [*federation.hub_urls] * COPIES_EACH
    before = _acts(federation, kind, sent.header.round_id)
    with ThreadPoolExecutor(len(hubs)) as pool:
        at_once = list(pool.map(lambda hub: _deliver(federation, sent.envelope, hub_id=hub), hubs))
    assert None not in at_once
    later = _deliver(federation, sent.envelope, hub_id="hub-2")
    assert len({later, *at_once}) == 1
    assert _acts(federation, kind, sent.header.round_id) - before == 1


@every_kind
@pytest.mark.parametrize("sign", [1, -1], ids=["late", "early"])
def test_p06_a_stale_message_is_declined(
    federation: ObservedFederation, make: Make, kind: Kind, sign: int
) -> None:
    """Its own sender has sealed and signed it so: nothing is wrong with it but its time."""
    assert _deliver(federation, make(kind, age_ms=sign * STALE_MS).envelope) is None
    fresh = make(kind, age_ms=sign * FRESH_MS).envelope
    assert _deliver(federation, fresh) is not None, "the control"


@every_kind
def test_p06_a_reply_answers_its_one_request_and_nothing_else(
    federation: ObservedFederation, make: Make, kind: Kind
) -> None:
    ours, other, elsewhere = make(kind), make(kind), make(kind, "Westbrook")
    reply = _deliver(federation, ours.envelope)
    assert reply is not None
    with federation.inside(ASKER) as opened:
        members = opened.directory.current().members
    key = members[ours.header.recipient].signing_key
    open_reply(reply, ours, key)  # the control
    for sent in (other, elsewhere):
        with pytest.raises(MalformedError):
            open_reply(reply, sent, members[sent.header.recipient].signing_key)
        with pytest.raises(SignatureError):
            open_reply(_readdressed(reply, sent), sent, key)


def _readdressed(reply: bytes, sent: SentRequest) -> bytes:
    """Put another request's header in front of a reply, as a hub can."""
    header = sent.header
    visible = (
        reply[:2]
        + header.round_id
        + header.recipient.encode().ljust(12, b"\0")
        + header.sender.encode().ljust(12, b"\0")
        + sent.digest
    )
    return visible + reply[len(visible) :]


def _acts(federation: ObservedFederation, kind: Kind, round_id: RoundId) -> int:
    """Return what the holder has acted upon: batches counted, or rows of this round."""
    with federation.inside(HOLDER) as opened:
        if kind in {Kind.EVALUATION, Kind.IMPORT_EVALUATION}:
            return elements_counted(opened, federation.member(ASKER), kind) // batch_size(kind)
        return [name for name, _ in opened.ledger.entries(kind)].count(round_id)
