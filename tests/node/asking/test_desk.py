"""A lookup goes on whether or not somebody looks, and every member has one answer in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from node.asking.asker import MemberResult
from node.asking.desk import LookupDesk
from node.asking.keeping import AskedLookup, KeptLookup, KeptLookups, LookupId
from node.asking.running import AGAIN_MS, RunningLookup
from node.errors import AskError, NoHubError, StoreError
from protocol.directory.members import Directory
from protocol.errors import DirectoryError, MalformedError
from protocol.messages.vocabulary import Cause, Outcome
from tests.node.asking.scripted import ScriptedLookups, known, of
from tests.node.small_federation import DIRECTORY, STORE_KEY, FakeClock, child, council, enquiry

KEPT_MS = 3 * 86_400_000
SILENT = Outcome.UNREACHABLE.name.lower()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def kept(tmp_path: Path, clock: FakeClock) -> Iterator[KeptLookups]:
    with closing(KeptLookups(tmp_path / "lookups.db", STORE_KEY, KEPT_MS, clock)) as opened:
        yield opened


def run(
    lookups: ScriptedLookups,
    kept: KeptLookups,
    clock: FakeClock,
    work: Callable[[LookupDesk], Awaitable[None]],
    directory: Callable[[], Directory] = lambda: DIRECTORY,
) -> None:
    async def at_the_desk() -> None:
        desk = LookupDesk(lookups, directory, kept, lambda *_: (), lambda *_: None, clock)
        try:
            await work(desk)
        finally:
            await desk.close()

    asyncio.run(at_the_desk())


def begun(desk: LookupDesk) -> tuple[LookupId, RunningLookup]:
    lookup_id = desk.begin("pat", enquiry(child()))
    running = desk.running(lookup_id, "pat")
    assert running is not None
    return lookup_id, running


def test_answers_are_given_as_they_come_and_kept_at_the_end(
    kept: KeptLookups, clock: FakeClock
) -> None:
    lookups = ScriptedLookups([of(2, Outcome.NOT_KNOWN), known(3)])
    given = []

    async def work(desk: LookupDesk) -> None:
        lookups.hold()
        lookup_id, running = begun(desk)
        lookups.go_on()
        following = running.follow()
        number, answer = await anext(following)
        given.append((number, answer.outcome))
        assert not running.has_ended
        assert kept.find(lookup_id, "pat") is None
        lookups.go_on()
        lookups.go_on()
        given.extend([(number, answer.outcome) async for number, answer in following])
        assert desk.running(lookup_id, "pat") is None
        stored = kept.find(lookup_id, "pat")
        assert stored is not None
        assert [answer.outcome for answer in stored.answers] == [outcome for _, outcome in given]
        assert stored.asked.members == len(DIRECTORY.members)

    run(lookups, kept, clock, work)
    assert given[:2] == [(1, "not_known"), (2, "known")]
    assert [number for number, _ in given] == [*range(1, len(DIRECTORY.members) + 1)]
    assert {outcome for _, outcome in given[2:]} == {SILENT}


def test_who_looks_later_misses_nothing(kept: KeptLookups, clock: FakeClock) -> None:
    lookups = ScriptedLookups([of(2, Outcome.NOT_KNOWN), known(3)])

    async def work(desk: LookupDesk) -> None:
        _, running = begun(desk)
        everything = [answer.member async for _, answer in running.follow()]
        again = [answer.member async for _, answer in running.follow(1)]
        assert everything[1:] == again
        assert len(everything) == len(DIRECTORY.members)

    run(lookups, kept, clock, work)


def test_where_nobody_can_be_asked_every_member_is_named_as_silent(
    kept: KeptLookups, clock: FakeClock
) -> None:
    async def work(desk: LookupDesk) -> None:
        lookup_id, running = begun(desk)
        answers = [answer async for _, answer in running.follow()]
        assert {answer.outcome for answer in answers} == {SILENT}
        assert len(answers) == len(DIRECTORY.members)
        stored = kept.find(lookup_id, "pat")
        assert stored is not None
        assert stored.problem == "no hub carried it"

    run(ScriptedLookups(problem="no hub carried it"), kept, clock, work)


def test_those_that_did_not_reply_are_asked_again_and_no_others(
    kept: KeptLookups, clock: FakeClock
) -> None:
    lookups = ScriptedLookups(
        [
            known(2),
            of(3, Outcome.TIMED_OUT),
            of(4, Outcome.NOT_KNOWN),
            of(5, Outcome.REFUSED, Cause.PURPOSE_NOT_ALLOWED),
        ]
    )

    async def work(desk: LookupDesk) -> None:
        lookup_id, running = begun(desk)
        async for _ in running.follow():
            pass
        await asyncio.gather(*desk._tasks)
        assert not desk.may_ask_again(lookup_id, "sam")
        assert desk.may_ask_again(lookup_id, "pat")
        lookups.results = [known(1), of(3, Outcome.NOT_KNOWN)]
        desk.ask_again(lookup_id, "sam")
        assert desk.running(lookup_id, "pat") is None
        desk.ask_again(lookup_id, "pat")
        await asyncio.gather(*desk._tasks)
        assert lookups.sent_to[1] == {council(number).id for number in (1, 3, 6)}
        stored = kept.find(lookup_id, "pat")
        assert stored is not None
        outcomes = {answer.member: answer.outcome for answer in stored.answers}
        assert len(stored.answers) == len(outcomes) == len(DIRECTORY.members)
        assert [outcomes[council(number).id] for number in range(1, 7)] == [
            "known", "known", "not_known", "not_known", "refused", SILENT,
        ]  # fmt: skip
        assert len(lookups.asked) == 1

    run(lookups, kept, clock, work)


def test_after_a_while_nobody_can_be_asked_again(kept: KeptLookups, clock: FakeClock) -> None:
    lookups = ScriptedLookups()

    async def work(desk: LookupDesk) -> None:
        lookup_id, _ = begun(desk)
        await asyncio.gather(*desk._tasks)
        clock.now_ms += AGAIN_MS
        assert not desk.may_ask_again(lookup_id, "pat")
        desk.ask_again(lookup_id, "pat")
        assert desk.running(lookup_id, "pat") is None

    run(lookups, kept, clock, work)
    assert len(lookups.sent_to) == 1


def test_tokens_leave_the_memory_after_a_while_whoever_does_what(
    kept: KeptLookups, clock: FakeClock
) -> None:
    async def work(desk: LookupDesk) -> None:
        lookup_id, running = begun(desk)
        clock.now_ms += AGAIN_MS
        await asyncio.gather(*desk._tasks)
        assert running.may_be_asked_again
        for _ in range(3):
            await asyncio.sleep(0)
        assert desk._ended._ended == {}
        assert kept.find(lookup_id, "pat")

    run(ScriptedLookups(), kept, clock, work)


def test_answers_that_are_removed_late_are_removed_with_their_tokens(
    kept: KeptLookups, clock: FakeClock
) -> None:
    async def work(desk: LookupDesk) -> None:
        lookup_id, _ = begun(desk)
        await asyncio.gather(*desk._tasks)
        clock.now_ms += AGAIN_MS
        await desk.forget(lookup_id, "sam")
        assert desk._ended._ended
        await desk.forget(lookup_id, "pat")
        assert desk._ended._ended == {}

    run(ScriptedLookups(), kept, clock, work)


def test_answers_that_cannot_be_kept_are_there_for_a_while(
    kept: KeptLookups, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: they are all that somebody has to ring by."""

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    async def work(desk: LookupDesk) -> None:
        monkeypatch.setattr(kept, "keep", full)
        lookup_id, running = begun(desk)
        await asyncio.gather(*desk._tasks)
        assert kept.find(lookup_id, "pat") is None
        assert desk.not_kept(lookup_id, "sam") is None
        assert desk.not_kept(lookup_id, "pat") == running.kept()
        clock.now_ms += AGAIN_MS
        assert desk.not_kept(lookup_id, "pat") is None

    run(ScriptedLookups([of(n, Outcome.NOT_KNOWN) for n in range(1, 7)]), kept, clock, work)


