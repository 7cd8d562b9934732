"""Cases of ours that a question can be about: by their reference, without the child's data."""

from collections.abc import Callable, Collection, Sequence
from datetime import date

from node.clock import local_day
from node.errors import AskError
from node.records.cases import HeldCase
from protocol import limits
from protocol.directory.members import Directory
from protocol.identifiers import Epoch, MemberId
from protocol.matching.confidence import Tier, strongest_key, tier_of
from protocol.matching.key_ids import KeyId
from protocol.tags import tag, tag_context

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
    today = local_day(now_ms)
    return find_cases(reference, directory.oprf_key.key_id, directory.matching_version, today)


def fits_of(
    cases: Sequence[HeldCase], tags: Collection[bytes], epoch: Epoch, member: MemberId
) -> Sequence[tuple[str, KeyId]]:
    """Return the references of these cases of ours that have one of these tags, made for this
    member and epoch, each with the strongest key on which it does. That somebody is of the same
    household is no fit."""
    context = tag_context(epoch, member)
    fits = []
    for case in cases:
        matched = [
            key_id
            for key_id, token in case.tokens
            if tier_of(key_id) is not Tier.HOUSEHOLD and tag(token, context) in tags
        ]
        strongest = strongest_key(matched)
        if strongest is not None:
            fits.append((case.reference, strongest))
    return fits


NO_CASE = "no case of this reference is loaded: leave it out, and say who the child is"


def one_of(cases: Sequence[HeldCase], source: str) -> HeldCase:
    """Return the case that is meant, where several children may have its reference.

    Raises:
        AskError: there is none, or it is not said which.
    """
    fitting = [case for case in cases if not source or source in sources_of(case)]
    if not fitting:
        raise AskError(NO_CASE)
    if len(fitting) > 1:
        sources = ", ".join(sorted({name for case in fitting for name in sources_of(case)}))
        raise AskError(f"more than one child has this reference: give source, one of {sources}")
    return fitting[0]


def sources_of(case: HeldCase) -> Collection[str]:
    """Return where a case was loaded from."""
    return {row.source for row in case.rows}


def reference_sent(case: str, given: str = "") -> str:
    """Return the reference that goes with a question about the case of a reference: one that was
    given, else the case's own. A question has less room for it than a case: one that is too long
    stays here."""
    return given or (case if len(case.encode()) <= limits.REFERENCE_BYTES else "")


def teams_of(
    find_cases: FindCases, directory: Directory, reference: str, now_ms: int
) -> Collection[str]:
    """Return the teams that have a case of ours of this reference.

    Raises:
        StoreError: it cannot be read.
    """
    cases = askable_cases(find_cases, directory, reference, now_ms)
    return {row.involvement.contact.team for case in cases for row in case.rows}
