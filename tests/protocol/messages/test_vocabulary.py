"""Wire codes are for ever: a number once given is not given to anything else."""

from enum import IntEnum

import pytest

from protocol.messages.callback import Step, Urgency
from protocol.messages.evaluation import EvaluationStatus
from protocol.messages.link import FrameType
from protocol.messages.post import PostType
from protocol.messages.vocabulary import Cause, InvolvementKind, MemberKind, Outcome, Role
from protocol.sealing.envelope import Kind

CODES: dict[type[IntEnum], str] = {
    MemberKind: "COUNCIL=1 HEALTH_SERVICE=2",
    Role: "PRACTITIONER=1 TEAM_MANAGER=2 DUTY_OFFICER=3",
    Outcome: (
        "KNOWN=1 MAY_BE_KNOWN=2 BEING_CHECKED=3 ADD_A_FIELD=4 NOT_KNOWN=5 REFUSED=6 "
        "CANNOT_ANSWER=7 BUSY=8 UNREACHABLE=101 TIMED_OUT=102 MISBEHAVED=103"
    ),
    Cause: (
        "NONE=0 PURPOSE_NOT_ALLOWED=1 ROLE_NOT_ALLOWED=2 DAILY_LIMIT=3 NO_COMPLETE_INDEX=4 "
        "NO_VALID_POLICY=5 OTHER_KEY=6 OTHER_MATCHING_VERSION=7 OTHER_EPOCH=8"
    ),
    InvolvementKind: (
        "EARLY_HELP=1 CHILD_IN_NEED=2 SECTION_47_ENQUIRY=3 CHILD_PROTECTION_PLAN=4 "
        "LOOKED_AFTER=5 CARE_LEAVER=6 YOUTH_JUSTICE=7 EHC_PLAN=8 CONTACT_OF_CASE=9"
    ),
    Kind: "EVALUATION=1 IMPORT_EVALUATION=2 LOOKUP=3 POST=4",
    FrameType: "DELIVER=1 REPLY=2 DECLINED=3",
    PostType: "NOISE=0 CEREMONY_CONTRIBUTION=1 CEREMONY_SIGNATURE=2 "
    "CALL_BACK_REQUEST=3 CALL_BACK_NEWS=4 CALL_BACK_GIVEN=5 CORRECTION=6 ADDED_TAGS=7",
    Step: (
        "SEEN=1 PASSED_ON=2 ANSWERED=3 CLOSED=4 IS_THE_CHILD=5 IS_NOT_THE_CHILD=6 FIELD_ASKED=7"
    ),
    Urgency: "WITHIN_AN_HOUR=1 WITHIN_A_DAY=2 WITHIN_A_WEEK=3",
    EvaluationStatus: (
        "EVALUATED=1 ALLOWANCE_USED=2 OTHER_GENERATION=3 NOT_A_KEYHOLDER=4 NO_ELEMENT=5"
    ),
}


@pytest.mark.parametrize("words", CODES, ids=lambda words: words.__name__)
def test_wire_codes_stay_what_they_are(words: type[IntEnum]) -> None:
    """A new word may be added at the end, here as well."""
    assert " ".join(f"{word.name}={word.value}" for word in words) == CODES[words]
