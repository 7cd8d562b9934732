import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from node.keyholding.ceremony import Ceremony
from node.keyholding.ceremony_file import CeremonyFile, CeremonyState
from node.keyholding.share import KeyShare, ShareFile
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import CeremonyError
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage, PostType
from protocol.oprf import group
from protocol.oprf.ceremony import CeremonyPlan, Certificate, contribute, derive_secrets
from protocol.oprf.sharing import verification_share
from protocol.oprf.threshold import lagrange_coefficient
from tests.node.small_federation import (
    COMMITMENTS,
    DIRECTORY,
    KEYHOLDERS,
    STORE_KEY,
    THRESHOLD,
    council,
    make_directory,
    secret_scalar,
)

FIRST, SECOND = "aa" * 32, "bb" * 32
LIAR, VICTIM = 4, 2
INDICES = range(1, KEYHOLDERS + 1)

Message = tuple[int, int, PostMessage]
Forge = Callable[[int, int, PostMessage], PostMessage]


def in_session(session: str | None, key: OprfKeyEntry | None = None) -> Directory:
    return make_directory(oprf=OprfEntry(threshold=THRESHOLD, ceremony_session=session, key=key))


def plan_of(directory: Directory) -> CeremonyPlan:
    assert directory.ceremony is not None
    return directory.ceremony


def seed(index: int) -> bytes:
    return bytes([index]) * 32


class Participant:
    """A keyholder's ceremony on its files; `restart` is a new process on the same files."""

    def __init__(self, ring: "Ring", index: int, folder: Path) -> None:
        self.ring, self.index = ring, index
        self.file = CeremonyFile(folder / "ceremony.sealed", STORE_KEY)
        self.shares = ShareFile(folder / "share.sealed", STORE_KEY)
        self.certificate_path = folder / "certificate"
        self.file.store_secrets(CeremonyState(council(index).static_secret, seed(index)))
        self.restart()

    def restart(self) -> None:
        self.ceremony = Ceremony(
            council(self.index).id,
            self.file,
            self.shares,
            self.certificate_path,
            lambda: self.ring.directory,
            self._send,
        )

    def step(self) -> None:
        self.ceremony.step()

    def take(self, sender: int, message: PostMessage) -> bool:
        handlers = {
            PostType.CEREMONY_CONTRIBUTION: self.ceremony.take_contribution,
            PostType.CEREMONY_SIGNATURE: self.ceremony.take_signature,
        }
        return handlers[message.type](council(sender).id, message.content)

    def _send(self, recipient: MemberId, message: PostMessage) -> None:
        self.ring.post.append((self.index, int(recipient[-1]), message))

    def certificate(self) -> Certificate:
        content = self.certificate_path.read_bytes()
        return Certificate.decode(content, plan_of(self.ring.directory))

    def share(self) -> KeyShare:
        share = self.shares.load()
        assert share is not None
        return share


