"""How well white letters can be read on a colour."""

import pytest

from node.colour import contrast_with_white


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [
        ("#000000", 21.0),
        ("#ffffff", 1.0),
        ("#FFDD00", 1.35),
        ("#777777", 4.48),
        ("#767676", 4.54),
        ("#ff0000", 4.0),
        ("#00ff00", 1.37),
        ("#0000ff", 8.59),
    ],
)
def test_contrast_with_white_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.01)
