"""The form, and what becomes of what is typed."""

import asyncio
import gc
import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import httpx
import pytest
from starlette.datastructures import FormData
from structlog.testing import capture_logs

from node.accounts.model import AccountRole
from node.web import held_forms
from node.web.held_forms import MOST_HELD, HeldForm, HeldForms
from protocol.messages.vocabulary import Outcome, Role
from tests.node.asking.scripted import known, of
from tests.node.small_federation import at, council, identity_of
from tests.node.web.visiting import Town, Visitor

CHILD = {
    "surname": "Plantedsurname",
    "forename": "Plantedforename",
    "date_of_birth": "27 3 2015",
    "postcode": "QX1 2AB",
}
TYPED = CHILD | {"purpose": "1", "reference": "CASE-77"}


def test_what_is_typed_is_asked(town: Town, pat: Visitor) -> None:
    response = pat.post("/ask", **TYPED, protected_location="yes")
    town.settle()
    (asked,) = town.lookups.asked
    assert response.status_code == httpx.codes.SEE_OTHER
    child = identity_of(asked)
    assert child.surnames == ("PLANTEDSURNAME",)
    assert child.date_of_birth == date(2015, 3, 27)
    assert (asked.purpose, asked.role) == (1, Role.PRACTITIONER)
    who = asked.who
    assert (who.name, who.team, who.telephone) == ("Pat Worker", "Front door", "020 7946 0001")
    assert (who.reference, who.protected_location) == ("CASE-77", True)


def test_a_number_is_enough(town: Town, pat: Visitor) -> None:
    assert pat.post("/ask", nhs_number="999 000 0107", purpose="2").status_code == 303
    town.settle()
    assert identity_of(town.lookups.asked[0]).nhs_number == "9990000107"


def test_others_are_told_the_role_of_whoever_asks(town: Town) -> None:
    dana = town.visitor("dana", AccountRole.DUTY_OFFICER, AccountRole.AUDITOR)
    dana.post("/ask", **TYPED)
    town.settle()
    assert town.lookups.asked[0].role is Role.DUTY_OFFICER


@pytest.mark.usefixtures("london")
def test_a_child_born_today_can_be_asked_about_at_half_past_midnight(town: Town) -> None:
    town.clock.now_ms = at(2025, 7, 1, 23, 30)
    pat = town.visitor("pat")
    assert pat.post("/ask", **TYPED | {"date_of_birth": "2 7 2025"}).status_code == 303
    town.settle()
    assert identity_of(town.lookups.asked[0]).date_of_birth == date(2025, 7, 2)


def sent_back(visitor: Visitor, **typed: str) -> httpx.Response:
    """Return the page that shows a form again: one of its own, which has no body."""
    response = visitor.post("/ask", **typed)
    assert response.status_code == httpx.codes.SEE_OTHER
    assert response.content == b""
    return visitor.get(shown_at(response))


def shown_at(response: httpx.Response) -> str:
    """Return where a form is shown again, which is the page of the form."""
    address = response.headers["location"]
    assert re.fullmatch(r"/[^?]+\?mend=[\w-]{12}", address)
    return str(address)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"surname": "", "forename": ""}, "Give three of surname", id="too little"),
        pytest.param({"date_of_birth": "31 2 2015"}, "Date of birth:", id="no such day"),
        pytest.param({"nhs_number": "999 000 0108"}, "NHS number:", id="a wrong number"),
        pytest.param({"purpose": ""}, "Choose why you ask", id="no purpose"),
        pytest.param({"purpose": "99"}, "Choose why you ask", id="no such purpose"),
        pytest.param({"reference": "x" * 500}, "Reference: keep it to", id="a long reference"),
    ],
)
def test_what_cannot_be_asked_comes_back_with_what_was_typed(
    town: Town, pat: Visitor, changed: dict[str, str], said: str
) -> None:
    response = sent_back(pat, **TYPED | changed)
    assert "There is a problem" in response.text
    assert said in response.text
    assert 'value="QX1 2AB"' in response.text
    assert town.lookups.asked == []


def test_without_a_directory_nobody_can_be_asked(town: Town, pat: Visitor) -> None:
    town.directory = None
    response = sent_back(pat, **TYPED)
    assert "no valid directory" in response.text


