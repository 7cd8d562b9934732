"""The unique pupil number's check letter (DfE, "Unique pupil numbers"; spec 10 §2)."""

import re

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The values 0 to 22; I, O and S are left out because they look like digits."""

_FORM = re.compile(rf"[{_LETTERS}][0-9]{{11}}[0-9{_LETTERS}]")


def check_letter(body: str) -> str:
    """Return the letter in front of the 12 characters `body`.

    The characters weigh 2 to 13 by position; a temporary number ends in a letter, which counts as
    its place in the alphabet above. The sum modulo 23 is the check letter's place.
    """
    total = sum(weight * _value(character) for weight, character in enumerate(body, start=2))
    return _LETTERS[total % len(_LETTERS)]


def is_upn(text: str) -> bool:
    """Return whether `text` is 13 characters of the right form with the right check letter.

    The local authority's number within it is not checked: authorities are founded and dissolved.
    """
    return _FORM.fullmatch(text) is not None and check_letter(text[1:]) == text[0]


def _value(character: str) -> int:
    return int(character) if character.isdigit() else _LETTERS.index(character)