class Ring:
    """Five participants, and a post that loses order and repeats itself, but loses nothing."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.directory = in_session(FIRST)
        self.post: list[Message] = []
        self.forge: Forge = lambda _sender, _recipient, message: message
        self.chance = chance
        self.participants: dict[int, Participant] = {}
        for index in INDICES:
            own = folder / str(index)
            own.mkdir()
            self.participants[index] = Participant(self, index, own)

    def __getitem__(self, index: int) -> Participant:
        return self.participants[index]

    def step_all(self) -> None:
        for participant in self.participants.values():
            participant.step()

    def deliver_one(self) -> None:
        """Deliver any of the messages; a fifth of them come again later."""
        sender, recipient, message = self.post.pop(self.chance.randrange(len(self.post)))
        message = self.forge(sender, recipient, message)
        done = self[recipient].take(sender, message)
        if not done or self.chance.random() < 0.2:
            self.post.append((sender, recipient, message))

    def run(self, after_each: Callable[[int], None] = lambda _number: None) -> None:
        """Step and deliver in any order until nothing is left to do."""
        for number in range(1000):
            self.chance.choice(list(self.participants.values())).step()
            for _ in range(min(4, len(self.post))):
                self.deliver_one()
            after_each(number)
            if number > 8 and not self.post:
                break
        for _ in range(3):
            self.step_all()
            while self.post:
                self.deliver_one()

    def with_certificate(self) -> list[int]:
        return [index for index in INDICES if self[index].certificate_path.exists()]


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path, random.Random(1))


def assert_shares_are_of(key: Certificate, shares: Sequence[KeyShare]) -> None:
    commitments = key.commitments()
    for share in shares:
        assert share.verification_share == group.multiply_base(share.share)
        assert share.verification_share == verification_share(commitments, share.index)
    indices = [share.index for share in shares]
    total = group.scalar_from_int(0)
    for share in shares:
        weight = lagrange_coefficient(share.index, indices)
        total = group.scalar_add(total, group.scalar_multiply(weight, share.share))
    assert group.multiply_base(total) == commitments[0]


def assert_certified(ring: Ring) -> Certificate:
    assert ring.with_certificate() == list(INDICES)
    certificates = [ring[index].certificate() for index in INDICES]
    for certificate in certificates:
        certificate.verify()
    assert len({certificate.encode() for certificate in certificates}) == 1
    for chosen in ((1, 2, 3), (1, 3, 5), (2, 4, 5)):
        assert_shares_are_of(certificates[0], [ring[index].share() for index in chosen])
    return certificates[0]


def name_key(ring: Ring, commitments: Sequence[bytes], session: str = FIRST) -> None:
    """Let the signers publish a key."""
    key = OprfKeyEntry(generation=1, commitments=tuple(map(encode_base64url, commitments)))
    ring.directory = in_session(session, key)


@dataclass
class Accusations:
    """Whom the logs name, and for what."""

    lines: list[tuple[int, str]]

    @property
    def accused(self) -> set[int]:
        return {index for index, _ in self.lines}


@contextmanager
def accusations() -> Iterator[Accusations]:
    found = Accusations([])
    with capture_logs() as logs:
        yield found
    found.lines += [
        (line["accused"], line["reason"]) for line in logs if line["event"] == "ceremony failed"
    ]


@pytest.mark.parametrize("number", range(3))
def test_all_end_with_one_certificate_and_shares_that_combine(tmp_path: Path, number: int) -> None:
    ring = Ring(tmp_path, random.Random(number))
    ring.run()
    assert_certified(ring)


@pytest.mark.parametrize("when", [0, 6, 12])
def test_restart_in_the_middle_changes_nothing(tmp_path: Path, when: int) -> None:
    ring = Ring(tmp_path, random.Random(when))

    def restart(number: int) -> None:
        if number == when:
            ring[3].restart()
        if number == when + 2:
            for index in INDICES:
                ring[index].restart()

    ring.run(restart)
    assert_certified(ring)


def test_participant_that_comes_late_catches_up(ring: Ring) -> None:
    for _ in range(2):
        for index in (1, 2, 3, 4):
            ring[index].step()
    assert ring.with_certificate() == []
    ring.run()
    assert_certified(ring)


def test_queues_a_message_once_and_after_a_restart_once_more(ring: Ring) -> None:
    for _ in range(3):
        ring[1].step()
    first = list(ring.post)
    assert [(sender, recipient) for sender, recipient, _ in first] == [(1, n) for n in (2, 3, 4, 5)]
    ring[1].restart()
    ring[1].step()
    again = ring.post[4:]
    assert [message.message_id for _, _, message in again] == [
        message.message_id for _, _, message in first
    ]


def test_waits_for_the_directory_to_open_a_session(ring: Ring) -> None:
    ring.directory = in_session(None)
    ring.step_all()
    assert ring.post == []
    ring.directory = in_session(FIRST)
    ring.run()
    assert_certified(ring)


def test_message_of_a_session_that_has_not_begun_here_is_kept(ring: Ring) -> None:
    ring[1].step()
    (message,) = (each for _, recipient, each in ring.post if recipient == 2)
    assert ring[2].ceremony.take_contribution(council(1).id, message.content) is False
    ring[2].step()
    assert ring[2].ceremony.take_contribution(council(1).id, message.content) is True


def test_message_of_a_member_that_holds_no_share_is_thrown_away(ring: Ring) -> None:
    ring.step_all()
    session = plan_of(ring.directory).session
    assert ring[1].ceremony.take_contribution(council(6).id, session + b"x") is True
    state = ring[1].file.load()
    assert state is not None
    assert set(state.contributions) <= {1}


def test_second_contribution_of_one_sender_is_named_and_ends_the_session(ring: Ring) -> None:
    ring.step_all()
    (first,) = (each for sender, to, each in ring.post if (sender, to) == (2, 1))
    session = plan_of(ring.directory).session
    take = ring[1].ceremony.take_contribution
    assert take(council(2).id, first.content) is True
    assert take(council(2).id, first.content) is True
    with pytest.raises(CeremonyError, match="participant 2"):
        take(council(2).id, session + b"other")
    state = ring[1].file.load()
    assert state is not None
    assert state.contributions[2] == first.content[32:]
    ring[1].restart()
    ring.run()
    assert ring.with_certificate() == []


def test_member_without_a_ceremony_does_nothing(tmp_path: Path) -> None:
    sent: list[PostMessage] = []
    ceremony = Ceremony(
        council(6).id,
        CeremonyFile(tmp_path / "none", STORE_KEY),
        ShareFile(tmp_path / "share", STORE_KEY),
        tmp_path / "certificate",
        lambda: in_session(FIRST),
        lambda _member, message: sent.append(message),
    )
    ceremony.step()
    assert ceremony.take_contribution(council(1).id, bytes(40)) is True
    assert (sent, list(tmp_path.iterdir())) == ([], [])


# Lies


def only(
    post_type: PostType, change: Callable[[bytes], bytes], to: Sequence[int] = INDICES
) -> Forge:
    """Forge what the liar sends to some, behind the 32 bytes of the session."""

    def forge(sender: int, recipient: int, message: PostMessage) -> PostMessage:
        if sender != LIAR or message.type is not post_type or recipient not in to:
            return message
        return replace(message, content=message.content[:32] + change(message.content[32:]))

    return forge


def flip_last(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(flip_last, "encrypted share does not open", id="an altered share"),
        pytest.param(lambda content: content[:-1], "malformed", id="cut off"),
        pytest.param(lambda _content: b"", "malformed", id="nothing"),
        pytest.param(
            lambda content: group.multiply_base(secret_scalar("x")) + content[32:],
            "proof of possession",
            id="another commitment",
        ),
    ],
)
def test_corrupt_contribution_is_named_and_nobody_certifies(
    ring: Ring, change: Callable[[bytes], bytes], reason: str
) -> None:
    ring.forge = only(PostType.CEREMONY_CONTRIBUTION, change, to=[VICTIM])
    with accusations() as found:
        ring.run()
    assert found.accused == {LIAR}
    assert all(reason in line for _, line in found.lines)
    assert len(found.lines) == 1
    assert ring.with_certificate() == []
    assert ring[VICTIM].shares.load() is None


@pytest.mark.parametrize(
    "change",
    [flip_last, lambda content: content[:-1], lambda _content: b""],
    ids=["altered", "cut off", "nothing"],
)
def test_corrupt_signature_is_named_and_gives_no_certificate(
    ring: Ring, change: Callable[[bytes], bytes]
) -> None:
    ring.forge = only(PostType.CEREMONY_SIGNATURE, change, to=[VICTIM])
    with accusations() as found:
        ring.run()
    assert found.accused == {LIAR}
    assert VICTIM not in ring.with_certificate()


def test_two_polynomials_of_one_participant_give_no_certificate(ring: Ring) -> None:
    """Each victim's share fits what it was shown; the signed transcripts tell."""
    plan = plan_of(ring.directory)
    other = contribute(plan, LIAR, council(LIAR).static_secret, derive_secrets(bytes(32), plan))[
        VICTIM - 1
    ].encode()
    ring.forge = only(PostType.CEREMONY_CONTRIBUTION, lambda _content: other, to=[VICTIM])
    with accusations() as found:
        ring.run()
    assert ring.with_certificate() == []
    assert {VICTIM} < found.accused


