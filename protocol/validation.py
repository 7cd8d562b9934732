"""What pydantic found wrong, as one line that repeats no value."""

from pydantic import ValidationError


def first_problem(error: ValidationError) -> str:
    """Return the first problem as "place: reason"."""
    problem = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    words = _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return f"{place}: {words}" if place else words


_WORDS = {
    "extra_forbidden": "is not a known entry: take it out",
    "missing": "is missing",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "string_type": "expected text",
    "string_pattern_mismatch": "is not of the expected form",
    "model_type": "expected entries with names, in braces",
    "dict_type": "expected entries with names, in braces",
}
"""pydantic's kinds of problem in an operator's words."""
