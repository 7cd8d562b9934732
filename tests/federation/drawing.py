"""How hypothesis draws a scenario: short lists, so that a found one is soon a small one."""

from hypothesis import strategies as st

from protocol.messages.stream import FailureReason
from tests.federation.faults import (
    ALWAYS,
    AT_A_KEYHOLDER,
    LIES,
    HubFault,
    MemberFault,
    Point,
    Trouble,
)
from tests.federation.holdings import CHILDREN
from tests.federation.scenario import (
    BEFORE_THE_HOUR_MS,
    Advance,
    Ask,
    Change,
    DropLinks,
    Fetch,
    Kill,
    Load,
    LoadByKeyholders,
    Operation,
    Post,
    Publish,
    Restart,
    Scenario,
    Start,
    ToTheHour,
)
from tests.node.small_federation import KEYHOLDERS, MEMBERS

MOST_QUESTIONS = 4
MOST_FAULTS = 4

MEMBER = st.integers(1, MEMBERS)
HUB = st.integers(0, 1)
CHILD = st.integers(0, len(CHILDREN) - 1)

ASK = st.builds(Ask, MEMBER, CHILD, st.booleans(), st.booleans())

OTHER: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Load, MEMBER, st.lists(CHILD, unique=True).map(tuple)),
    st.builds(LoadByKeyholders, MEMBER, st.just((2,)), st.booleans()),
    st.builds(Kill, HUB),
    st.builds(Start, HUB),
    st.builds(DropLinks, HUB),
    st.builds(Restart, MEMBER),
    st.builds(Post, MEMBER, MEMBER),
    st.builds(Publish, st.sampled_from(Change), st.lists(MEMBER, unique=True).map(tuple)),
    st.builds(Fetch, MEMBER),
    st.builds(Advance, st.sampled_from((0.003, 0.02, 0.07, 0.3, 3.0, 40.0, 130.0, 1300.0))),
    st.builds(ToTheHour, st.sampled_from((-5.0, -0.1, 0.0, 0.1, 5.0, 119.0))),
)


@st.composite
def operations(draw: st.DrawFn) -> tuple[Operation, ...]:
    """Draw questions, and what is done before, between and behind them."""
    drawn: list[Operation] = []
    for _ in range(draw(st.integers(1, MOST_QUESTIONS))):
        drawn += draw(st.lists(OTHER, max_size=2))
        drawn.append(draw(ASK))
    return (*drawn, *draw(st.lists(OTHER, max_size=2)))


@st.composite
def hub_faults(draw: st.DrawFn) -> HubFault:
    """Draw a lie at a place where a hub can tell it."""
    point = draw(st.sampled_from(Point))
    return HubFault(
        lie=draw(st.sampled_from(LIES[point])),
        point=point,
        hub=draw(st.sampled_from((0, 0, 1))),
        member=draw(st.sampled_from((0, 0, 0, *range(1, MEMBERS + 1)))),
        skip=draw(st.sampled_from((0, 0, 1, 3, 7, 12))),
        times=draw(st.sampled_from((1, 3, ALWAYS))),
        other=draw(MEMBER),
        seconds=draw(st.sampled_from((0.05, 1.0, 25.0, 130.0))),
        reason=draw(st.sampled_from(FailureReason)),
    )


@st.composite
def member_faults(draw: st.DrawFn) -> MemberFault:
    """Draw what is wrong with a member that can have it."""
    trouble = draw(st.sampled_from(Trouble))
    most = KEYHOLDERS if trouble in AT_A_KEYHOLDER else MEMBERS
    seconds = 0.0
    if trouble is Trouble.SLOW:
        seconds = draw(st.sampled_from((0.5, 5.0, 40.0)))
    if trouble is Trouble.SKEWED:
        seconds = draw(st.sampled_from((-121.0, -119.0, -60.0, -5.0, 5.0, 60.0, 119.0, 121.0)))
    return MemberFault(trouble, draw(st.integers(1, most)), seconds)


SCENARIO = st.builds(
    Scenario,
    operations=operations(),
    faults=st.lists(st.one_of(hub_faults(), member_faults()), min_size=1, max_size=MOST_FAULTS).map(
        tuple
    ),
    seed=st.integers(0, 1000),
    begin_ms=st.just(BEFORE_THE_HOUR_MS),
)