def test_what_was_typed_is_shown_once_and_to_nobody_else(town: Town, pat: Visitor) -> None:
    other = town.visitor("jo", AccountRole.PRACTITIONER)
    address = shown_at(pat.post("/ask", **TYPED | {"purpose": ""}))
    assert TYPED["surname"] not in other.get(address).text
    assert TYPED["surname"] not in pat.get("/ask").text
    again = pat.get(address).text
    assert TYPED["surname"] in again
    assert "Choose why you ask" in again
    empty = pat.get(address).text
    assert TYPED["surname"] not in empty
    assert "There is a problem" not in empty


def test_two_tabs_never_show_each_others_child(pat: Visitor) -> None:
    names = ["Plantedone", "Plantedtwo"]
    tabs = [shown_at(pat.post("/ask", **TYPED | {"surname": n, "purpose": ""})) for n in names]
    for name, address in reversed([*zip(names, tabs, strict=True)]):
        shown = pat.get(address).text
        assert [each for each in names if each in shown] == [name]


def test_the_oldest_of_too_many_forms_is_let_go(pat: Visitor) -> None:
    faulty = TYPED | {"purpose": ""}
    first, *others = (shown_at(pat.post("/ask", **faulty)) for _ in range(MOST_HELD + 1))
    assert TYPED["surname"] not in pat.get(first).text
    assert all(TYPED["surname"] in pat.get(address).text for address in others)


def test_what_was_typed_is_let_go_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_forms, "HELD_SECONDS", 0)
    form = HeldForm(FormData(), ())

    async def held_a_while_later() -> tuple[HeldForm | None, HeldForm | None]:
        held = HeldForms()
        first = held.hold(b"session", "/ask", form)
        # Another one has its own time.
        monkeypatch.setattr(held_forms, "HELD_SECONDS", 60)
        later = held.hold(b"session", "/ask", another)
        for _ in range(3):
            await asyncio.sleep(0)
        return held.take(b"session", "/ask", first), held.take(b"session", "/ask", later)

    another = HeldForm(FormData(), ())
    let_go, kept = asyncio.run(held_a_while_later())
    assert let_go is None
    assert kept is another


def test_what_was_shown_again_is_in_memory_no_more() -> None:
    """Nor is what too many others have come after."""

    async def left(while_away: Callable[[HeldForms, str], object]) -> bool:
        held, form = HeldForms(), FormData([("surname", "Planted")])
        typed = weakref.ref(form)
        name = held.hold(b"session", "/ask", HeldForm(form, ()))
        del form
        while_away(held, name)
        gc.collect()
        return typed() is not None

    def hold_others(held: HeldForms, _name: str) -> None:
        for _ in range(MOST_HELD):
            held.hold(b"session", "/ask", HeldForm(FormData(), ()))

    assert asyncio.run(left(lambda *_: None))
    assert not asyncio.run(left(lambda held, name: held.take(b"session", "/ask", name)))
    assert not asyncio.run(left(hold_others))


def test_what_was_typed_for_one_council_is_not_shown_for_another(town: Town, pat: Visitor) -> None:
    town.lookups.results = [known(2), known(3)]
    lookup = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    asking, other = (f"{lookup}/call-back/{council(number).id}" for number in (2, 3))
    _, _, name = shown_at(pat.post(asking, message="Plantedmessage")).partition("?")
    assert "Plantedmessage" not in pat.get(f"{other}?{name}").text
    assert "Plantedmessage" in pat.get(f"{asking}?{name}").text


def test_markup_that_is_typed_is_text(pat: Visitor) -> None:
    markup = '"><script>alert(1)</script>'
    response = sent_back(pat, **TYPED | {"surname": markup, "purpose": ""})
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text


@contextmanager
def watched(visitor: Visitor) -> Iterator[list[httpx.URL]]:
    """Give every address that a browser goes to."""
    seen: list[httpx.URL] = []

    async def see(request: httpx.Request) -> None:
        seen.append(request.url)

    visitor.client.event_hooks["request"] = [see]
    yield seen


def test_nothing_of_the_child_is_in_an_address_a_title_a_log_or_what_is_kept(
    town: Town, pat: Visitor
) -> None:
    town.lookups.results = [of(2, Outcome.NOT_KNOWN), known(3)]
    with capture_logs() as logs, watched(pat) as addresses:
        address = pat.post("/ask", **TYPED).headers["location"]
        town.settle()
        pages = [pat.get(address), pat.get(f"{address}/events"), pat.get("/lookups")]
    shown = [*map(str, addresses), str(logs), *(page.text for page in pages)]
    for typed in CHILD.values():
        for where in shown:
            assert typed.lower() not in where.lower()
    assert "CASE-77" in pages[2].text
    assert "CASE-77" not in "".join(map(str, addresses))
