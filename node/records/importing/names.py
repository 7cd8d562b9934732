"""A name as it stands in a file: without the marks of a web page, and refused where it is damaged.

A damaged name matches nobody, in silence: it is for the source to mend.
"""

import re
from html import unescape

from node.records.importing.cells import CellError

_ENTITY = re.compile(r"&(#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}[0-9]{0,2});", re.IGNORECASE)

_LOST = re.compile(r"\ufffd|\?{2,}")
"""What stands for letters that an encoding does not have."""


def _as_1252(code: int) -> str:
    return bytes([code]).decode("cp1252", "ignore")


_LATER = re.escape("".join(map(_as_1252, range(0x80, 0xC0)))) + "\x80-\x9f"
_MISREAD = re.compile(f"[ÂÃÄÅÆÇÈÎÏÐÑØÙ][{_LATER}]|[à-ï][{_LATER}]{{2}}".replace("\xa0", ""))
"""The bytes of a letter in UTF-8, read as letters of Windows: Ã«, Å‚, â€™. What begins them and
stands before an apostrophe or a dash in names, É or ß, is left away."""


def readable_name(text: str) -> str:
    """Return a name in letters: "O'Neil" for "O&apos;Neil".

    Raises:
        CellError: letters of it are lost, or misread.
    """
    plain = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
    has_lost = _LOST.search(plain) and any(map(str.isalnum, plain))
    if has_lost or _MISREAD.search(plain):
        raise CellError(
            "has letters that were damaged on the way: export it again, as 'CSV UTF-8' or as "
            ".xlsx, or mend it in the source"
        )
    return plain
