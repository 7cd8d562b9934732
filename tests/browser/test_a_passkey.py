"""Signing in by the finger, in a browser with an authenticator of its own."""

from tests.browser.conftest import NewVisit
from tests.browser.visits import SIGNED_IN, Visit


def give_authenticator(visit: Visit) -> None:
    """Let the device verify its holder at once, as with a finger."""
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_is_added_used_and_removed(visit: NewVisit) -> None:
    ada = visit()
    give_authenticator(ada)
    ada.page.goto("/sign-in")
    ada.sign_in_here("ada")
    ada.follow("My details")
    ada.follow("My passkeys")
    ada.fill("Name of the new one", "My tablet")
    ada.press("Add a passkey")
    ada.page.get_by_text("My tablet").first.wait_for()
    ada.screenshot("passkeys")
    assert ada.barriers() == []
    ada.press("Sign out")
    ada.press("Sign in with a passkey")
    ada.page.locator(SIGNED_IN).wait_for(state="attached")
    ada.page.goto("/passkeys")
    ada.press("Remove")
    ada.page.get_by_text("You have none yet").wait_for()
    ada.screenshot("passkeys-none")
    assert ada.barriers() == []
    assert ada.complaints == []


def test_where_no_device_has_one_the_password_is_there(visit: NewVisit) -> None:
    ada = visit(width=320)
    give_authenticator(ada)
    ada.page.goto("/sign-in")
    ada.press("Sign in with a passkey")
    ada.page.get_by_text("No passkey was shown").wait_for()
    ada.screenshot("sign-in-no-passkey-320px")
    assert not ada.is_wider_than_the_window()
    assert ada.barriers() == []
    ada.sign_in_here("ada")
