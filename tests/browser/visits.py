"""Somebody who knows nothing of the pages but the labels that can be seen."""

import time
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, ViewportSize

from node.web.signing_in import COOKIE
from tests.browser.reach import not_reached
from tests.node.accounts.council_service import SUBJECT

PASSWORD = "pewter lantern gravel"

POST_SECONDS = 20.0

CHILD = {
    "Surname": "Quarrington",
    "Forename": "Philippa",
    "Date of birth": "12 4 2016",
    "Postcode": "QX1 2AB",
}
"""The four fields of a common lookup, as they are typed: known to the second council alone."""


AXE = {"preload": False, "resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""With the one rule of WCAG 2.2 that axe-core leaves out unless it is told (2.5.8)."""

BARRIERS = """async (options) => {
  const { violations } = await axe.run(options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""
"""What axe-core finds, and no more of what it says: the browser takes longer to hand that over than
to look."""

WIDTHS = (1280, 320)
"""In pixels: 1,280 at 400 % are 320 (WCAG 1.4.10)."""

AT_400_PERCENT: ViewportSize = {"width": 320, "height": 256}
"""What a window of 1,280 by 1,024 pixels has room for."""

SIGNED_IN = "form.sign-out"
"""What stands on every page of somebody who is signed in: on a narrow one in the menu."""

_SESSIONS: dict[tuple[str, str], str] = {}
"""What a browser keeps, by address and username: a password is made slow to try."""


class Visit:
    """A visit, and what it cost: fields filled and things activated."""

    def __init__(self, page: Page, address: str, screenshots: Path) -> None:
        self.page = page
        self.address = address
        self.fields = self.activations = 0
        self.complaints: list[str] = []
        self._screenshots = screenshots
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, kind: str, text: str) -> None:
        # A form that comes back with errors is not found fault with.
        if kind in {"error", "warning"} and "422" not in text and "403" not in text:
            self.complaints.append(text)

    def sign_in(self, username: str) -> None:
        """Sign in, or go on with the session that somebody of this name has there."""
        context = self.page.context
        self.take_session(_SESSIONS.get((self.address, username), ""))
        self.page.goto("/")
        if not self.page.locator(SIGNED_IN).count():
            self.sign_in_anew(username)
            values = {each.get("name"): each.get("value", "") for each in context.cookies()}
            _SESSIONS[self.address, username] = values[COOKIE]

    def take_session(self, kept: str) -> None:
        """Go on with a session that somebody has here, if any."""
        if kept:
            # So that the browser takes it as what it is: for this host alone.
            secure = self.address.replace("http:", "https:")
            self.page.context.add_cookies(
                [{"name": COOKIE, "value": kept, "url": secure, "secure": True}]
            )

    def sign_in_anew(self, username: str) -> None:
        """Sign in with username and password."""
        self.page.goto("/sign-in")
        self.sign_in_here(username)

    def sign_in_here(self, username: str) -> None:
        """Sign in on the page that asks for it."""
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.locator(SIGNED_IN).wait_for(state="attached")
        promise = self.page.get_by_role("button", name="I promise this")
        if promise.is_visible():
            promise.click()

    def sign_in_at_the_council(self) -> None:
        """Sign in at the council's own service, and come back."""
        self.page.goto("/")
        self.page.get_by_role("button", name="Sign in with your council account").click()
        self.page.get_by_placeholder("sub").fill(SUBJECT)
        self.page.get_by_role("button", name="Authorize").click()
        self.page.locator(SIGNED_IN).wait_for(state="attached")
        # Of the service's own page, which looks for its style elsewhere.
        self.complaints.clear()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def choose(self, label: str) -> None:
        self.page.get_by_label(label).check()
        self.activations += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.activations += 1

    def follow(self, name: str) -> None:
        link, menu = self.page.get_by_role("link", name=name), self._menu
        link.or_(menu).first.wait_for()
        if menu.is_visible() and not link.is_visible():
            self.open_menu()
        link.click()
        self.activations += 1

    def open_menu(self) -> None:
        """Unfold the menu of a narrow page, on which a script has folded it."""
        self._menu.click()
        self.activations += 1

    @property
    def _menu(self) -> Locator:
        return self.page.get_by_role("button", name="Menu")

    def look_until(self, there: Locator) -> None:
        """Load the page again until there is something to be seen: post takes its time."""
        deadline = time.monotonic() + POST_SECONDS
        while not there.first.is_visible():
            assert time.monotonic() < deadline, f"{there} is not on the page"
            self.page.wait_for_timeout(100)
            self.page.reload()

    def tab_to(self, name: str) -> None:
        """Press Tab until what has this name has the focus, which must be seen."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self._name_in_focus() == name:
                return
        raise AssertionError(f"{name} is not reached by Tab")

    def choose_by_arrows(self, first: str, wanted: str) -> None:
        """Come to the first of some radios by Tab, and from there to another by the arrow keys."""
        self.tab_to(first)
        self.page.keyboard.press("Space")
        for _ in range(10):
            if self._name_in_focus() == wanted:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{wanted} is not reached by the arrow keys")

    def tab_to_link(self, name: str) -> None:
        """Come to a link by Tab that begins with this, and follow it."""
        link = self.page.get_by_role("link", name=name).first
        self.tab_to(link.inner_text().strip())
        self.page.keyboard.press("Enter")

    def _name_in_focus(self) -> str:
        name: str = self.page.evaluate(
            "(() => { const e = document.activeElement; "
            "return (e.labels && e.labels[0] ? e.labels[0] : e).innerText.trim(); })()"
        )
        return name

    def ask(self) -> None:
        """Fill in what is known of the child, say why, and ask everybody."""
        for label, text in CHILD.items():
            self.fill(label, text)
        self.choose("Section 47 enquiry")
        self.press("Ask every council")

    def wait_for_the_end(self) -> None:
        """Wait until every council has been heard from or given up."""
        self.page.get_by_text("3 of 3 answered").wait_for()

    def names_under(self, heading: str) -> list[str]:
        """Return the councils that stand under a heading."""
        section = self.page.get_by_role("region", name=heading)
        return section.get_by_role("heading", level=3).all_inner_texts()

    def screenshot(self, name: str, *, whole: bool = True) -> None:
        """Keep what the page looks like, or the window alone."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._screenshots / f"{name}.png", full_page=whole)

    def barriers(self) -> list[str]:
        """Return what axe-core finds on the page as it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[str] = self.page.evaluate(BARRIERS, AXE)
        return found

    def check(self, name: str) -> None:
        """Check the page as it is, in a wide window and a narrow one: no barrier, nothing beside
        the window; at 400 %, all is reached by Tab and seen. Keep what it looks like.

        WCAG 1.4.10, 2.1.1, 2.4.11 and what axe-core looks at.
        """
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.screenshot(name if width == WIDTHS[0] else f"{name}-{width}px")
            assert not self.is_wider_than_the_window()
            assert self.barriers() == []
        self.page.set_viewport_size(AT_400_PERCENT)
        self.screenshot(f"{name}-400-percent", whole=False)
        assert not self.is_wider_than_the_window()
        assert not_reached(self.page) == []

    def is_wider_than_the_window(self) -> bool:
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide


def file_name(state: str) -> str:
    """Return what the picture of a state is called."""
    return state.replace(", ", "-").replace(" ", "-")