def test_static_secret_that_is_not_the_directorys_accuses_nobody(ring: Ring) -> None:
    ring[1].file.store_secrets(CeremonyState(secret_scalar("lost"), bytes(32)))
    ring[1].restart()
    with accusations() as found:
        ring[1].step()
    assert found.accused == {0}
    assert ring.post == []


def test_failed_session_is_left_and_the_secrets_stay(ring: Ring) -> None:
    ring.forge = only(PostType.CEREMONY_CONTRIBUTION, flip_last, to=[VICTIM])
    with accusations() as found:
        ring.run()
        ring.step_all()
        ring.step_all()
    assert len(found.lines) == 1
    assert ring[VICTIM].file.load() is not None


def test_session_after_a_lie_ends_with_shares_of_its_own_key(ring: Ring) -> None:
    """All but the victim had a share of the first session, of a key that was never certified."""
    ring.forge = only(PostType.CEREMONY_CONTRIBUTION, flip_last, to=[VICTIM])
    with accusations():
        ring.run()
    ring.post.clear()
    ring.forge = lambda _sender, _recipient, message: message
    ring.directory = in_session(SECOND)
    ring.run()
    assert_certified(ring)


def test_share_of_a_session_before_is_overwritten_where_it_lay(ring: Ring, tmp_path: Path) -> None:
    ring.run()
    (tmp_path / "blocks").hardlink_to(tmp_path / "1" / "share.sealed")
    sealed = (tmp_path / "blocks").read_bytes()
    ring.directory = in_session(SECOND)
    ring[1].step()
    assert ring[1].shares.load() is None
    assert sealed not in (tmp_path / "blocks").read_bytes()


