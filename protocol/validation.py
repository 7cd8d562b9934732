"""What pydantic found wrong, as one line that repeats no value."""

from pydantic import ValidationError


def first_problem(error: ValidationError) -> str:
    """Return the first problem as "place: reason"."""
    problem = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"]
