"""Every commit point of a node, and which of them each of a hundred seeds kills a process at."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import cycle

from tests.durability.watching import Kill


class Story(Enum):
    """What goes on while a process is killed."""

    SERVING = "a node that answers"
    FIRST_START = "a node that starts in a fresh folder"
    IMPORTING = "an import beside a node that answers"
    ASKING = "a question beside a node that answers"
    ACCUSING = "a question to which a keyholder answers wrongly"
    MAKING = "a folder that is being made"
    CEREMONY = "a node that makes its share of the key, after a ceremony that failed"
    KEY_NAMED = "a node whose ceremony is over"
    ACCOUNTS = "an account that is made and removed"
    SHIELDS = "a shield that is set and ended"
    SYSTEMS = "a case system that is added and removed"
    PAGES = "a node whose pages are used"
    COUNCIL_SIGN_IN = "a node whose people sign in at the council's own service"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a point is passed, and how often at least."""

    story: Story
    times: int = 1
    follows: bool = False
    """Whether nothing else happens between the point above it and this one: to be killed right
    before it is to be killed right after that."""


def _replaced(file: str, story: Story, times: int = 1) -> dict[str, Point]:
    first, *others = (f"{call} for {file}" for call in ("fsync", "replace", "fsync folder"))
    return {first: Point(story, times)} | dict.fromkeys(others, Point(story, times, True))


def _created(file: str, story: Story) -> dict[str, Point]:
    first, *others = (f"{call} for {file}" for call in ("fsync", "link", "unlink", "fsync folder"))
    return {first: Point(story)} | dict.fromkeys(others, Point(story, follows=True))


def _erased(file: str, story: Story) -> dict[str, Point]:
    # Between the second and the third it is overwritten.
    calls = {"replace": False, "fsync folder": True, "fsync": False, "unlink": True}
    return {
        f"{call} to erase {file}": Point(story, follows=follows) for call, follows in calls.items()
    }