def test_session_after_a_certified_one_gives_its_own_certificate(ring: Ring) -> None:
    """The signers could not use the first, say for a keyholder that has lost its share."""
    ring.run()
    ring.post.clear()
    ring.directory = in_session(SECOND)
    ring.run()
    assert_certified(ring)


# The end


def test_file_is_erased_when_the_directory_names_the_key(ring: Ring) -> None:
    ring.run()
    certificate = assert_certified(ring)
    name_key(ring, certificate.commitments())
    ring.step_all()
    key = ring.directory.oprf_key
    assert key is not None
    for index in INDICES:
        assert ring[index].file.load() is None
        assert key.verification_shares[index] == ring[index].share().verification_share


def test_file_stays_while_the_directory_names_no_key(ring: Ring) -> None:
    ring.run()
    ring.step_all()
    assert all(ring[index].file.load() is not None for index in INDICES)


def test_file_stays_when_the_directory_names_another_key(ring: Ring) -> None:
    ring.run()
    name_key(ring, COMMITMENTS)
    ring.step_all()
    assert all(ring[index].file.load() is not None for index in INDICES)


def test_late_messages_after_the_end_are_thrown_away(ring: Ring) -> None:
    ring.run()
    session = plan_of(ring.directory).session
    name_key(ring, ring[1].certificate().commitments())
    ring.step_all()
    assert ring[1].ceremony.take_signature(council(2).id, session + bytes(64)) is True
    assert ring[1].file.load() is None


def test_restart_after_the_end_does_nothing(ring: Ring) -> None:
    ring.run()
    name_key(ring, ring[1].certificate().commitments())
    ring.step_all()
    ring[1].restart()
    ring.step_all()
    assert ring.post == []


def test_small_federation_has_its_key_from_elsewhere() -> None:
    assert DIRECTORY.ceremony is None
