"""What a bench found, as lines of text: figures against their bars, and pictures of the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.measuring import Pair

BAR_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure and its bar. With a reference their ratio is held against the bar.

    `show` formats the figure, and the bar where there is no reference.
    """

    name: str
    measured: float
    bar: float
    show: Callable[[float], str]
    reference: float | None = None

    @classmethod
    def of(cls, name: str, pair: Pair, bar: float) -> "Figure":
        """Return a ratio's figure."""
        return cls(name, pair.work, bar, microseconds, pair.reference)

    @property
    def value(self) -> float:
        return self.measured if self.reference is None else self.measured / self.reference

    @property
    def is_met(self) -> bool:
        return self.value <= self.bar

    def cells(self) -> tuple[str, ...]:
        """Return the figure's line of the table."""
        end = "met" if self.is_met else "MISSED"
        measured = self.show(self.measured)
        if self.reference is None:
            return self.name, measured, "", "", self.show(self.bar), end
        ratio, bar = f"{self.value:.2f}", f"{self.bar:.2f}"
        return self.name, measured, self.show(self.reference), ratio, bar, end


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs"


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the time of one thing goes: seconds by part, drawn as bars."""

    title: str
    parts: Mapping[str, float]

    def lines(self) -> list[str]:
        total = sum(self.parts.values())
        width = max(map(len, self.parts))
        return [
            f"{self.title}: {microseconds(total)}",
            *(
                f"  {name:<{width}} {microseconds(seconds):>12} {seconds / total:>5.0%} "
                f"{'█' * round(BAR_WIDTH * seconds / total)}"
                for name, seconds in self.parts.items()
            ),
        ]


@dataclass(frozen=True, slots=True)
class Report:
    """What one bench found."""

    title: str
    figures: Sequence[Figure]
    primitives: Mapping[str, float] = field(default_factory=dict)
    """Seconds of CPU for one, by what it is."""
    pictures: Sequence[Picture] = ()
    notes: Sequence[str] = ()

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [self.title, "=" * len(self.title), *self.notes]
        lines += [f"  {name}: {seconds * 1e6:,.1f} µs" for name, seconds in self.primitives.items()]
        for picture in self.pictures:
            lines += ["", *picture.lines()]
        return [*lines, ""]


def table(figures: Sequence[Figure]) -> list[str]:
    """Return the figures as aligned lines under a heading."""
    heading = ("", "measured", "reference", "ratio", "bar", "")
    rows = [heading, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    return [
        "  ".join(
            cell.ljust(width) if column in (0, 5) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
