"""The children of the properties' federation: one to be searched for everywhere, and others.

Numbers are from the NHS's test range 999…, telephones from those that Ofcom keeps for drama.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from protocol.matching.identity import Identity, parse_identity

KNOWN: Mapping[str, str] = {
    "surname": "Zyxwvutsson",
    "forename": "Marmaduke",
    "date_of_birth": "2017-08-19",
    "postcode": "QX3 4GD",
    "nhs_number": "999 000 0107",
}
UNKNOWN: Mapping[str, str] = {
    "surname": "Quillfeatherby",
    "forename": "Persephone",
    "date_of_birth": "2016-11-23",
}
"""Of whom less is typed, too: the number of keys must not show either."""

RECORD: Mapping[str, str] = {
    "case_reference": "CASE-PLANTED-7731",
    "involvement": "looked after",
    "last_updated": "2026-01-05",
    "team": "Brambleford Care Team",
    "telephone": "0113 496 0733",
    "worker_name": "Ottoline Wimpole",
}
WHO: Mapping[str, str] = {
    "name": "Ferdinanda Prackett",
    "telephone": "01632 960748",
    "team": "Grizzledown Front Door",
    "reference": "OURREF-55192",
}
GROUNDS: Mapping[str, Any] = {"purpose": 1, "who": WHO}
OTHER_GROUNDS: Mapping[str, Any] = {
    "purpose": 3,
    "role": "duty_officer",
    "who": {
        "name": "Peregrine Thistlewood-Featherstonehaugh",
        "telephone": "0808 157 0192",
        "protected_location": True,
    },
}
"""Why a question is asked, and by whom: longer and shorter, with fewer entries and a mark."""

OF_CHILDREN = (
    b"Zyxwvutsson", b"Marmaduke", b"2017-08-19", b"20170819", b"19/08/2017", b"QX3 4GD", b"QX34GD",
    b"999 000 0107", b"9990000107",
    b"Quillfeatherby", b"Persephone", b"2016-11-23", b"20161123", b"23/11/2016",
)  # fmt: skip
"""Every form in which a fact of the two children is typed, or stands in a match key."""

OF_THE_CASE = (
    b"CASE-PLANTED-7731", b"Brambleford Care Team", b"0113 496 0733", b"Ottoline Wimpole",
)  # fmt: skip
OF_WHO_ASKS = (
    b"Ferdinanda Prackett", b"01632 960748", b"Grizzledown Front Door", b"OURREF-55192",
)  # fmt: skip
OF_WHO_ASKS_ON_OTHER_GROUNDS = (b"Thistlewood-Featherstonehaugh", b"0808 157 0192")
EVERYTHING = (*OF_CHILDREN, *OF_THE_CASE, *OF_WHO_ASKS, *OF_WHO_ASKS_ON_OTHER_GROUNDS)

MANY = tuple(
    {
        "surname": f"Sweepling{chr(97 + number // 26)}{chr(97 + number % 26)}",
        "forename": "Tamsin",
        "date_of_birth": f"2015-05-{1 + number % 28:02}",
    }
    for number in range(64)
)
"""As many children as a question has slots, all known to one council."""


def enquiry(child: Mapping[str, str], grounds: Mapping[str, Any] = GROUNDS) -> dict[str, Any]:
    return {"child": dict(child), **grounds}


def identity(child: Mapping[str, str]) -> Identity:
    return parse_identity(child, date(2026, 1, 1))


def write_csv(path: Path, children: Sequence[Mapping[str, str]], **same: str) -> None:
    """Write a council's file: a row for each child, `RECORD` and `same` beside it."""
    columns = list(dict.fromkeys([*KNOWN, *RECORD, *chain(*children)]))
    lines = [",".join(columns)]
    for number, child in enumerate(children):
        row = {**RECORD, **same, **child}
        if number:
            row["case_reference"] = f"{row['case_reference']}-{number}"
        lines.append(",".join(row.get(column, "") for column in columns))
    path.write_text("\n".join(lines) + "\n")
