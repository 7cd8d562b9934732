"""Which council of the properties' federation holds which children."""

from collections.abc import Mapping, Sequence

from tests.properties.at_rest import PUPIL
from tests.properties.planted import KNOWN, MANY

Child = Mapping[str, str]

NAMESAKES: tuple[Child, ...] = tuple(
    {
        "surname": "Doppelby",
        "forename": "Ambrose",
        "date_of_birth": "2015-06-11",
        "postcode": postcode,
    }
    for postcode in ("QX7 1AA", "QX9 9ZZ")
)
"""Two children of one name and birthday, at two places."""

HOLDINGS: dict[str, tuple[Sequence[Child], Mapping[str, str]]] = {
    "Northmoor": ([KNOWN, PUPIL], {}),
    "Southmere": ([*MANY, *NAMESAKES], {"case_reference": "SWEPT"}),
    "Westbrook": ([{**child, "surname": "Ownby"} for child in MANY[:3]], {"team": "Own team"}),
}
"""A council's children, and what is the same in all their rows. From a council's second row on, a
case reference has the row's number behind it, from 1."""
