"""What a browser can say of a page that axe-core does not look at: whether all is reached by Tab
and seen when it is, and whether text that is spaced is cut off."""

from playwright.sync_api import Page

CONTROLS = """() => {
  const all = document.querySelectorAll(
    "a[href], button, summary, select, textarea, input:not([type=hidden])"
  );
  const isReached = (e) => {
    if (!e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.type !== "radio") return true;
    // Tab comes to the one of a group that is chosen, or the first; the arrows to each of them.
    const group = [...all].filter((other) => other.type === "radio" && other.name === e.name);
    return e === (group.find((other) => other.checked) ?? group[0]);
  };
  window.controls = [...all].filter(isReached);
  return window.controls.map((e) => e.outerHTML.slice(0, 120));
}"""

FOCUS = """() => {
  const e = document.activeElement;
  const isSeen = [...e.getClientRects()].some((box) => {
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    if (right - left < 1 || bottom - top < 1) return false;
    return e.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  });
  return [window.controls.indexOf(e), isSeen];
}"""

SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }
  `);
  document.adoptedStyleSheets.push(sheet);
}"""

CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((e) => {
  // What is one pixel wide is for those who hear the page.
  if (e instanceof SVGElement || e.clientWidth <= 1) return false;
  const { overflowX, overflowY } = getComputedStyle(e);
  const hides = (overflow) => ["hidden", "clip"].includes(overflow);
  return (hides(overflowX) && e.scrollWidth > e.clientWidth + 1)
    || (hides(overflowY) && e.scrollHeight > e.clientHeight + 1);
}).map((e) => e.outerHTML.slice(0, 120))"""


def not_reached(page: Page) -> list[str]:
    """Press Tab through the page; return the controls that are not come to, or not seen then."""
    controls: list[str] = page.evaluate(CONTROLS)
    seen = set()
    for _ in range(len(controls) + 3):
        page.keyboard.press("Tab")
        place, is_seen = page.evaluate(FOCUS)
        if is_seen:
            seen.add(place)
    return [name for place, name in enumerate(controls) if place not in seen]


def focus_is_seen(page: Page) -> bool:
    page.evaluate(CONTROLS)
    place, is_seen = page.evaluate(FOCUS)
    return bool(is_seen) and place >= 0


def space_text(page: Page) -> None:
    """Space the text as readers may have to (WCAG 1.4.12)."""
    # Not as a style of the page, which its policy forbids.
    page.evaluate(SPACING)


def cut_off(page: Page) -> list[str]:
    """Return what hides a part of what is in it."""
    found: list[str] = page.evaluate(CUT_OFF)
    return found
