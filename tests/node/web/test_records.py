"""A data steward's page: what has been loaded here, how complete it is, and what to mend first."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from node.accounts.model import AccountRole
from node.records.importing.content import FileContent
from node.records.importing.report import ReportBuilder
from node.records.importing.rows import ParsedRow
from node.records.quality import Quality, measure, save_quality
from node.records.quality_table import parts
from node.running import Running
from protocol.matching.keys import MATCHING_VERSION
from tests.node.small_federation import (
    BORN_ON,
    DIRECTORY,
    TODAY,
    child,
    involvement,
    load,
    make_directory,
    oprf_key,
    record,
)
from tests.node.web.visiting import Town, Visitor

HOUR_MS = 3_600_000
COMPLETE = Quality(rows=2, found={"certain": 2, "strong": 2}, teams=1)
HOSTILE = '<script>"Duty" & more</script>'


@pytest.fixture
def stu(town: Town) -> Visitor:
    return town.visitor("stu", AccountRole.DATA_STEWARD)


def words(visitor: Visitor, path: str = "/records") -> str:
    """Return a page without what is only laid out."""
    return " ".join(visitor.get(path).text.split())


def measured(town: Town, quality: Quality, source: str = "main", hours_ago: int = 1) -> None:
    """Have the counts of a source's load there, written so long ago."""
    path = town.node_folder.quality(source)
    save_quality(path, quality)
    seconds = (town.clock.now_ms - hours_ago * HOUR_MS) / 1000
    os.utime(path, (seconds, seconds))


@contextmanager
def answering_from(town: Town, load_number: int) -> Iterator[None]:
    """Have a node run that answers from this load."""
    running = town.node_folder.running
    with running.hold():
        running.write(Running((), load_number))
        yield


def test_before_the_first_load_it_says_how_to_load(stu: Visitor) -> None:
    page = words(stu)
    assert "Nothing has been loaded here yet." in page
    assert "whoelse-node import FOLDER FILE --source NAME" in page
    assert "<table" not in page
    assert "Warning" not in page


def test_how_many_records_are_held_and_declared(town: Town, stu: Visitor) -> None:
    load(town.records, [record(child(), "R-1"), record(child(forename="Anne"), "R-2")])
    measured(town, COMPLETE)
    page = words(stu)
    assert 'Records held </dt> <dd class="govuk-summary-list__value"> 2 <' in page
    assert "1,000. An import of more is refused." in page
    assert "Nothing has been loaded here yet" not in page


@pytest.mark.parametrize("is_there", [False, True], ids=["no directory", "without this council"])
def test_what_is_declared_may_not_be_known(town: Town, stu: Visitor, is_there: bool) -> None:
    load(town.records, [record(child())])
    town.directory = replace(DIRECTORY, members={}) if is_there else None
    assert "Not known: there is no valid directory with this council in it." in words(stu)


def test_every_source_has_its_time_and_its_tables(town: Town, stu: Visitor) -> None:
    quality = Quality(
        rows=8,
        held={"NHS number": 6, "UPN": 0},
        found={"certain": 8, "strong": 8},
        placeholders={"surname": 1_000},
        teams=2,
        teams_without_out_of_hours_line=1,
    )
    measured(town, quality, "early help", hours_ago=30)
    measured(town, COMPLETE, "main", hours_ago=3)
    page = words(stu)
    assert page.index("Source early help") < page.index("Source main")
    assert "14 June at " in page
    assert "30 hours ago. Rows of the file that can be loaded: 8." in page
    assert "3 hours ago" in page
    for part in parts(quality, None):
        assert f'govuk-table__caption--s">{part.heading}</caption>' in page
        for name in part.now:
            assert f'<th scope="row" class="govuk-table__header">{name}</th>' in page
    numeric = '<td class="govuk-table__cell govuk-table__cell--numeric">'
    assert f"NHS number</th> {numeric}6</td> {numeric}75%</td>" in page
    assert f"surname</th> {numeric}1,000</td>" in page
    assert f"without an out-of-hours number</th> {numeric}1</td> {numeric}50%</td>" in page


def test_what_to_mend_first_stands_in_order(town: Town, stu: Visitor) -> None:
    quality = Quality(
        rows=200,
        found={"certain": 190, "strong": 150},
        repeated=2,
        stale_contacts=20,
        teams=4,
        teams_without_duty_line=("Early Help",),
        small_teams_without_duty_line=1,
    )
    measured(town, quality)
    page = words(stu)
    said = [
        "<li>Teams without a duty line of their own: 2 (50%). They are listed below.</li>",
        "<li>Contacts not updated for 365 days: 20 (10%).</li>",
        "<li>Rows without a key that makes the child strong: 50 (25%). It takes",
        "<li>Rows whose child has another case reference too: 2 (1%).</li>",
    ]
    places = [page.index(each) for each in said]
    assert places == sorted(places)
    assert "<li>Early Help</li>" in page
    assert "<li>1 team of fewer than 3 children, which are not named</li>" in page
    assert "Nothing that is counted needs mending" not in page


def test_complete_records_need_no_mending(town: Town, stu: Visitor) -> None:
    measured(town, COMPLETE)
    page = words(stu)
    assert "Nothing that is counted needs mending." in page
    assert "duty line of their own</h3>" not in page


