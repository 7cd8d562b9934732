"""What was typed of a child is searched for afterwards: in the browser's own folder, in every file
of the federation and in the hub's memory."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, expect

from deploy.demo.federation import Federation
from tests.browser.conftest import ARGUMENTS, SCREENSHOTS
from tests.browser.visits import Visit
from tests.properties.searching import found_in_files, found_in_memory

PLANTED = {
    "Surname": "Zyxwvutsson",
    "Forename": "Marmaduke",
    "Date of birth": "9/8/2017",
    "Postcode": "QX3 4GD",
    "NHS number": "999 000 0115",
}
"""Of a child that nobody holds."""

REFERENCE = "ZX-PLANTED-77"
"""Of a case, with which a case system leads to the form: browsers keep where a link led."""

FORMS = {*PLANTED.values(), "2017-08-09", "09/08/2017", "QX34GD", "9990000115"}
NEEDLES = [form.encode() for form in FORMS] + [form.encode("utf-16-le") for form in FORMS]


def test_nothing_of_a_child_is_left_in_the_browser_the_files_or_the_hub(
    chromium: Browser, federation: Federation, tmp_path: Path
) -> None:
    """Forms come back once with their entries and what is wrong, as they do to most people."""
    address, profile = f"http://localhost:{federation.plans[0].web_port}", tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=shutil.which("chromium"), args=ARGUMENTS, base_url=address
    )
    try:
        visitor = Visit(context.new_page(), address, SCREENSHOTS)
        visitor.sign_in_anew("pat")
        visitor.page.get_by_text("NHS number, UPN, other names and addresses").click()
        for label, text in PLANTED.items():
            visitor.fill(label, text)
        visitor.press("Ask every council")
        assert visitor.page.get_by_label("Surname", exact=True).input_value() == PLANTED["Surname"]
        visitor.choose("Section 47 enquiry")
        visitor.press("Ask every council")
        visitor.wait_for_the_end()
        _name_the_child_in_a_message(visitor)
        _name_the_child_in_a_request(visitor)
        visitor.page.goto(f"/ask#case-reference={REFERENCE}")
        expect(visitor.page.get_by_label("Case reference")).to_have_value(REFERENCE)
        visitor.page.goto("/lookups")
        visitor.page.wait_for_timeout(1_000)  # it writes its session down in its own time
    finally:
        context.close()

    assert found_in_files(profile, [b"/lookups/"]), "the search does not see the browser's history"
    assert found_in_files(federation.folder, [b"Quarrington"]), "nor the files"
    assert found_in_files(profile, NEEDLES) == {}
    assert found_in_files(federation.folder, [*NEEDLES, REFERENCE.encode()]) == {}
    assert found_in_memory(federation.pid(next(iter(federation.hub_urls))), NEEDLES) == set()


def _name_the_child_in_a_request(visitor: Visit) -> None:
    """Ask for the child to be hidden, and forget to say who asks."""
    visitor.page.goto("/families")
    child = "The child’s name and date of birth"
    visitor.fill(child, f"{PLANTED['Forename']} {PLANTED['Surname']}, {PLANTED['Date of birth']}")
    visitor.fill("Your name", f"A. {PLANTED['Surname']}")
    visitor.fill("How can we reach you without danger?", PLANTED["Postcode"])
    visitor.fill("Why is it dangerous that the child is found?", PLANTED["NHS number"])
    visitor.press("Send this request")
    visitor.page.get_by_text("There is a problem").wait_for()
    assert PLANTED["Surname"] in visitor.page.get_by_label(child).input_value()
    visitor.choose("A parent")
    visitor.press("Send this request")
    visitor.page.get_by_text("We have your request").wait_for()


def _name_the_child_in_a_message(visitor: Visit) -> None:
    """Write to a council what need not be written, and forget to say how soon."""
    message = f"It is {PLANTED['Forename']} {PLANTED['Surname']}"
    visitor.page.goto("/ask")
    visitor.ask()
    visitor.wait_for_the_end()
    visitor.follow("Ask Eastvale to ring you")
    visitor.fill("Message, if you like", message)
    visitor.press("Ask them to ring")
    visitor.page.get_by_text("There is a problem").wait_for()
    shown = visitor.page.get_by_label("Message, if you like")
    assert shown.input_value() == message
