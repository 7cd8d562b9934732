"""The demo's synthetic population: who lives, and what each council's file says of them.

One seed gives the same bytes for ever, and every child is invented: NHS numbers from the test
range, postcodes and authorities that do not exist, telephone numbers kept for drama.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from random import Random

from deploy.demo.copies import Copy, write_identity
from deploy.demo.councils import CouncilPlan
from deploy.demo.expectation import Asked, Expected, expected_of, expected_of_kin
from deploy.demo.people import Child, People
from deploy.demo.rows import Row, draw_case
from deploy.demo.variations import Variation, can_vary, draw_held


@dataclass(frozen=True, slots=True)
class Population:
    """Children, known to councils or to none, and the councils' files."""

    councils: tuple[CouncilPlan, ...]
    children: tuple[Child, ...]
    families: Mapping[int, tuple[Child, ...]]
    """By the family's number."""
    copies: Mapping[int, tuple[Copy, ...]]
    """By the child's number, at most one for each council; none for a child known nowhere."""
    rows: Mapping[str, tuple[Row, ...]]
    """By council id, in the order of the file."""

    def copies_of(self, child: Child) -> tuple[Copy, ...]:
        return self.copies.get(child.number, ())

    def kin_of(self, child: Child) -> tuple[Child, ...]:
        """Return the other children of the family."""
        family = self.families[child.family]
        return tuple(other for other in family if other.number != child.number)

    def expected(self, asked: Asked) -> dict[str, Expected]:
        """Return what each council should say, by council id."""
        found = {
            copy.council.id: expected_of_kin(copy, asked)
            for kin in self.kin_of(asked.child)
            for copy in self.copies_of(kin)
        }
        found |= {copy.council.id: expected_of(copy, asked) for copy in self.copies_of(asked.child)}
        return {council.id: found.get(council.id, Expected.NOT_KNOWN) for council in self.councils}


def make_population(
    seed: int, councils: Sequence[CouncilPlan], today: date, per_council: int = 300
) -> Population:
    """Return a population in which each council's file has exactly `per_council` rows.

    About a quarter of the rows are of children known to two to four councils, a tenth of siblings
    or twins; the others are known to one council.

    Raises:
        ValueError: fewer than two councils, or files too small for every variation.
    """
    if len(councils) < 2 or len(councils) * per_council < 120:
        raise ValueError("population: give two councils or more, and 120 rows or more in all")
    return _Maker(seed, councils, today, per_council).make()


_SHARED_OF_ROWS = 11
_FAMILIES_OF_ROWS = 30
_UNKNOWN_OF_ROWS = 30
"""One shared child, one family over two councils, one unknown child for so many rows."""

_SOME_TIDY = (Variation.EXACT, Variation.EXACT, Variation.EXACT, Variation.UNTIDY)


class _Maker:
    """Draws everything in a fixed order from one generator."""

    def __init__(
        self, seed: int, councils: Sequence[CouncilPlan], today: date, per_council: int
    ) -> None:
        self._rng = Random(seed)
        self._councils = tuple(councils)
        self._today = today
        self._people = People(self._rng, today)
        self._references = {
            council.id: self._rng.sample(range(10**5, 10**6), per_council) for council in councils
        }
        self._children: list[Child] = []
        self._copies: dict[int, list[Copy]] = {}

    def make(self) -> Population:
        """Return the population; those known to one council fill the files up."""
        total = sum(map(len, self._references.values()))
        for _, variation in zip(range(total // _SHARED_OF_ROWS), cycle(Variation), strict=False):
            self._share(variation)
        for number in range(total // _FAMILIES_OF_ROWS):
            self._split_family(are_twins=number % 3 == 0)
        for number in range(total // _UNKNOWN_OF_ROWS):
            self._leave_unknown(is_sibling=number % 2 == 0)
        while room := self._with_room(1):
            self._copy(self._born_in(room[0]), room[0], self._rng.choice(_SOME_TIDY))
        families: dict[int, list[Child]] = {}
        for child in self._children:
            families.setdefault(child.family, []).append(child)
        return Population(
            self._councils,
            tuple(self._children),
            {number: tuple(children) for number, children in families.items()},
            {number: tuple(copies) for number, copies in self._copies.items()},
            self._files(),
        )

    def _share(self, first: Variation) -> None:
        """Copy a new child to two to four councils: exact at home, then `first`, then any.

        Where `first` is exact all are, so that the demo also shows what goes well.
        """
        number = self._rng.randint(2, 4)
        home, *others = self._with_room(number)
        child = self._people.draw(home, lambda child: can_vary(child, first, self._today))
        self._children.append(child)
        self._copy(child, home, Variation.EXACT)
        possible = [each for each in Variation if can_vary(child, each, self._today)]
        for council in others:
            is_first = council is others[0] or first is Variation.EXACT
            self._copy(child, council, first if is_first else self._rng.choice(possible))

    def _split_family(self, *, are_twins: bool) -> None:
        home, away = self._with_room(2)
        child = self._born_in(home)
        other = self._people.twin(child) if are_twins else self._people.sibling(child)
        self._children.append(other)
        self._copy(child, home, self._rng.choice(_SOME_TIDY))
        self._copy(other, away, self._rng.choice(_SOME_TIDY))

    def _leave_unknown(self, *, is_sibling: bool) -> None:
        """Draw a child in no file: of a new family, or the sibling of a child in a file."""
        if is_sibling:
            known = self._rng.choice(
                [each for each in self._children if each.number in self._copies]
            )
            self._children.append(self._people.sibling(known))
        else:
            self._born_in(self._rng.choice(self._councils))

    def _born_in(self, council: CouncilPlan) -> Child:
        child = self._people.draw(council)
        self._children.append(child)
        return child

    def _with_room(self, most: int) -> list[CouncilPlan]:
        """Return up to `most` councils whose files have room, in random order."""
        room = [council for council in self._councils if self._references[council.id]]
        return self._rng.sample(room, min(most, len(room)))

    def _copy(self, child: Child, council: CouncilPlan, variation: Variation) -> None:
        held = draw_held(self._rng, child, council, variation)
        row = Row(
            f"{council.name[:2].upper()}-{self._references[council.id].pop()}",
            write_identity(self._rng, held, variation),
            draw_case(self._rng, council, child.born, self._today),
        )
        copy = Copy(child, council, variation, held, row)
        self._copies.setdefault(child.number, []).append(copy)

    def _files(self) -> dict[str, tuple[Row, ...]]:
        """Return the rows by reference, as a case system exports them: in no telling order."""
        copies = [copy for copies in self._copies.values() for copy in copies]
        return {
            council.id: tuple(
                sorted(
                    (copy.row for copy in copies if copy.council is council),
                    key=lambda row: row.case_reference,
                )
            )
            for council in self._councils
        }
