"""What databases, spreadsheets and people write into a cell to say nothing (spec 80 §6)."""

_NOTHING = frozenset(
    {"(blank)", "(null)", "-", "--", "<na>", "blank", "n/a", "na", "nan", "nat", "none", "null"}
    | {"ssd_ph"}
)
"""In whatever case."""

_NO_NAME = frozenset(
    {"(blank)", "(null)", "(NULL)", "-", "--", "<NA>", "N/A", "n/a", "NULL", "null", "NaN", "NaT"}
    | {"SSD_PH"}
)
"""As they stand here: Blank, Na, Nan, None and Null are names."""

_NAMES = ("surname", "surnames", "forename", "forenames")


def is_nothing(text: str) -> bool:
    """Return whether a text says nothing, in any column but one of names."""
    return not text or text.casefold() in _NOTHING


def is_no_name(text: str) -> bool:
    """Return whether a text says nothing even where a name stands."""
    return not text or text in _NO_NAME


def is_nothing_in(column: str, text: str) -> bool:
    """Return whether a text says nothing in a column of ours."""
    return is_no_name(text) if column.endswith(_NAMES) else is_nothing(text)
