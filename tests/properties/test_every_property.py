"""Each property of the specification has a test by its number."""

import re
from pathlib import Path

HERE = Path(__file__).parent
OVERVIEW = HERE.parents[1] / "protocol" / "spec" / "00-overview.md"


def test_every_property_of_the_specification_has_a_test_of_its_number() -> None:
    named = {int(number) for number in re.findall(r"(?m)^\| P(\d+) \|", OVERVIEW.read_text())}
    tested = {
        int(number)
        for path in HERE.glob("test_p*.py")
        for number in re.findall(r"(?m)^def test_p(\d\d)_", path.read_text())
    }
    assert named == tested == set(range(1, 14))
