"""What is expected of a council that checks whether it knows a child that was asked about."""

from node.asking.answers import MemberAnswer
from node.asking.desk import ExpectCheck
from node.asking.keeping import AskedLookup
from node.post.callbacks import Asking, CallBacks
from protocol.encoding import decode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.lookup import Who


def expecting(call_backs: CallBacks) -> ExpectCheck:
    """Return what keeps, beside the call-backs that somebody asked for, a check that comes by
    itself."""

    def expect(username: str, who: Who, asked: AskedLookup, answer: MemberAnswer) -> None:
        asking = Asking(
            username,
            who.name,
            who.telephone,
            who.team,
            who.reference,
            RoundId(decode_base64url(answer.round)),
            asked.check_urgency,
            "",
        )
        call_backs.expect_check(MemberId(answer.member), asking, asked.asked_ms)

    return expect
