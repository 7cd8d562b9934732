"""Framing a keyholder: another, or a hub, makes its reply look wrong."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx
import pytest

from node.errors import AskError
from node.evaluating.evidence import KeyholderEvidence
from node.evaluating.judging import verify_evidence
from protocol.identifiers import MemberId
from protocol.messages.evaluation import answer_salt
from protocol.messages.stream import EndLine, ReplyLine, decode_line, encode_line
from protocol.oprf import group
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import (
    Kind,
    open_request,
    parse_request,
    reply_body_bytes,
    seal_reply,
)
from tests.attacks.keyholders import INPUT, Keyholders, evaluate
from tests.node.small_federation import DIRECTORY, council, token_of
from tests.node.small_hub import SmallHub

FRAMED = council(2)
ACCUSER = council(3)


@dataclass(frozen=True)
class Stolen:
    """What a hub has in its hands of a round that it is carrying, or carried before."""

    request: bytes
    """To the keyholder that is to be framed."""
    reply: bytes
    accusers_request: bytes
    accusers_reply: bytes
    earlier_reply: bytes | None


Forge = Callable[[Stolen], bytes]


class FramingHub(SmallHub):
    """Puts something else in the place of one keyholder's reply, which is needed: two decline."""

    def __init__(self, keyholders: Keyholders, forge: Forge) -> None:
        needed = (FRAMED.id, ACCUSER.id, council(4).id)
        super().__init__(
            {
                member: receive if member in needed else _declines
                for member, receive in keyholders.members.items()
            }
        )
        self._forge = forge
        self.seen: dict[MemberId, bytes] = {}
        """The last reply of each keyholder, for use in the place of another."""

    async def round(self, request: httpx.Request) -> httpx.Response:
        response = await super().round(request)
        bundle = self.bundles[-1]
        lines = [decode_line(line) for line in response.content.splitlines()]
        replies = {
            MemberId(line.member): line.reply_bytes()
            for line in lines
            if isinstance(line, ReplyLine)
        }
        earlier, self.seen = self.seen.get(FRAMED.id), self.seen | replies
        forged = self._forge(
            Stolen(
                bundle.envelopes[FRAMED.id],
                replies[FRAMED.id],
                bundle.envelopes[ACCUSER.id],
                replies[ACCUSER.id],
                earlier,
            )
        )
        framed = [
            ReplyLine.of(FRAMED.id, forged)
            if not isinstance(line, EndLine) and line.member == FRAMED.id
            else line
            for line in lines
        ]
        return httpx.Response(200, content=b"".join(map(encode_line, framed)))


async def _declines(envelope: bytes) -> bytes | None:
    del envelope
    return None


def altered(stolen: Stolen) -> bytes:
    return stolen.reply[:200] + bytes([stolen.reply[200] ^ 1]) + stolen.reply[201:]


def of_an_earlier_round(stolen: Stolen) -> bytes:
    return stolen.earlier_reply or altered(stolen)


def made_and_signed_by_the_accuser(stolen: Stolen) -> bytes:
    """It was asked the same, so it knows all but the secret under which the reply is sealed."""
    _, asked = open_request(parse_request(stolen.accusers_request), ACCUSER.keys.sealing)
    body = bytes(reply_body_bytes(Kind.EVALUATION))
    secret, salt = os.urandom(REPLY_SECRET_BYTES), answer_salt(asked, body)
    return seal_reply(parse_request(stolen.request), secret, salt, body, ACCUSER.keys.signing)


FORGERIES: dict[str, Forge] = {
    "its reply, altered": altered,
    "another keyholder's reply": lambda stolen: stolen.accusers_reply,
    "its reply to an earlier request": of_an_earlier_round,
    "a reply made by another keyholder": made_and_signed_by_the_accuser,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_framing_a_keyholder_beside_an_honest_hub_is_unseen(
    keyholders: Keyholders, forgery: str
) -> None:
    framing = FramingHub(keyholders, FORGERIES[forgery])
    kept: list[KeyholderEvidence] = []
    for _ in range(2):
        token, problems = evaluate([framing, SmallHub(framing.members)], kept=kept)
        assert token == token_of(INPUT)
        assert FRAMED.id not in problems
    assert kept == []


@pytest.mark.parametrize("forgery", FORGERIES)
def test_framing_a_keyholder_over_the_only_hub_blames_nobody_for_a_wrong_evaluation(
    keyholders: Keyholders, forgery: str
) -> None:
    framing = FramingHub(keyholders, FORGERIES[forgery])
    kept: list[KeyholderEvidence] = []
    for _ in range(2):
        with pytest.raises(AskError) as raised:
            evaluate([framing], kept=kept)
        assert f"{FRAMED.entry.name} did not reply (invalid)" in str(raised.value)
        assert "gave an invalid reply" not in str(raised.value)
    assert kept == []


def test_a_keyholder_that_does_lie_is_blamed_by_evidence(keyholders: Keyholders) -> None:
    """The control."""
    mine = keyholders.shares[FRAMED.index]
    wrong = group.scalar_add(mine.share, group.scalar_from_int(1))
    keyholders.shares[FRAMED.index] = replace(mine, share=wrong)
    honest = FramingHub(keyholders, lambda stolen: stolen.reply)
    kept: list[KeyholderEvidence] = []
    with pytest.raises(AskError, match=f"{FRAMED.entry.name} gave an invalid reply"):
        evaluate([honest], kept=kept)
    assert [verify_evidence(each, DIRECTORY).id for each in kept] == [FRAMED.id]
