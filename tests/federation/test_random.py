"""Random lists of operations and faults. `make simulate` tries many more."""

import os

import pytest
from hypothesis import given, settings

from tests.federation.drawing import SCENARIO
from tests.federation.federation import simulate
from tests.federation.oracle import problems
from tests.federation.scenario import Scenario

EXAMPLES = int(os.environ.get("WHOELSE_SIMULATIONS", "30"))


@pytest.mark.timeout(0)
@settings(max_examples=EXAMPLES)
@given(SCENARIO)
def test_whatever_happens_every_member_ends_with_one_true_outcome(scenario: Scenario) -> None:
    assert simulate(scenario, problems) == []
