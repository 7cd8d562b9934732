"""Synthetic children: what a form holds, and identities for properties."""

from datetime import date

from hypothesis import strategies as st

from protocol import limits
from protocol.matching.identity import FIELDS, Carer, Identity, parse_identity

TODAY = date(2025, 6, 15)

MARY = {
    "forename": "Mary",
    "surname": "Smith",
    "date_of_birth": "2015-03-04",
    "postcode": "SW1A 1AA",
}


def child(**fields: str) -> Identity:
    """Return Mary Smith with these entries instead of her own."""
    return parse_identity(MARY | fields, TODAY)


_names = st.lists(
    st.text("ABC", min_size=1, max_size=4), max_size=limits.IDENTITY_NAMES, unique=True
).map(tuple)
_postcodes = st.lists(
    st.sampled_from(["SW1A1AA", "SW1A1AB", "SW1A2AA", "M11AE", "B11AA", "B111AA", "GIR0AA"]),
    max_size=limits.IDENTITY_POSTCODES,
    unique=True,
).map(tuple)

_carers = st.builds(
    Carer,
    forename=st.sampled_from(["", "ANN", "BA"]),
    surname=st.sampled_from(["", "A", "CB"]),
    date_of_birth=st.none() | st.just(date(1990, 1, 2)),
)

identities = st.builds(
    Identity,
    forenames=_names,
    surnames=_names,
    date_of_birth=st.none() | st.dates(date(2000, 1, 1), TODAY),
    postcodes=_postcodes,
    nhs_number=st.none() | st.just("9990000018"),
    upn=st.none() | st.just("B801200005001"),
    carers=st.lists(_carers, max_size=limits.IDENTITY_CARERS).map(tuple),
    house=st.sampled_from(["", "12"]),
    uprn=st.sampled_from(["", "100"]),
    due_date=st.none() | st.just(date(2025, 8, 1)),
)

_likely_text = st.sampled_from(
    (
        *("Mary", "O'Neil", "Smith-Jones", "unknown", "n/k", "baby", ";", ""),
        *("2015-03-04", "04/03/2015", "31/02/2015", "01/01/1900"),
        *("SW1A 1AA", "ZZ99 3VZ", "999 000 0018", "B801200005001"),
    )
)

typed_fields = st.dictionaries(
    st.sampled_from(FIELDS) | st.text(max_size=12), st.text(max_size=120) | _likely_text
)