def test_what_is_kept_is_not_held_in_memory_too(kept: KeptLookups, clock: FakeClock) -> None:
    async def work(desk: LookupDesk) -> None:
        lookup_id, _ = begun(desk)
        await asyncio.gather(*desk._tasks)
        assert desk.not_kept(lookup_id, "pat") is None

    run(ScriptedLookups(), kept, clock, work)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoHubError("https://hub.example: broke off"), "no hub that carries questions"),
        (AskError("3 keyholders are needed"), "3 keyholders are needed"),
        (MalformedError("malformed stream"), "not in order here"),
    ],
)
def test_who_asks_is_told_in_words_for_them_why_nobody_was_asked(
    kept: KeptLookups, clock: FakeClock, error: Exception, said: str
) -> None:
    lookups = ScriptedLookups()

    async def fail(*_: object) -> None:
        raise error

    async def work(desk: LookupDesk) -> None:
        _, running = begun(desk)
        await asyncio.gather(*desk._tasks)
        assert said in running.problem
        assert "hub.example" not in running.problem

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "prepare", fail)
        run(lookups, kept, clock, work)


@pytest.mark.parametrize(
    "results",
    [
        pytest.param([of(n, Outcome.NOT_KNOWN) for n in range(1, 7)], id="all have answered"),
        pytest.param(
            [of(n, Outcome.REFUSED, Cause.DAILY_LIMIT) for n in range(1, 7)], id="all refused"
        ),
    ],
)
def test_where_asking_again_is_no_use_no_token_is_kept(
    kept: KeptLookups, clock: FakeClock, results: list[MemberResult]
) -> None:
    async def work(desk: LookupDesk) -> None:
        begun(desk)
        await asyncio.gather(*desk._tasks)
        assert desk._ended._ended == {}

    run(ScriptedLookups(results), kept, clock, work)