POINTS = {
    "commit by Ledger.record": Point(Story.SERVING, 12),
    "commit by Ledger.reserve": Point(Story.SERVING, 12),
    "commit by Ledger.complete": Point(Story.SERVING, 12),
    "commit by Ledger.close_post": Point(Story.SERVING, 3),
    "commit by Ledger.forget": Point(Story.SERVING, 3),
    "unlink by RunningFile.hold": Point(Story.SERVING),
    **_replaced("running.json", Story.SERVING),
    "draft of the directory": Point(Story.SERVING, 6),
    "rename by DirectoryKeeper._point_to": Point(Story.SERVING),
    "symlink by DirectoryKeeper._point_to": Point(Story.SERVING),
    "replace by DirectoryKeeper._point_to": Point(Story.SERVING),
    "fsync by DirectoryKeeper._point_to": Point(Story.SERVING, 4),
    "fsync folder by DirectoryKeeper._point_to": Point(Story.SERVING, 3),
    "rmtree by DirectoryKeeper._sweep": Point(Story.SERVING),
    "commit of ledger.db by _migrate": Point(Story.FIRST_START),
    "commit of records.db by _migrate": Point(Story.FIRST_START),
    "commit of post.db by _migrate": Point(Story.FIRST_START),
    "symlink by DirectoryKeeper.__init__": Point(Story.FIRST_START),
    "commit by RecordStore.replace_source": Point(Story.IMPORTING),
    **_replaced("quality", Story.IMPORTING),
    "commit by UnfinishedImports.begin": Point(Story.IMPORTING),
    "commit by UnfinishedImport.ask": Point(Story.IMPORTING),
    "commit by EvaluatedStrings.keeping": Point(Story.IMPORTING),
    "commit by UnfinishedImports.forget_old": Point(Story.SERVING),
    "commit by RecordStore.forget_expired": Point(Story.SERVING),
    "commit by CallBackStore.forget": Point(Story.SERVING),
    "commit by Notices.forget_old": Point(Story.SERVING),
    "commit by Ledger.record_asked": Point(Story.ASKING),
    **_replaced("evidence", Story.ACCUSING),
    **_created("store-key", Story.MAKING),
    **_replaced("keys.sealed", Story.MAKING),
    **_replaced("ceremony.sealed", Story.MAKING),
    **_replaced("root.json", Story.MAKING),
    **_replaced("policy.toml", Story.MAKING),
    **_replaced("registration.json", Story.MAKING),
    **_replaced("node.toml", Story.MAKING),
    "unlink by Ceremony._advance": Point(Story.CEREMONY),
    **_erased("share.sealed", Story.CEREMONY),
    **_replaced("ceremony-received.sealed", Story.CEREMONY, 9),
    **_replaced("share.sealed", Story.CEREMONY),
    **_replaced("ceremony-certificate", Story.CEREMONY),
    **_erased("ceremony.sealed", Story.KEY_NAMED),
    **_erased("ceremony-received.sealed", Story.KEY_NAMED),
    "commit of accounts.db by _migrate": Point(Story.ACCOUNTS),
    "commit by AccountStore.add": Point(Story.ACCOUNTS),
    "commit by AccountStore.change": Point(Story.ACCOUNTS),
    "commit by AccountStore.remove": Point(Story.ACCOUNTS),
    "commit by Shields.begin": Point(Story.SHIELDS),
    "commit by Shields.review": Point(Story.SHIELDS),
    "commit by Shields.add_namesake": Point(Story.SHIELDS),
    "commit by Shields.end": Point(Story.SHIELDS),
    "commit by Systems.add": Point(Story.SYSTEMS),
    "commit by Systems.remove": Point(Story.SYSTEMS),
    "commit by Systems._use": Point(Story.PAGES, 2),
    "commit by Systems.forget_old": Point(Story.PAGES),
    "commit of lookups.db by _migrate": Point(Story.PAGES),
    "commit by AccountStore.sign_in": Point(Story.PAGES, 2),
    "commit by AccountStore._count_failure": Point(Story.PAGES, 2),
    "commit by AccountStore.session": Point(Story.PAGES, 3),
    "commit by AccountStore.declare": Point(Story.PAGES, 2),
    "commit by AccountStore.complete": Point(Story.PAGES, 2),
    "commit by AccountStore.let_in": Point(Story.COUNCIL_SIGN_IN, 3),
    "commit by AccountStore.sign_out": Point(Story.PAGES, 2),
    "commit by AccountStore.sign_out_elsewhere": Point(Story.PAGES),
    "commit by AccountStore.begin_session": Point(Story.PAGES, 2),
    "commit by Passkeys.add": Point(Story.PAGES, 2),
    "commit by Passkeys.sign_in": Point(Story.PAGES, 2),
    "commit by Passkeys.remove": Point(Story.PAGES),
    "commit by AccountStore.forget_old": Point(Story.PAGES),
    "commit by KeptLookups.keep": Point(Story.PAGES, 2),
    "commit by KeptLookups.remove": Point(Story.PAGES, 2),
    "commit by KeptLookups.forget_old": Point(Story.PAGES),
    "commit by Reviews.keep": Point(Story.PAGES),
    "commit by Reviews.forget_old": Point(Story.PAGES),
    "commit by Applications.add": Point(Story.PAGES),
    "commit by Applications.change": Point(Story.PAGES),
    "commit by Applications.forget_old": Point(Story.PAGES),
    "commit by CallBacks.ask": Point(Story.PAGES),
    "commit by CallBacks._take": Point(Story.PAGES),
    "commit by CallBacks.do": Point(Story.PAGES),
    "commit by CallBacks.expect_check": Point(Story.PAGES),
    "commit by CallBacks.give": Point(Story.PAGES),
    "commit by CallBacks.take_given": Point(Story.PAGES),
    "commit by CallBacks.add_tags": Point(Story.PAGES),
    "commit by CallBacks.take_tags": Point(Story.PAGES),
    "commit of watches.db by _migrate": Point(Story.PAGES),
    "commit by Watches.begin": Point(Story.PAGES, 2),
    "commit by Watches.give": Point(Story.PAGES),
    "commit by WatchStore.change": Point(Story.PAGES, 2),
    "commit by WatchStore.remove": Point(Story.PAGES),
    "commit by LedgerLook.look": Point(Story.SERVING, 3),
    "commit by CallBacks.take_news": Point(Story.PAGES),
    "commit by CallBacks.looked": Point(Story.PAGES),
    "unlink by _listening": Point(Story.PAGES),
    "commit by Notices.saw": Point(Story.PAGES),
    "commit by Notices.saw_of_teams": Point(Story.PAGES),
    "commit by StoredOutbox.receipted": Point(Story.PAGES, 2),
}
"""A point that a process passes, killed or not, and that does not stand here fails its test."""

SIDES = [
    (name, after)
    for after in (False, True)
    for name, point in POINTS.items()
    if after or not point.follows
]
SEEDS = range(len(SIDES) + 10)
"""Each point before and after, and ten times any instant."""


def _suites() -> Iterator[int]:
    """Give the seeds of the suite: of each point one side, in turn before and after, and any
    instant; more than a hundred."""
    sides = cycle((False, True))
    for name, point in POINTS.items():
        yield SIDES.index((name, point.follows or next(sides)))
    yield from SEEDS[len(SIDES) :]


DRAWN = SEEDS if os.environ.get("WHOELSE_KILLS") == "all" else sorted(_suites())
"""The seeds of this run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one seed's process ends: at a point, or at an instant of the test's choosing."""

    seed: int
    story: Story
    kill: Kill | None

    @property
    def chance(self) -> random.Random:
        return random.Random(self.seed)

    def __str__(self) -> str:
        if self.kill is None:
            return f"{self.seed}: {self.story.name.lower()} at any instant"
        side = "after" if self.kill.after else "before"
        return f"{self.seed}: {side} {self.kill.point} number {self.kill.occurrence}"


def plan_of(seed: int) -> Plan:
    """Return a seed's plan: each point before and after, then any instant."""
    if seed >= len(SIDES):
        return Plan(seed, (Story.SERVING, Story.IMPORTING)[seed % 2], None)
    name, after = SIDES[seed]
    point = POINTS[name]
    occurrence = random.Random(seed).randint(1, point.times)
    return Plan(seed, point.story, Kill(name, occurrence, after))


def plans(*stories: Story) -> list[Plan]:
    """Return the plans of these stories, of the seeds of this run."""
    return [plan for plan in map(plan_of, DRAWN) if plan.story in stories]
