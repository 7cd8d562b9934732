"""Link storms: all members lose their links at once, again and again, and come back gently."""

import asyncio
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from hub.settings import HubSettings
from node.federation.links import LinkKeeper
from protocol.directory.document import HubEntry
from protocol.directory.members import parse_directory
from tests.federation.hub import SimulatedHub, hubs_by
from tests.federation.lies import Lies, Overheard
from tests.federation.loop import WallClock, run_virtually
from tests.hub.federation import HUB_ID, Council
from tests.hub.federation import Federation as HubFederation
from tests.node.small_federation import NOW_MS

MEMBERS = 60
HUB = HubEntry(id=HUB_ID, url=f"http://{HUB_ID}.test")
LONGEST_WAIT_SECONDS = 30.0


class Storm:
    """A hub, and members that do nothing but keep a link to it."""

    def __init__(self, hub: SimulatedHub, councils: list[Council]) -> None:
        self.hub = hub
        self._councils = councils

    @property
    def linked(self) -> int:
        return sum(self.hub.is_linked(council.id) for council in self._councils)

    def dials_since(self, at: float) -> list[float]:
        dialled = sorted(self.hub.dialled_at)
        return dialled[bisect_left(dialled, at) :]


def most_within(dialled: list[float], seconds: float) -> int:
    """Return the most dials of any span of so many seconds."""
    return max(bisect_left(dialled, at + seconds) - place for place, at in enumerate(dialled))


def run_storm(
    folder: Path,
    weather: Callable[[Storm], Awaitable[None]],
    draw: Callable[[float, float], float] | None = None,
) -> None:
    """Link all members to a hub, wait until they have been for a while, and let it blow."""
    councils = [Council.make(f"E0{number:06}") for number in range(MEMBERS)]
    federation = HubFederation(folder, councils[0], tuple(councils[1:]))
    federation.create()
    directory = parse_directory(next((federation.published / "targets").iterdir()).read_bytes())
    settings = HubSettings(
        hub_id=HUB_ID, port=0, directory=federation.published, root=federation.root
    )
    random = Random(1)

    async def run() -> None:
        clock = WallClock(asyncio.get_running_loop(), NOW_MS)
        hub = SimulatedHub(HUB, settings, Lies((), directory, Overheard(), clock, random), random)
        with hubs_by(clock):
            hub.start()
            keepers = [
                LinkKeeper(
                    each.id,
                    each.signing,
                    _answers_nothing,
                    clock,
                    lambda _url: hub.dial(),
                    draw or random.uniform,
                )
                for each in councils
            ]
            for keeper in keepers:
                keeper.set_hubs([HUB])
            await asyncio.sleep(60)
            storm = Storm(hub, councils)
            assert storm.linked == MEMBERS
            await weather(storm)
            assert hub.defects == []
            for keeper in keepers:
                await keeper.close()
            await hub.close()

    run_virtually(run, random)


async def _answers_nothing(envelope: bytes) -> bytes | None:
    del envelope
    return None


async def cut_every_half_second(storm: Storm) -> None:
    began = asyncio.get_running_loop().time()
    for _ in range(20):
        storm.hub.drop_links()
        await asyncio.sleep(0.5)
    assert len(storm.dials_since(began)) <= 8 * MEMBERS
    await asyncio.sleep(LONGEST_WAIT_SECONDS + 1)
    assert storm.linked == MEMBERS


async def be_down_for_long(storm: Storm) -> None:
    loop = asyncio.get_running_loop()
    storm.hub.kill()
    await asyncio.sleep(300)
    began = loop.time()
    storm.hub.start()
    await asyncio.sleep(LONGEST_WAIT_SECONDS + 1)
    assert storm.linked == MEMBERS
    assert most_within(storm.dials_since(began), 1.0) <= MEMBERS // 4


def test_links_cut_twenty_times_are_dialled_less_each_time_and_all_come_back(
    tmp_path: Path,
) -> None:
    run_storm(tmp_path, cut_every_half_second)


def test_after_a_long_absence_of_a_hub_its_members_do_not_come_all_at_once(tmp_path: Path) -> None:
    run_storm(tmp_path, be_down_for_long)


def test_the_storm_shows_members_that_all_wait_alike(tmp_path: Path) -> None:
    """That the test before can fail."""
    with pytest.raises(AssertionError):
        run_storm(tmp_path, be_down_for_long, lambda _low, high: high)


def test_one_cut_of_links_that_stood_is_mended_within_a_second(tmp_path: Path) -> None:
    async def cut_once(storm: Storm) -> None:
        storm.hub.drop_links()
        assert storm.linked == 0
        await asyncio.sleep(1)
        assert storm.linked == MEMBERS
        assert len(storm.dials_since(60)) == MEMBERS

    run_storm(tmp_path, cut_once)