def test_what_is_removed_on_its_way_is_not_kept(kept: KeptLookups, clock: FakeClock) -> None:
    lookups = ScriptedLookups()

    async def work(desk: LookupDesk) -> None:
        lookups.hold()
        lookup_id, _ = begun(desk)
        await desk.forget(lookup_id, "sam")
        await desk.forget(lookup_id, "pat")
        lookups.go_on()
        await asyncio.gather(*desk._tasks)
        assert kept.find(lookup_id, "pat") is None
        assert desk._ended._ended == {}

    run(lookups, kept, clock, work)


def test_what_is_removed_while_it_is_kept_is_gone(
    kept: KeptLookups, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[Future[None]] = []
    keep = kept.keep

    async def work(desk: LookupDesk) -> None:
        loop = asyncio.get_running_loop()

        def removed_meanwhile(lookup_id: LookupId, username: str, lookup: KeptLookup) -> None:
            forgetting = desk.forget(lookup_id, username)
            removed.append(asyncio.run_coroutine_threadsafe(forgetting, loop))
            removed[0].result(20)
            keep(lookup_id, username, lookup)

        monkeypatch.setattr(kept, "keep", removed_meanwhile)
        lookup_id, _ = begun(desk)
        await asyncio.gather(*desk._tasks)
        assert removed
        assert kept.find(lookup_id, "pat") is None

    run(ScriptedLookups(), kept, clock, work)


def test_nobody_else_sees_it(kept: KeptLookups, clock: FakeClock) -> None:
    async def work(desk: LookupDesk) -> None:
        lookup_id, running = begun(desk)
        assert desk.running(lookup_id, "sam") is None
        async for _ in running.follow():
            pass
        assert kept.find(lookup_id, "sam") is None
        assert kept.all_of("sam") == []
        kept.remove(lookup_id, "sam")
        assert kept.find(lookup_id, "pat")

    run(ScriptedLookups(), kept, clock, work)


def test_without_a_directory_nothing_is_begun(kept: KeptLookups, clock: FakeClock) -> None:
    def none() -> Directory:
        raise DirectoryError("expired")

    async def work(desk: LookupDesk) -> None:
        with pytest.raises(DirectoryError):
            desk.begin("pat", enquiry(child()))

    run(ScriptedLookups(), kept, clock, work, none)


def lookup_at(time_ms: int, reference: str = "") -> KeptLookup:
    asked = AskedLookup(asked_ms=time_ms, purpose="why", reference=reference, members=0)
    return KeptLookup(asked=asked, answers=())


def test_answers_are_gone_when_their_time_is_over(kept: KeptLookups, clock: FakeClock) -> None:
    lookup_id = LookupId(bytes(16))
    kept.keep(lookup_id, "pat", lookup_at(clock.now_ms))
    clock.now_ms += KEPT_MS - 1
    assert kept.find(lookup_id, "pat")
    kept.forget_old()
    assert kept.all_of("pat")
    clock.now_ms += 1
    assert kept.find(lookup_id, "pat") is None
    assert kept.all_of("pat") == []
    kept.forget_old()
    clock.now_ms -= KEPT_MS
    assert kept.all_of("pat") == []


def test_answers_are_gone_on_request(kept: KeptLookups, clock: FakeClock) -> None:
    first, second = LookupId(bytes(16)), LookupId(bytes([1] * 16))
    kept.keep(first, "pat", lookup_at(clock.now_ms, "ONE"))
    kept.keep(second, "pat", lookup_at(clock.now_ms + 1, "TWO"))
    assert [each.lookup.asked.reference for each in kept.all_of("pat")] == ["TWO", "ONE"]
    kept.remove(first, "pat")
    assert [each.id for each in kept.all_of("pat")] == [second]


def test_disk_has_no_contact_and_no_reference(
    kept: KeptLookups, clock: FakeClock, tmp_path: Path
) -> None:
    async def work(desk: LookupDesk) -> None:
        _, running = begun(desk)
        async for _ in running.follow():
            pass

    run(ScriptedLookups([known(3)]), kept, clock, work)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"pat" in on_disk
    assert b"Planted" not in on_disk
    assert b"7946" not in on_disk
