"""A CIN census file as a stream of children, by expat alone: no entities, no files, no network."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, NoReturn
from xml.parsers import expat

from node.errors import ImportRefusedError

DEPTH = 12
TEXT_CHARACTERS = 1_000
TAG_BYTES = 2**20
ELEMENTS_OF_A_CHILD = 10_000
"""How deep elements may be nested, how long a text and a tag (or comment) may be, how many
elements a child may have."""

_CHUNK_BYTES = 64 * 1024
_CHILD = ("Message", "Children", "Child")
_REFERENCE_DATE = ("Message", "Header", "CollectionDetails", "ReferenceDate")


@dataclass(frozen=True, slots=True, repr=False)
class CensusElement:
    """An element below a child: its texts by name, and the elements within it by name.

    Order does not count; where a name has several texts the first is meant.
    """

    texts: dict[str, str] = field(default_factory=dict)
    within: defaultdict[str, list["CensusElement"]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def elements(self, name: str) -> Sequence["CensusElement"]:
        return self.within.get(name, ())


@dataclass(frozen=True, slots=True, repr=False)
class CensusHead:
    """What stands before the children: the day that the census is of, "" where it is missing."""

    reference_date: str


def read_census_xml(stream: IO[bytes]) -> Iterator[CensusHead | CensusElement]:
    """Give the head, then every child, holding one child at a time.

    Raises:
        ImportRefusedError: no CIN census, not well-formed, with a document type or entities, or
            over a limit. Nothing of the file is in it.
    """
    reader = _Reader()
    while chunk := stream.read(_CHUNK_BYTES):
        yield from reader.feed(chunk, is_last=False)
    yield from reader.feed(b"", is_last=True)
    if not reader.has_children:
        raise ImportRefusedError("the census has no Message/Children element: export it again")


class _Reader:
    """Builds one child at a time from expat's events."""

    def __init__(self) -> None:
        self.has_children = False
        self._path: list[str] = []
        self._open: list[CensusElement] = []
        self._text: list[str] = []
        self._length = 0
        self._elements = 0
        self._reference_date = ""
        self._fed = 0
        self._found: list[CensusHead | CensusElement] = []
        self._parser = self._new_parser()

    def feed(self, chunk: bytes, is_last: bool) -> Iterator[CensusHead | CensusElement]:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise ImportRefusedError(
                f"the census is not well-formed XML at line {error.lineno}: look there for a tag "
                "that is not closed or misspelt, and export it again"
            ) from None
        except (LookupError, ValueError):
            raise ImportRefusedError(
                "the census names an encoding that is not known: export it as UTF-8"
            ) from None
        self._fed += len(chunk)
        if not is_last and self._fed - self._parser.CurrentByteIndex > TAG_BYTES:
            self._refuse(f"has a tag or comment of more than {TAG_BYTES:,} bytes")
        found, self._found = self._found, []
        yield from found

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        # The first of these ends the reading, before anything is declared or fetched.
        for handler in (
            "StartDoctypeDecl",
            "EntityDecl",
            "UnparsedEntityDecl",
            "ExternalEntityRef",
        ):
            setattr(parser, f"{handler}Handler", self._refuse_declarations)
        return parser

    def _start(self, name: str, _: Mapping[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        self._text, self._length = [], 0
        if len(self._path) > DEPTH:
            self._refuse(f"is nested more than {DEPTH} deep")
        if self._is_at(_CHILD):
            self._open = [CensusElement()]
            self._elements = 0
        elif self._open:
            self._elements += 1
            if self._elements > ELEMENTS_OF_A_CHILD:
                self._refuse(f"has a child of more than {ELEMENTS_OF_A_CHILD:,} elements")
            self._open.append(CensusElement())
        elif self._is_at(_CHILD[:-1]):
            self.has_children = True
            self._found.append(CensusHead(self._reference_date))

    def _end(self, _: str) -> None:
        text = "".join(self._text).strip()
        self._text, self._length = [], 0
        if self._is_at(_REFERENCE_DATE):
            self._reference_date = text
        name = self._path.pop()
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            self._found.append(element)
        elif element.texts or element.within:
            self._open[-1].within[name].append(element)
        else:
            self._open[-1].texts.setdefault(name, text)

    def _characters(self, text: str) -> None:
        if not self._text and text.isspace():
            return
        self._length += len(text)
        if self._length > TEXT_CHARACTERS:
            self._refuse(f"has a text of more than {TEXT_CHARACTERS:,} characters")
        self._text.append(text)

    def _is_at(self, path: tuple[str, ...]) -> bool:
        return tuple(self._path) == path

    def _refuse_declarations(self, *_: object) -> NoReturn:
        raise ImportRefusedError(
            "the census declares a document type or entities, which no census needs: remove the "
            "DOCTYPE, or ask who sent the file"
        )

    def _refuse(self, what: str) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise ImportRefusedError(f"the census {what}, at line {line}: export it again")
