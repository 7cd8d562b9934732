"""What a hostile council writes into its contact card is text in a real browser, however it comes:
with the page, by an event while the page is open, or piece by piece without a script."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import AtTheTown
from tests.browser.small_town import Seen
from tests.node.asking.scripted import known
from tests.node.web.test_asking import TYPED
from tests.node.web.visiting import Town

MARKUP = "</dd></dl><img src=x onerror='window.hit=1'><b>bold</b>"


class Hostile:
    """A council that answers with markup, once it is let."""

    def __init__(self, path: str, *, before: bool) -> None:
        self._path = path
        self._before = before
        self._let: Callable[[], None] = lambda: None

    def come(self, town: Town) -> Seen:
        pat = town.visitor("pat")
        town.lookups.results = [known(2, worker=MARKUP)]
        town.lookups.hold()
        address = str(pat.post("/ask", **TYPED).headers["location"])
        if self._before:
            town.lookups.go_on()
        else:
            self._let = lambda: town.meanwhile(town.lookups.go_on)
        return Seen(pat, f"{address}{self._path}", "answered")

    def let_answer(self) -> None:
        """Have it answer while the page is open, if it has not before."""
        self._let()


@pytest.mark.parametrize(
    ("path", "before", "script"),
    [
        pytest.param("", True, True, id="with the page"),
        pytest.param("", False, True, id="by an event"),
        pytest.param("/as-they-come", False, False, id="piece by piece"),
    ],
)
def test_markup_of_a_hostile_council_is_text(
    at_the_town: AtTheTown, path: str, before: bool, script: bool
) -> None:
    hostile = Hostile(path, before=before)
    visitor = at_the_town(hostile.come, script=script)
    hostile.let_answer()
    visitor.page.get_by_text(MARKUP).wait_for()
    assert visitor.page.locator(".answer img, .answer b, .contact img").count() == 0
    assert visitor.page.evaluate("window.hit") is None
    assert visitor.complaints == []
