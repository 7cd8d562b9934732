"""Whether white letters can be read on a colour (WCAG 2.2 §1.4.3)."""

LEAST_CONTRAST = 4.5
"""To one, for text of any size."""


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio, to one, of white with a colour such as "#1d4f60"."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 1.05 / (luminance + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
