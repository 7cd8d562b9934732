"""A protection broken on purpose, and the tests that must see it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One replacement in one source file: `old` stands in it once."""

    name: str
    file: str
    old: str
    new: str
    red: tuple[str, ...]
    """Tests, as pytest names them. Each of them must fail."""

    def apply(self, root: Path) -> None:
        """Break the protection in a copy of the project.

        Raises:
            ValueError: `old` does not stand in the file exactly once.
        """
        path = root / self.file
        content = path.read_text()
        if content.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} has the text {content.count(self.old)}x")
        path.write_text(content.replace(self.old, self.new))
