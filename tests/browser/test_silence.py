"""A council that does not reply: what is seen meanwhile and at the end, and asking it again."""

import os
import signal
from collections.abc import Iterator

import pytest

from deploy.demo.federation import Federation, NodePlan
from tests.browser.conftest import NewVisit

SILENT = 2
"""The place of the council that hangs."""

ROUND_MS = 40_000
"""More than a hub waits for a reply."""


@pytest.fixture
def silent(federation: Federation) -> Iterator[NodePlan]:
    """A council whose node hangs, until the test or its end lets it go on."""
    plan = federation.plans[SILENT]
    pid = federation.pid(plan.id)
    _signal(pid, signal.SIGSTOP)
    yield plan
    _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)


def test_is_named_and_can_be_asked_again(
    visit: NewVisit, federation: Federation, silent: NodePlan
) -> None:
    pat = visit()
    pat.sign_in("pat")
    pat.ask()
    page = pat.page
    page.get_by_text("2 of 3 answered").wait_for()
    pat.check("answers-arriving")
    again = page.get_by_role("button", name="Ask those that did not reply again")
    assert not again.is_visible()
    page.get_by_role("heading", name="Not heard from").wait_for(timeout=ROUND_MS)
    assert pat.names_under("Not heard from") == [silent.name]
    assert silent.duty_line in page.get_by_role("region", name="Not heard from").inner_text()
    again.wait_for()
    pat.check("answers-not-heard")
    _signal(federation.pid(silent.id), signal.SIGCONT)
    # It may have lost its link while it hung, and is unreachable until it has a new one.
    all_heard = page.get_by_text("3 of 3 answered")
    while not all_heard.is_visible():
        again.click()
        all_heard.or_(again).first.wait_for(timeout=ROUND_MS)
    pat.wait_for_the_end()
    assert pat.complaints == []


def test_answers_that_break_off_are_not_taken_for_all(visit: NewVisit, silent: NodePlan) -> None:
    """As at a node that was started again: it does not know the lookup any more."""
    del silent
    pat = visit()
    pat.sign_in("pat")
    pat.page.route("**/events?*", lambda route: route.fulfill(status=404))
    pat.ask()
    pat.page.get_by_role("alert").get_by_text("stopped coming before all were here").wait_for()
    pat.check("answers-broken-off")
