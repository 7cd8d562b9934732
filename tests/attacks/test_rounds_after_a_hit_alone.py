"""Rounds or retries that exist only after a hit: the hub counts, and provokes what it counts."""

from collections.abc import Callable, Mapping

import pytest

from node.ledger.ledger import Ledger
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    EndLine,
    FailureLine,
    FailureReason,
    ReplyLine,
    decode_line,
    encode_line,
)
from protocol.messages.vocabulary import Outcome
from tests.attacks.arena import HOLDER, MARY, ROGUE, STRANGER, ask_over, receiver_of
from tests.node.small_federation import (
    DIRECTORY,
    AnsweringCouncil,
)
from tests.node.small_hub import Receive, SmallHub

Tamper = Callable[[bytes], bytes]


class HostileHub(SmallHub):
    """Alters the line of one member, or of all."""

    def __init__(self, members: Mapping[MemberId, Receive], tamper: Tamper, only: str) -> None:
        super().__init__(members)
        self._tamper = tamper
        self._only = only

    async def _line(self, member: MemberId, envelope: bytes) -> bytes:
        line = await super()._line(member, envelope)
        return self._tamper(line) if member.startswith(self._only) else line


def says(reason: FailureReason) -> Tamper:
    def tamper(line: bytes) -> bytes:
        decoded = decode_line(line)
        if isinstance(decoded, EndLine):
            return line
        return encode_line(FailureLine(member=decoded.member, reason=reason))

    return tamper


def garbles(line: bytes) -> bytes:
    decoded = decode_line(line)
    if not isinstance(decoded, ReplyLine):
        return line
    reply = bytearray(decoded.reply_bytes())
    reply[-100] ^= 1
    return encode_line(ReplyLine.of(MemberId(decoded.member), bytes(reply)))


TAMPERINGS: dict[str, tuple[Tamper, str]] = {
    "passes everything on": (lambda line: line, ""),
    "withholds every reply": (says(FailureReason.UNREACHABLE), ""),
    "withholds one reply": (says(FailureReason.UNREACHABLE), HOLDER.id),
    "withholds one other reply": (says(FailureReason.UNREACHABLE), ROGUE.id),
    "says that one declined": (says(FailureReason.DECLINED), HOLDER.id),
    "says that one is busy": (says(FailureReason.BUSY), HOLDER.id),
    "says that one timed out": (says(FailureReason.TIMED_OUT), HOLDER.id),
    "garbles one reply": (garbles, HOLDER.id),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_rounds_or_retries_do_not_depend_on_whether_there_was_a_hit(
    holder: AnsweringCouncil, ledger: Ledger, tampering: str
) -> None:
    carried = {}
    for name, prepared in (("hit", MARY), ("miss", STRANGER)):
        members = dict.fromkeys(DIRECTORY.members, _declines) | {HOLDER.id: receiver_of(holder)}
        hubs = HostileHub(members, *TAMPERINGS[tampering]), SmallHub(members)
        told = ask_over(hubs, prepared, ledger)[HOLDER.id]
        if tampering in _NOTHING_LOST:
            assert told.outcome is (Outcome.KNOWN if name == "hit" else Outcome.NOT_KNOWN)
        bundles = [[bundle.content for bundle in hub.bundles] for hub in hubs]
        assert len({content for posted in bundles for content in posted}) == 1, "the same bytes"
        carried[name] = [[len(content) for content in posted] for posted in bundles]
    assert carried["hit"] == carried["miss"]
    assert carried["hit"][0]


_NOTHING_LOST = {"passes everything on", "withholds every reply", "withholds one reply"} | {
    "garbles one reply",
    "withholds one other reply",
}


async def _declines(envelope: bytes) -> bytes | None:
    del envelope
    return None
