"""A member that answers as it likes, beside an honest one."""

import os
from collections.abc import Callable

from node.asking.asker import MemberResult
from node.ledger.ledger import Ledger
from protocol.messages.lookup import Answer, Question
from protocol.messages.vocabulary import Outcome
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import SealedRequest, open_request, parse_request, seal_reply
from protocol.tags import hit_proof
from tests.attacks.arena import HOLDER, MARY, ROGUE, ask_over, receiver_of
from tests.node.small_federation import AnsweringCouncil, Council, involvement
from tests.node.small_hub import Receive, SmallHub

Reply = Callable[[SealedRequest, Question], Answer]


def proof_under(token: bytes, request: SealedRequest) -> bytes:
    header = request.header
    return hit_proof(token, header.round_id, header.sender, header.recipient, request.digest)


def claim(outcome: Outcome, slot: int, proof: bytes) -> Answer:
    said = (involvement(),) if outcome is Outcome.KNOWN else ()
    return Answer(outcome, slot=slot, proof=proof, involvements=said)


def shown(holder: AnsweringCouncil, ledger: Ledger, reply: Reply) -> MemberResult:
    """Ask about Mary beside an honest holder; return what is shown of the rogue."""
    hub = SmallHub({HOLDER.id: receiver_of(holder), ROGUE.id: rogue(ROGUE, reply)})
    results = ask_over([hub], MARY, ledger)
    assert results[HOLDER.id].outcome is Outcome.KNOWN
    return results[ROGUE.id]


def rogue(member: Council, reply: Reply) -> Receive:
    """Return a member that answers lookups as it likes, well signed and well sealed."""

    async def receive(envelope: bytes) -> bytes | None:
        request = parse_request(envelope)
        secret, body = open_request(request, member.keys.sealing)
        answer = reply(request, Question.decode(body)).encode()
        return seal_reply(request, secret, os.urandom(SALT_BYTES), answer, member.keys.signing)

    return receive
