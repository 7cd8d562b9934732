"""How a hub lies: at each point of the way it is given what an honest one passes on."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from node.clock import Clock
from protocol import limits
from protocol.directory.members import Directory
from protocol.errors import ProtocolError
from protocol.identifiers import MemberId, RoundId
from protocol.messages.link import Frame, FrameType
from protocol.messages.stream import EndLine, FailureLine, Line, ReplyLine, decode_line, encode_line
from protocol.sealing.bundle import parse_bundle
from protocol.sealing.envelope import SealedRequest, parse_request
from tests.federation.faults import HubFault, Lie, Point
from tests.federation.forging import flip_a_bit, forge_reply, forge_request
from tests.node.small_federation import council

MADE_UP_DELIVERY = 0xFFFF0000
OVERTAKEN_SECONDS = 0.5
STRANGER = MemberId("E09999999")
"""It is in no directory, and neither is its key."""


class HubDies(Exception):
    """The hub's process ends here."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a hub passes on: of or to whom, what, and how much later. None: nothing more, ever."""

    member: MemberId
    content: bytes | None
    seconds: float = 0.0


@dataclass(slots=True)
class Overheard:
    """What passed through hubs that lie together."""

    envelopes: dict[tuple[RoundId, MemberId], bytes] = field(default_factory=dict)
    delivered: defaultdict[MemberId, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    replies: defaultdict[tuple[MemberId, int], list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By member and size."""


class Lies:
    """One hub's lies. It knows what any hub knows: the directory, and all that passed through."""

    def __init__(
        self,
        faults: Sequence[HubFault],
        directory: Directory,
        overheard: Overheard,
        clock: Clock,
        random: Random,
    ) -> None:
        self._faults = faults
        self._directory = directory
        self._overheard = overheard
        self._clock = clock
        self._random = random
        self.told: Counter[HubFault] = Counter()
        """How often each lie was told: something else was passed on than an honest hub passes."""
        self._seen: Counter[HubFault] = Counter()
        self._held: list[bytes] = []

    def round(self, body: bytes) -> Lie | None:
        """Return what is done to a round as a whole."""
        try:
            bundle = parse_bundle(body)
        except ProtocolError:
            return None
        for member, envelope in bundle.envelopes.items():
            self._overheard.envelopes[bundle.round_id, member] = envelope
        fault = self._active(Point.ROUND, bundle.sender)
        if fault is None:
            return None
        self.told[fault] += 1
        return fault.lie

    def down(self, member: MemberId, content: bytes) -> Iterator[Passed]:
        """Yield what goes to nodes instead of this frame."""
        fault = self._active(Point.DOWN, member)
        yield from self._tell(fault, Passed(member, content), self._down(fault, member, content))

    def up(self, member: MemberId, content: bytes) -> Iterator[Passed]:
        """Yield what comes from nodes instead of this frame."""
        fault = self._active(Point.UP, member)
        yield from self._tell(fault, Passed(member, content), self._up(fault, member, content))

    def line(self, content: bytes) -> Iterator[Passed]:
        """Yield what goes to the asker instead of this line."""
        line = decode_line(content)
        if isinstance(line, EndLine):
            held, self._held = self._held, []
            for late in (*held, content):
                yield Passed(MemberId(""), late)
            return
        member = MemberId(line.member)
        fault, honest = self._active(Point.LINE, member), Passed(member, content)
        passed = iter((honest,)) if fault is None else self._pass_line(fault, member, content, line)
        yield from self._tell(fault, honest, passed)

    def _tell(
        self, fault: HubFault | None, honest: Passed, passed: Iterator[Passed]
    ) -> Iterator[Passed]:
        """Yield what is passed on, and count it as a lie if it is one."""
        if fault is None:
            yield from passed
            return
        try:
            said = list(passed)
        except HubDies:
            self.told[fault] += 1
            raise
        if said != [honest]:
            self.told[fault] += 1
        yield from said

    def _down(self, fault: HubFault | None, member: MemberId, content: bytes) -> Iterator[Passed]:
        frame = Frame.decode(content)
        if fault is not None and fault.lie is Lie.REPLAY and self._overheard.delivered[member]:
            yield self._made_up(member, self._random.choice(self._overheard.delivered[member]))
        if fault is not None and fault.lie is Lie.FORGE:
            forged = forge_request(self._directory, member, self._clock(), self._random)
            yield self._made_up(member, forged)
        self._overheard.delivered[member].append(frame.content)
        yield from self._pass_frame(fault, member, content, frame)

    def _up(self, fault: HubFault | None, member: MemberId, content: bytes) -> Iterator[Passed]:
        frame = Frame.decode(content)
        old = self._old_reply(member, frame.content)
        if frame.content:
            self._overheard.replies[member, len(frame.content)].append(frame.content)
        if fault is not None and fault.lie is Lie.REPLAY:
            yield Passed(member, Frame(frame.type, frame.delivery, old).encode())
        else:
            yield from self._pass_frame(fault, member, content, frame)

    def _active(self, point: Point, member: MemberId) -> HubFault | None:
        number = int(member[-1])
        for fault in self._faults:
            concerned = {fault.member, fault.other} if fault.lie is Lie.SWAP else {fault.member}
            if fault.point is not point or (fault.member and number not in concerned):
                continue
            seen = self._seen[fault]
            self._seen[fault] += 1
            if fault.skip <= seen < fault.skip + fault.times:
                return fault
        return None

    def _pass_frame(
        self, fault: HubFault | None, member: MemberId, content: bytes, frame: Frame
    ) -> Iterator[Passed]:
        match fault.lie if fault else None:
            case Lie.DROP:
                return
            case Lie.DIE:
                raise HubDies
            case Lie.DELAY if fault:
                yield Passed(member, content, fault.seconds)
            case Lie.REORDER:
                yield Passed(member, content, OVERTAKEN_SECONDS)
            case Lie.SWAP if fault:
                yield Passed(_other(fault, member), content)
            case Lie.CORRUPT:
                corrupt = flip_a_bit(frame.content, self._random)
                yield Passed(member, Frame(frame.type, frame.delivery, corrupt).encode())
            case Lie.MALFORMED:
                yield Passed(member, self._random.choice((b"", content[:4], b"\x09" + content[1:])))
            case Lie.OVERSIZE:
                yield Passed(member, content.ljust(limits.LINK_FRAME_BYTES + 1, b"\0"))
            case Lie.DUPLICATE:
                yield Passed(member, content)
                yield Passed(member, content)
            case _:
                yield Passed(member, content)

    def _pass_line(
        self, fault: HubFault, member: MemberId, content: bytes, line: ReplyLine | FailureLine
    ) -> Iterator[Passed]:
        match fault.lie:
            case Lie.DROP:
                return
            case Lie.DIE:
                raise HubDies
            case Lie.WITHHOLD:
                yield Passed(member, None)
            case Lie.DELAY:
                yield Passed(member, content, fault.seconds)
            case Lie.REORDER:
                self._held.append(content)
            case Lie.MALFORMED:
                bad = (b"\n", b"{}\n", content[:-9] + b"\n", b"\xff" + content)
                yield Passed(member, self._random.choice(bad))
            case Lie.OVERSIZE:
                yield Passed(member, content[:-1] + b" " * 100_000 + b"\n")
            case _:
                for said in self._false_lines(fault, member, line):
                    yield Passed(member, encode_line(said))

    def _false_lines(
        self, fault: HubFault, member: MemberId, line: ReplyLine | FailureLine
    ) -> Sequence[Line]:
        match fault.lie:
            case Lie.DUPLICATE:
                return line, line
            case Lie.SWAP:
                return (line.model_copy(update={"member": _other(fault, member)}),)
            case Lie.INVENT:
                return *self._lines_of_a_stranger(fault, member, line), line
            case Lie.DENY:
                return (FailureLine(member=member, reason=fault.reason),)
            case _ if isinstance(line, ReplyLine):
                return (ReplyLine.of(member, self._false_reply(fault, member, line)),)
            case _:
                return (line,)

    def _false_reply(self, fault: HubFault, member: MemberId, line: ReplyLine) -> bytes:
        reply = line.reply_bytes()
        if fault.lie is Lie.CORRUPT:
            return flip_a_bit(reply, self._random)
        if fault.lie is Lie.REPLAY:
            return self._old_reply(member, reply)
        request = self._request(member, reply)
        if fault.lie is Lie.IMPERSONATE:
            return forge_reply(request, council(fault.other).keys.signing)
        return forge_reply(request)

    def _lines_of_a_stranger(
        self, fault: HubFault, member: MemberId, line: ReplyLine | FailureLine
    ) -> Iterator[Line]:
        yield FailureLine(member=STRANGER, reason=fault.reason)
        if isinstance(line, ReplyLine):
            request = self._request(member, line.reply_bytes())
            header = replace(request.header, recipient=STRANGER)
            yield ReplyLine.of(STRANGER, forge_reply(replace(request, header=header)))

    def _request(self, member: MemberId, reply: bytes) -> SealedRequest:
        """Return what a member's reply is an answer to."""
        return parse_request(self._overheard.envelopes[RoundId(reply[2:18]), member])

    def _old_reply(self, member: MemberId, new: bytes) -> bytes:
        """Return an earlier reply of the kind, the new one where there is none."""
        old = [reply for reply in self._overheard.replies[member, len(new)] if reply != new]
        return self._random.choice(old) if old else new

    def _made_up(self, member: MemberId, envelope: bytes) -> Passed:
        number = MADE_UP_DELIVERY + self._random.randrange(0xFFFF)
        return Passed(member, Frame(FrameType.DELIVER, number, envelope).encode())


def _other(fault: HubFault, member: MemberId) -> MemberId:
    first, second = council(fault.member or 1).id, council(fault.other).id
    return second if member == first else first
