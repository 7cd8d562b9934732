"""What can be wrong, as plain data: a hub that lies or dies, a member that is not as it should."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.messages.stream import FailureReason

ALWAYS = 1_000_000
LATE_SECONDS = 15.0
"""A delay that makes a round at a hub too late, with some to spare."""


class Point(StrEnum):
    """Where in a hub."""

    ROUND = "round"
    """A bundle has come."""
    DOWN = "down"
    """A frame on its way to a node."""
    UP = "up"
    """A frame that a node sent."""
    LINE = "line"
    """A line on its way to the asker."""


class Lie(StrEnum):
    """What a hub does."""

    DROP = "drop"
    DELAY = "delay"
    REORDER = "reorder"
    """Held back until others have gone by."""
    DUPLICATE = "duplicate"
    SWAP = "swap"
    """This member's goes where another's should, and the other's here."""
    CORRUPT = "corrupt"
    """One bit of what is sealed or signed."""
    MALFORMED = "malformed"
    OVERSIZE = "oversize"
    REPLAY = "replay"
    """To a node: an old envelope beside the new one. From a node, and as a line: an old reply."""
    FORGE = "forge"
    """To a node: an envelope in a member's name. As a line: a reply in the member's name."""
    IMPERSONATE = "impersonate"
    """A reply in the member's name that another member signed."""
    INVENT = "invent"
    """Lines of a member that was not asked: a failure, and a reply under a key of its own."""
    DENY = "deny"
    """A failure instead of the member's line."""
    WITHHOLD = "withhold"
    """Nothing more comes, and no end."""
    REFUSE = "refuse"
    REDIRECT = "redirect"
    COMPRESS = "compress"
    DIE = "die"


LIES: dict[Point, tuple[Lie, ...]] = {
    Point.ROUND: (
        Lie.WITHHOLD,
        Lie.REFUSE,
        Lie.REDIRECT,
        Lie.COMPRESS,
        Lie.MALFORMED,
        Lie.OVERSIZE,
        Lie.DIE,
    ),
    Point.DOWN: (
        Lie.DROP,
        Lie.DELAY,
        Lie.REORDER,
        Lie.DUPLICATE,
        Lie.SWAP,
        Lie.CORRUPT,
        Lie.MALFORMED,
        Lie.OVERSIZE,
        Lie.REPLAY,
        Lie.FORGE,
        Lie.DIE,
    ),
    Point.UP: (
        Lie.DROP,
        Lie.DELAY,
        Lie.REORDER,
        Lie.DUPLICATE,
        Lie.SWAP,
        Lie.CORRUPT,
        Lie.MALFORMED,
        Lie.OVERSIZE,
        Lie.REPLAY,
        Lie.DIE,
    ),
    Point.LINE: (
        Lie.DROP,
        Lie.DELAY,
        Lie.REORDER,
        Lie.DUPLICATE,
        Lie.SWAP,
        Lie.CORRUPT,
        Lie.MALFORMED,
        Lie.OVERSIZE,
        Lie.REPLAY,
        Lie.FORGE,
        Lie.IMPERSONATE,
        Lie.INVENT,
        Lie.DENY,
        Lie.WITHHOLD,
        Lie.DIE,
    ),
}

_SILENCING = frozenset(
    {(point, lie) for point in (Point.DOWN, Point.UP) for lie in (Lie.DROP, Lie.SWAP)}
    | {(Point.DOWN, Lie.CORRUPT)}
)
"""Lies that look as if the member itself were slow or declined: no other hub is tried (40 §6)."""


@dataclass(frozen=True, slots=True)
class HubFault:
    """A hub lies about a member, by number, or about all (0), from the `skip`th time on."""

    lie: Lie
    point: Point
    hub: int = 0
    member: int = 0
    skip: int = 0
    times: int = ALWAYS
    other: int = 2
    """With whom a member is swapped, or who signs in its name."""
    seconds: float = 1.0
    """How long is delayed."""
    reason: FailureReason = FailureReason.UNREACHABLE

    def __post_init__(self) -> None:
        if self.lie not in LIES[self.point]:
            raise ValueError(f"no hub can {self.lie} at {self.point}")

    @property
    def can_silence(self) -> bool:
        """Whether a member may stay unheard though another hub is honest."""
        if self.lie is Lie.DENY:
            return self.reason is not FailureReason.UNREACHABLE
        if self.lie is Lie.DELAY:
            return self.point is not Point.LINE and self.seconds > LATE_SECONDS
        return (self.point, self.lie) in _SILENCING


class Trouble(StrEnum):
    """What is wrong with a member."""

    GONE = "gone"
    """It is linked to no hub."""
    SLOW = "slow"
    SKEWED = "skewed"
    """Its clock is off."""
    NO_TABLE = "no table"
    OLD_KEY = "old key"
    OLD_VERSION = "old version"
    """Its records were made under an earlier matching version."""
    CLAIMS = "claims"
    """It says that it knows every child, and proves nothing."""
    # of keyholders
    REFUSES = "refuses"
    WRONG_SHARE = "wrong share"
    WRONG_PROOF = "wrong proof"
    WRONG_ORDER = "wrong order"
    NO_ELEMENT = "no element"
    """It sends what is no element of the group."""
    UNCOMMITTED = "uncommitted"
    """A wrong share, and a reply that does not say what it answers."""


AT_A_KEYHOLDER = frozenset(
    {Trouble.REFUSES, Trouble.WRONG_SHARE, Trouble.WRONG_PROOF, Trouble.WRONG_ORDER}
    | {Trouble.NO_ELEMENT, Trouble.UNCOMMITTED}
)


@dataclass(frozen=True, slots=True)
class MemberFault:
    """A member, by number, that is not as it should be, from the start to the end."""

    trouble: Trouble
    member: int
    seconds: float = 0.0
    """How slow it is, or how far its clock is ahead."""


Fault = HubFault | MemberFault
