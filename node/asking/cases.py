"""Cases of ours that a question can be about: by their reference, without the child's data."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime

from node.records.cases import HeldCase
from protocol.directory.members import Directory

FindCases = Callable[[str, bytes, int, date], Sequence[HeldCase]]
"""`RecordStore.find_cases`."""


def askable_cases(
    find_cases: FindCases, directory: Directory, reference: str, now_ms: int
) -> Sequence[HeldCase]:
    """Return the cases of this reference whose tokens the others can match, one for each child.

    Raises:
        StoreError: they cannot be read.
    """
    if directory.oprf_key is None:
        return ()
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    return find_cases(reference, directory.oprf_key.key_id, directory.matching_version, today)


def teams_of(
    find_cases: FindCases, directory: Directory, reference: str, now_ms: int
) -> Collection[str]:
    """Return the teams that have a case of ours of this reference.

    Raises:
        StoreError: it cannot be read.
    """
    cases = askable_cases(find_cases, directory, reference, now_ms)
    return {row.involvement.contact.team for case in cases for row in case.rows}
