"""Where somebody can be rung, as they say it."""

from node.accounts.model import AccountRole
from tests.node.web.visiting import Town, Visitor


def test_the_number_is_what_others_are_told_from_now_on(town: Town, pat: Visitor) -> None:
    assert "020 7946 0001" in pat.get("/details").text
    assert pat.post("/details", telephone=" 020 7946  0999 ").headers["location"] == "/"
    pat.post("/ask", nhs_number="999 000 0107", purpose="1")
    town.settle()
    assert town.lookups.asked[-1].who.telephone == "020 7946 0999"


def test_a_team_that_was_given_stays(town: Town) -> None:
    """A manager sees what is overdue in the own team, and cannot choose another."""
    mo = town.visitor("mo", AccountRole.TEAM_MANAGER, team="Front door")
    assert 'name="team"' not in mo.get("/details").text
    mo.post("/details", telephone="020 7946 0999", team="Another team")
    (account,) = town.accounts.all()
    assert (account.telephone, account.team) == ("020 7946 0999", "Front door")


def test_what_cannot_be_told_is_typed_again(town: Town, pat: Visitor) -> None:
    for telephone in ("", "   ", "1" * 200, "020\x007946", "<script>\u202e"):
        page = pat.send_faulty("/details", telephone=telephone)
        assert "<script>" not in page.split("</head>")[1].split("<script type")[0]
    (account,) = town.accounts.all()
    assert account.telephone == "020 7946 0001"


def test_the_password_is_still_the_same(town: Town, pat: Visitor) -> None:
    pat.post("/details", telephone="020 7946 0999")
    assert town.visitor().sign_in("pat").headers["location"] == "/"