def test_a_hostile_name_is_escaped(town: Town, stu: Visitor) -> None:
    quality = Quality(
        rows=1, placeholders={HOSTILE: 1}, teams=1, teams_without_duty_line=(HOSTILE,)
    )
    measured(town, quality, source="a & <b>")
    page = stu.get("/records").text
    assert "&lt;script&gt;&#34;Duty&#34; &amp; more" in page
    assert "Source a &amp; &lt;b&gt;" in page
    assert '"Duty"' not in page


def test_nothing_of_a_child_is_in_it(town: Town, stu: Visitor) -> None:
    rows = [
        ParsedRow(2, child(), "PLANTED-1", involvement(updated_on=date(2020, 1, 1))),
        ParsedRow(3, child(nhs_number=""), "PLANTED-2", involvement(worker="Planted Worker")),
        ParsedRow(4, child(upn=""), "PLANTED-3", involvement()),
    ]
    general = [involvement().contact.telephone]
    load(town.records, [record(child(), "PLANTED-1")])
    measured(town, measure(FileContent(rows, ReportBuilder().build()), TODAY, general))
    # What is around it has random marks.
    _, _, page = stu.get("/records").text.partition("<main")
    page, _, _ = page.partition("</main>")
    assert "Family Support North" in page
    for planted in ("Mary", "Smith", "943", "SW1A", f"{BORN_ON:%Y}", "PLANTED", "Planted", "0999"):
        assert planted not in page, planted


def test_an_import_that_has_not_ended_is_said_of_its_source(town: Town, stu: Visitor) -> None:
    said = "begun or gone on with on 15 June 2025 has not come to its end"
    load(town.records, [record(child())], "main")
    load(town.records, [record(child())], "other")
    key_id = oprf_key().key_id
    town.records.unfinished.begin("other", key_id, MATCHING_VERSION, TODAY)
    page = words(stu)
    assert page.count(said) == 1
    assert page.index("Source other") < page.index(said)
    load(town.records, [record(child())], "other")
    assert said not in words(stu)


def test_the_first_import_of_a_source_may_not_have_ended(town: Town, stu: Visitor) -> None:
    town.records.unfinished.begin("main", oprf_key().key_id, MATCHING_VERSION, TODAY)
    page = words(stu)
    assert "15 June 2025 has not come to its end" in page
    assert "Nothing has been loaded here yet." in page


@pytest.mark.parametrize("answers_from", [0, 1, 2])
def test_says_when_the_node_answers_from_an_earlier_load(
    town: Town, stu: Visitor, answers_from: int
) -> None:
    load(town.records, [record(child())])
    load(town.records, [record(child())])
    with answering_from(town, answers_from):
        page = words(stu)
    assert ("does not answer from the last load yet" in page) == (answers_from < 2)


def test_says_which_sources_are_to_be_loaded_again(town: Town, stu: Visitor) -> None:
    load(town.records, [record(child())], "main")
    with answering_from(town, 1):
        assert "answers nothing" not in words(stu)
        town.directory = make_directory(matching_version=MATCHING_VERSION + 1)
        page = words(stu)
        assert "answers nothing until every source has been loaded again" in page
        assert "changed since these were: main." in page
        town.directory = replace(DIRECTORY, oprf_key=replace(oprf_key(), key_id=bytes(8)))
        assert "changed since these were: main." in words(stu)


def test_records_without_counts_are_shown_all_the_same(town: Town, stu: Visitor) -> None:
    load(town.records, [record(child())], "main")
    page = words(stu)
    assert "Source main" in page
    assert "How complete it is stands here when it has been loaded again." in page
    town.node_folder.quality("main").parent.mkdir()
    town.node_folder.quality("main").write_text("{}, and more")
    assert "when it has been loaded again" in words(stu)


@pytest.mark.parametrize(
    ("roles", "first"),
    [
        pytest.param((AccountRole.DATA_STEWARD,), "/records", id="data steward"),
        pytest.param((AccountRole.DATA_STEWARD, AccountRole.PRACTITIONER), "/ask", id="and asks"),
        pytest.param((AccountRole.SHIELDING_OFFICER,), "/asked-about", id="shielding officer"),
        pytest.param((AccountRole.ADMINISTRATOR,), "/accounts", id="administrator"),
        pytest.param((AccountRole.AUDITOR,), "/about", id="auditor"),
    ],
)
def test_everybody_comes_to_a_page_of_theirs(
    town: Town, roles: tuple[AccountRole, ...], first: str
) -> None:
    somebody = town.visitor("somebody", *roles)
    assert somebody.get("/").headers["location"] == first
    page = somebody.get(first)
    assert page.status_code == 200
    is_steward = AccountRole.DATA_STEWARD in roles
    assert ('href="/records"' in page.text) == is_steward
    assert ('href="/records"' in words(somebody, "/help")) == is_steward


def test_nobody_else_is_led_to_it(town: Town) -> None:
    others = set(AccountRole) - {AccountRole.DATA_STEWARD}
    mo = town.visitor("mo", *others)
    assert 'href="/records"' not in mo.get("/ask").text
    assert mo.get("/records").status_code == 403
