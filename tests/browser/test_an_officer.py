"""A parent asks for a child to be hidden; an officer shields it, another one ends that with her."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisit
from tests.browser.visits import Visit

HOLDER = 1
"""The place of the council that holds the children."""

NUMBER = "01632 960333"
"""Of the team that has them."""

CHILDREN = {
    "B-2": {
        "Surname": "Lapwing",
        "Forename": "Imogen",
        "Date of birth": "20 1 2015",
        "Postcode": "EV2 2BB",
    },
    "B-3": {
        "Surname": "Dunnock",
        "Forename": "Rafferty",
        "Date of birth": "30 8 2013",
        "Postcode": "EV4 7AB",
    },
}
"""Known to the second council alone, by their case references there."""


@pytest.mark.parametrize(
    ("script", "width", "case"),
    [(True, 1280, "B-2"), (False, 320, "B-3")],
    ids=["script", "no script"],
)
def test_shields_a_child_as_a_parent_asks(
    visit: NewVisit, script: bool, width: int, case: str
) -> None:
    def come(place: int, username: str) -> Visit:
        visitor = visit(script=script, width=width, place=place)
        visitor.sign_in(username)
        return visitor

    assert _is_known(come(0, "pat"), case)
    _ask_to_be_hidden(visit(script=script, width=width, place=HOLDER), case)

    olu = come(HOLDER, "olu")
    olu.follow("Shielded children (1)")
    olu.follow("Planted Parent")
    olu.fill("How did you make sure who asks, and what they are to the child?", "By passport")
    olu.fill("Why do you decide so?", "A threat")
    olu.choose("The child is shielded")
    olu.fill("Case reference", case)
    olu.choose("In a month")
    olu.press("Decide")
    expect(olu.page.get_by_role("heading", level=1)).to_have_text(f"Shielded child of case {case}")
    olu.follow("See who was told of this child before")
    expect(olu.page.get_by_text("Pat Ashgrove")).to_be_visible()

    assert not _is_known(come(0, "pat"), case)
    olu.page.goto("/asked-about")
    alert = olu.page.get_by_role("listitem").filter(has_text=f"Case {case}")
    olu.look_until(alert)
    expect(alert.get_by_role("link", name="01632 960111")).to_be_visible()
    expect(alert).to_contain_text("Pat Ashgrove, practitioner, Front door, Northmoor")

    _end(olu, case, "Ask for it to end")
    assert not _is_known(come(0, "pat"), case)
    _end(come(HOLDER, "sade"), case, "End the shield")
    assert _is_known(come(0, "pat"), case)
    assert olu.complaints == []


def _is_known(asker: Visit, case: str) -> bool:
    """Ask about a child; return whether it is said whom to ring."""
    for label, text in CHILDREN[case].items():
        asker.fill(label, text)
    asker.choose("Section 47 enquiry")
    asker.press("Ask every council")
    asker.wait_for_the_end()
    return asker.page.get_by_role("link", name=NUMBER).count() > 0


def _ask_to_be_hidden(parent: Visit, case: str) -> None:
    """Ask on the page that anybody may read, once with something left out."""
    parent.page.goto("/about")
    parent.follow("For children and families")
    child = CHILDREN[case]
    parent.choose("A parent")
    parent.fill("Your name", "Planted Parent")
    parent.fill("The child’s name and date of birth", f"{child['Forename']} {child['Surname']}")
    parent.fill("Why is it dangerous that the child is found?", "A threat")
    parent.press("Send this request")
    parent.page.get_by_text("There is a problem").wait_for()
    parent.fill("How can we reach you without danger?", "020 7946 0888, before three")
    parent.press("Send this request")
    expect(parent.page.get_by_text("We have your request")).to_be_visible()
    assert parent.complaints == []


def _end(officer: Visit, case: str, words: str) -> None:
    officer.page.goto("/shields")
    officer.follow(f"Case {case}")
    officer.press(words)
