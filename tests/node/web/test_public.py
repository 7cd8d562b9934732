"""Pages that anybody may read."""

from dataclasses import replace

import pytest

from node.web.app import create_site
from node.web.words import SECTIONS
from tests.node.small_federation import DIRECTORY
from tests.node.web.visiting import Town, Visitor

PAGES = ("/about", "/help", "/accessibility", "/families")


def test_every_page_leads_to_them(town: Town, pat: Visitor) -> None:
    for visitor in (pat, town.visitor()):
        for page in PAGES:
            shown = visitor.get(page).text
            assert all(f'href="{other}"' in shown for other in PAGES)
            assert ('href="/activity"' in shown) == (visitor is pat)


def test_help_says_what_every_answer_means(town: Town) -> None:
    shown = town.visitor().get("/help").text
    for section in SECTIONS:
        assert section.title in shown
        assert section.meaning in shown


@pytest.mark.parametrize("page", ["/help", "/accessibility"])
def test_help_is_where_the_council_says(town: Town, page: str) -> None:
    assert "whoever runs this service at your council" in town.visitor().get(page).text
    town.parts = replace(town.parts, help_line="Ring the service desk, 020 7946 0777 <9 to 5>.")
    town.site = create_site(town.parts)
    assert "020 7946 0777 &lt;9 to 5&gt;" in town.visitor().get(page).text


@pytest.mark.usefixtures("pat")
def test_where_nobody_is_real_every_page_says_so(town: Town) -> None:
    said = "Nothing that you do here reaches anybody"
    pages = (*PAGES, "/sign-in", "/ask", "/nowhere")
    for practice in (False, True):
        town.directory = replace(DIRECTORY, practice=practice)
        visitor = Visitor(town)
        visitor.sign_in("pat")
        for page in pages:
            shown = visitor.get(page).text
            assert (said in shown) == ("WhoElse practice, Council 1</title>" in shown) == practice
