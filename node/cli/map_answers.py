"""A column map as it is answered, one column after the other: pure, without the terminal."""

import re
from collections.abc import Mapping, Sequence

from node.errors import NodeError
from node.records.importing.cleaning import DateOrder
from node.records.importing.column_map import CONSTANTS, ColumnMap
from node.records.importing.columns import COLUMNS, normalise_word

_NUMBERS = re.compile(r"[0-9]{1,4}( *\+ *[0-9]{1,4})*")


class AnswerError(NodeError):
    """An answer that cannot be used; the message says what to do."""


class MapDraft:
    """What has been answered so far; places count from 0 here, from 1 in answers."""

    def __init__(self, headings: Sequence[str], guesses: Mapping[str, int]) -> None:
        self._headings = headings
        self.places: dict[str, tuple[int, ...]] = {
            column: (place,) for column, place in guesses.items()
        }
        self.constants: dict[str, str] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.date_order: DateOrder = "day_first"

    def shown(self, column: str) -> str:
        """Return what stands for a column, as it would be answered."""
        if column in self.constants:
            return f"= {self.constants[column]}"
        return "+".join(str(place + 1) for place in self.places.get(column, ())) or "-"

    def set(self, column: str, answer: str) -> None:
        """Take an answer: "3", "3+4", "= a text", or "-" for none.

        Raises:
            AnswerError: no such column, or no such answer.
        """
        if column not in COLUMNS:
            raise AnswerError(f"name one of: {', '.join(COLUMNS)}")
        places: tuple[int, ...] = ()
        constant = ""
        if answer.startswith("="):
            constant = self._constant(column, answer[1:].strip())
        elif answer != "-":
            places = self._places(answer)
        self.places.pop(column, None)
        self.constants.pop(column, None)
        if constant:
            self.constants[column] = constant
        elif places:
            self.places[column] = places

    def column_map(self) -> ColumnMap:
        """Return the map.

        Raises:
            ValidationError: against the map's rules, which `set` cannot see one by one.
        """
        columns = {
            column: [self._headings[place] for place in self.places[column]]
            for column in COLUMNS
            if column in self.places
        }
        return ColumnMap.model_validate(
            {
                "date_order": self.date_order,
                "columns": columns,
                "constants": self.constants,
                "values": self.words,
            }
        )

    def _constant(self, column: str, text: str) -> str:
        if column not in CONSTANTS:
            raise AnswerError(f"{column} is not the same for every row: give a column's number")
        if not text:
            raise AnswerError("write a text after the =")
        return text

    def _places(self, answer: str) -> tuple[int, ...]:
        if not _NUMBERS.fullmatch(answer):
            raise AnswerError("give a number of the list, several as 3+4, = and a text, or -")
        places = tuple(int(number) - 1 for number in answer.split("+"))
        for place in places:
            if not 0 <= place < len(self._headings) or not self._headings[place]:
                raise AnswerError(f"there is no heading {place + 1}")
            names = [normalise_word(heading) for heading in self._headings]
            if names.count(names[place]) > 1:
                raise AnswerError(
                    f"heading {place + 1} is there twice: rename one of the two in the export, or "
                    "choose another"
                )
        return places
