"""A scenario as plain data: what is done, one after the other, and what is wrong meanwhile."""

from dataclasses import dataclass
from enum import StrEnum

from tests.federation.faults import Fault, HubFault, MemberFault
from tests.node.small_federation import MEMBERS, NOW_MS

HOLDINGS = tuple(
    (member, tuple(child for child in (0, 1) if (member + child) % 2 == 0))
    for member in range(1, MEMBERS + 1)
)
"""Which children, by number, a member holds at the start. Nobody holds child 2."""

BEFORE_THE_HOUR_MS = NOW_MS + 1_500_000
"""Five minutes before a full hour."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A member asks about a child, and waits for the answers or goes on meanwhile."""

    member: int = 1
    child: int = 0
    is_sure: bool = True
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Load:
    """A member's records become those of these children, and it answers from them."""

    member: int
    children: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadByKeyholders:
    """The same, with tokens that the keyholders make."""

    member: int
    children: tuple[int, ...] = ()
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Post:
    """A member has a message for another."""

    member: int
    recipient: int


class Change(StrEnum):
    """What is new in a version of the directory."""

    KEY = "key"
    SHARES = "shares"
    """The same key, shared anew."""
    MATCHING_VERSION = "matching version"


@dataclass(frozen=True, slots=True)
class Publish:
    """The directory changes, and some members have the new version at once, others not."""

    change: Change
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """A member gets the newest directory."""

    member: int


@dataclass(frozen=True, slots=True)
class Restart:
    """A member's process ends and begins again."""

    member: int


@dataclass(frozen=True, slots=True)
class Kill:
    """A hub's process ends."""

    hub: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """A hub's process begins."""

    hub: int = 0


@dataclass(frozen=True, slots=True)
class DropLinks:
    """All links of a hub are cut at once."""

    hub: int = 0


@dataclass(frozen=True, slots=True)
class Advance:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ToTheHour:
    """Time passes until so many seconds behind the next full hour, or before it."""

    seconds: float = 0.0


Operation = (
    Ask
    | Load
    | LoadByKeyholders
    | Post
    | Publish
    | Fetch
    | Restart
    | Kill
    | Start
    | DropLinks
    | Advance
    | ToTheHour
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A list of operations and a list of faults; the seed draws all that is left to chance."""

    operations: tuple[Operation, ...]
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    holdings: tuple[tuple[int, tuple[int, ...]], ...] = HOLDINGS
    begin_ms: int = NOW_MS
    """Unix time at which all begins: in the middle of an hour unless it is said."""

    def hub_faults(self, hub: int) -> tuple[HubFault, ...]:
        return tuple(
            fault for fault in self.faults if isinstance(fault, HubFault) and fault.hub == hub
        )

    def member_faults(self, member: int) -> tuple[MemberFault, ...]:
        return tuple(
            fault
            for fault in self.faults
            if isinstance(fault, MemberFault) and fault.member == member
        )
