import io
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.sources.cin_census import read_census
from node.records.importing.sources.cin_xml import CensusElement, CensusHead, read_census_xml
from tests.node.records.importing.sources.made_up import EXAMPLES, TODAY, copied
from tests.node.records.importing.sources.malformed import CENSUS_REFUSED, Refused

_watched: list[list[str]] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watched and (event == "open" or event.startswith(("socket.", "urllib."))):
        _watched[-1].append(f"{event} {arguments[0]}")


# A hook stays for good; it notes nothing while nobody watches.
sys.addaudithook(_watch)


@contextmanager
def watching() -> Iterator[list[str]]:
    """Give the files and sockets that are opened meanwhile."""
    found: list[str] = []
    _watched.append(found)
    try:
        yield found
    finally:
        _watched.pop()


def read(content: bytes) -> list[CensusHead | CensusElement]:
    return list(read_census_xml(io.BytesIO(content)))


def only_child(content: bytes) -> CensusElement:
    [_, child] = read(content)
    assert isinstance(child, CensusElement)
    return child


WITH_ENTITIES = [each for each in CENSUS_REFUSED if each.what_to_do == "DOCTYPE"]


def test_the_watch_sees_files_and_sockets(tmp_path: Path) -> None:
    with watching() as found:
        (tmp_path / "seen").write_bytes(b"")
        socket.socket().close()
    assert [event.partition(" ")[0] for event in found] == ["open", "socket.__new__"]


@pytest.mark.parametrize("malformed", WITH_ENTITIES, ids=lambda malformed: malformed.id)
def test_entities_are_refused_with_no_file_read_and_no_socket_opened(
    tmp_path: Path, malformed: Refused
) -> None:
    files = copied(tmp_path)
    malformed.alter(files)
    with watching() as found, pytest.raises(ImportRefusedError, match="DOCTYPE"):
        read_census(files.census, TODAY)
    assert found == [f"open {files.census}"]


def test_there_are_an_entity_bomb_and_external_entities_among_them() -> None:
    assert len(WITH_ENTITIES) == 4


@pytest.mark.parametrize(
    ("opening", "prefix"),
    [("<Message>", ""), ('<Message xmlns="urn:x">', ""), ('<c:Message xmlns:c="urn:x">', "c:")],
)
def test_a_namespace_or_none_makes_no_difference(opening: str, prefix: str) -> None:
    p = prefix
    text = (
        f"{opening}<{p}Children><{p}Child><{p}ChildIdentifiers><{p}UPN>1</{p}UPN>"
        f"</{p}ChildIdentifiers></{p}Child></{p}Children></{p}Message>"
    )
    [identifiers] = only_child(text.encode()).elements("ChildIdentifiers")
    assert identifiers.text("UPN") == "1"


def test_text_between_elements_and_empty_elements_say_nothing() -> None:
    child = only_child(
        b"<Message><Children> <Child>stray<a> 1 </a>stray<b/><c>\n</c></Child></Children></Message>"
    )
    assert [child.text(name) for name in ("a", "b", "c", "d")] == ["1", "", "", ""]


def test_of_a_text_that_is_there_twice_the_first_counts() -> None:
    child = only_child(b"<Message><Children><Child><a>1</a><a>2</a></Child></Children></Message>")
    assert child.text("a") == "1"


def test_a_child_arrives_before_the_next_is_read() -> None:
    begin = b"<Message><Children><Child><a>1</a></Child>"
    found = read_census_xml(io.BytesIO(begin + b" " * 100_000 + b"<"))
    assert isinstance(next(found), CensusHead)
    assert isinstance(next(found), CensusElement)


def test_white_space_without_end_is_not_held() -> None:
    assert len(read(b"<Message>" + b" \n" * 300_000 + b"<Children/></Message>")) == 1


_TEXT = (EXAMPLES / "cin-census.xml").read_bytes()


@given(st.integers(0, len(_TEXT) - 1), st.binary(max_size=3))
@settings(deadline=None, max_examples=100)
def test_any_alteration_gives_children_or_a_refusal(place: int, new: bytes) -> None:
    try:
        found = read(_TEXT[:place] + new + _TEXT[place + 1 :])
    except ImportRefusedError:
        return
    assert isinstance(found[0], CensusHead)
