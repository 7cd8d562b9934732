"""k, the phonetic skeleton: what is left of a name when spellings of one sound are made one.

Made for names as they are spelt in British records: English, Welsh and Irish, South Asian and
Arabic names written in several ways, Polish ones with and without their own letters. Any change
breaks every index (spec 10 §8).
"""

import re

_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(.)\1+", r"\1"),
        (r"^(?:KN|GN|PN)", "N"),
        (r"^WR", "R"),
        (r"^X", "S"),
        (r"^Y(?=[AEIOU])", "J"),
        (r"TCH|CZ|CH", "K"),
        (r"SCH|SH|SZ|ZH", "S"),
        (r"DZ|DJ|G(?=[EIY])", "J"),
        (r"CK|QU|Q", "K"),
        (r"C(?=[EIY])", "S"),
        (r"C", "K"),
        (r"X", "KS"),
        (r"Z", "S"),
        (r"PH|V|W(?=[AEIOUY])", "F"),
        (r"(?<=[AEIOU])(?:BH|MH)(?=[AEIOU])|(?<=[AEIOU])(?:BH|MH)$", "F"),
        (r"(?<=[AEIOU])GH(?![AEIOUY])", ""),
        (r"(?<=M)P(?=[ST])", ""),
        (r"(?<!^)H", ""),
        (r"(.)\1+", r"\1"),
        (r"^[AEIOUYW]+", "A"),
        (r"(?<!^)[AEIOUYW]", ""),
    )
)
"""In this order; the last two leave consonants behind a first letter."""


def skeleton(name: str) -> str:
    """Return the skeleton of a form of a name (letters A-Z): MHMD is MMD, ALICE and ELLIS are ALS.

    Never empty for a name that is not.
    """
    for pattern, sound in _SOUNDS:
        name = pattern.sub(sound, name)
    return name
