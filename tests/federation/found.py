"""Lists of operations and faults that once ended wrongly. None of them may again."""

from tests.federation.faults import HubFault, Lie, Point
from tests.federation.scenario import (
    Advance,
    Ask,
    Kill,
    LoadByKeyholders,
    Scenario,
    Start,
)

FOUND: dict[str, Scenario] = {
    # The keyholders whose replies it had not passed on were left out of the import as if they had
    # failed, and a fresh batch was counted at others, and again at those that were asked twice.
    "hub that breaks off in an import has its keyholders left out": Scenario(
        (
            Kill(1),
            LoadByKeyholders(6, (2,), waits=False),
            Advance(2.0),
            Start(0),
            Advance(120.0),
            Ask(1, 2),
        ),
        (HubFault(Lie.DIE, Point.LINE, skip=1, times=1),),
    ),
    # A hub is up for half a minute before all members have dialled again: the import took them for
    # gone and ended, though it outlives the restart itself.
    "import ends because members are not back at the hub that is": Scenario(
        (
            Kill(0),
            Kill(1),
            LoadByKeyholders(6, (2,), waits=False),
            Advance(30.5),
            Start(0),
            Advance(300.0),
            Ask(1, 2),
        ),
    ),
}
