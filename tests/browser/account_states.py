"""States of the pages of accounts."""

from tests.browser.states import State, after, signed_in_at
from tests.browser.visits import Visit


def _ada_at_pats(visit: Visit) -> None:
    visit.sign_in("ada")
    visit.page.goto("/accounts")
    visit.page.get_by_role("link", name="Pat Ashgrove").click()
    visit.page.get_by_role("heading", name="Pat Ashgrove").wait_for()


def _account_with_problems(visit: Visit) -> None:
    _ada_at_pats(visit)
    visit.page.get_by_label("Name", exact=True).fill("")
    visit.page.get_by_label("Practitioner").uncheck()
    visit.press("Save")
    visit.page.get_by_text("There is a problem").wait_for()


def _new_account_with_problems(visit: Visit) -> None:
    visit.sign_in("ada")
    visit.page.goto("/accounts/new")
    visit.press("Make the account")
    visit.page.get_by_text("There is a problem").wait_for()


def _to_remove(visit: Visit) -> None:
    _ada_at_pats(visit)
    visit.follow("Remove this account")


def _to_give_a_password(visit: Visit) -> None:
    _ada_at_pats(visit)
    visit.follow("Give a new password")


def _password(visit: Visit) -> None:
    visit.sign_in("ada")
    visit.page.goto("/accounts/new")
    for label, text in (
        ("Username", "nell"),
        ("Name", "Nell Orchard"),
        ("Telephone", "01632 960222"),
        ("Team", "Duty"),
    ):
        visit.fill(label, text)
    visit.choose("Duty officer")
    visit.press("Make the account")
    visit.page.get_by_text("It is not shown again").wait_for()


def _own_password_wrong(visit: Visit) -> None:
    visit.sign_in("ada")
    visit.page.goto("/password")
    visit.fill("Password now", "not mine")
    visit.fill("New password", "harvest lantern quill")
    visit.press("Change")
    visit.page.get_by_text("There is a problem").wait_for()


STATES: dict[str, State] = {
    "own password": signed_in_at("/password", "ada"),
    "own password, with problems": after(_own_password_wrong),
    "accounts": signed_in_at("/accounts", "ada"),
    "account": after(_ada_at_pats),
    "account, with problems": after(_account_with_problems),
    "account, to be removed": after(_to_remove),
    "account, to have a password": after(_to_give_a_password),
    "account, password": after(_password),
    "account, new": signed_in_at("/accounts/new", "ada"),
    "account, new, with problems": after(_new_account_with_problems),
}
