"""What the councils that look whether they know a child have found so far."""

from collections.abc import Iterable, Mapping

from node.asking.answers import MemberAnswer
from node.post.callback_store import CallBack
from node.post.callbacks import CallBacks
from protocol.encoding import decode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.callback import check_id


def checks_of(call_backs: CallBacks, answers: Iterable[MemberAnswer]) -> Mapping[str, CallBack]:
    """Return the checks that follow from answers, by member.

    Raises:
        StoreError: they cannot be read.
    """
    named = {
        answer.member: check_id(RoundId(decode_base64url(answer.round)), MemberId(answer.member))
        for answer in answers
        if answer.is_being_checked
    }
    found = {member: call_backs.find(id, ours=True) for member, id in named.items()}
    return {member: check for member, check in found.items() if check is not None}
