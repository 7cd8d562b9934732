"""The words of questions and answers with their wire codes (spec 50 §2.1)."""

from enum import IntEnum


class MemberKind(IntEnum):
    """What sort of body a member is."""

    COUNCIL = 1
    HEALTH_SERVICE = 2


class Role(IntEnum):
    """In which role somebody asks."""

    PRACTITIONER = 1
    TEAM_MANAGER = 2
    DUTY_OFFICER = 3


class Outcome(IntEnum):
    """How a question to one member ended. The first eight travel; the others arise on the way."""

    KNOWN = 1
    MAY_BE_KNOWN = 2
    BEING_CHECKED = 3
    ADD_A_FIELD = 4
    NOT_KNOWN = 5
    REFUSED = 6
    CANNOT_ANSWER = 7
    BUSY = 8
    UNREACHABLE = 101
    TIMED_OUT = 102
    MISBEHAVED = 103

    @property
    def is_answer(self) -> bool:
        """Whether the member itself said so, knowing its records."""
        return self <= Outcome.NOT_KNOWN


LAST_WIRE_OUTCOME = Outcome.BUSY


class Cause(IntEnum):
    """Why a question was refused or could not be answered."""

    NONE = 0
    PURPOSE_NOT_ALLOWED = 1
    ROLE_NOT_ALLOWED = 2
    DAILY_LIMIT = 3
    NO_COMPLETE_INDEX = 4
    NO_VALID_POLICY = 5
    OTHER_KEY = 6
    OTHER_MATCHING_VERSION = 7
    OTHER_EPOCH = 8


class InvolvementKind(IntEnum):
    """What a service does with a child."""

    EARLY_HELP = 1
    CHILD_IN_NEED = 2
    SECTION_47_ENQUIRY = 3
    CHILD_PROTECTION_PLAN = 4
    LOOKED_AFTER = 5
    CARE_LEAVER = 6
    YOUTH_JUSTICE = 7
    EHC_PLAN = 8
    CONTACT_OF_CASE = 9
