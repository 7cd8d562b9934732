"""Every error that this package raises, in one tree.

Messages read "malformed <thing>: <reason>" or "<thing>: expected <e>, got <g>" and never hold
anything about a person, a token, a tag or a key.
"""

from collections.abc import Sequence


class ProtocolError(Exception):
    """Root of the tree: catch this to catch everything that `protocol` raises."""


class MalformedError(ProtocolError):
    """Bytes or text that are not of the form the specification gives."""


class LimitError(ProtocolError):
    """Something larger than `protocol.limits` allows, refused before it is parsed."""


class IdentityError(ProtocolError):
    """A child's data that cannot be used; `field` names the entry, the value stays out of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class IdentityProblems(ProtocolError):
    """Everything that is wrong with one child's data, one `IdentityError` for each entry."""

    def __init__(self, problems: Sequence[IdentityError]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class SignatureError(ProtocolError):
    """A signature that does not verify."""


class OpenError(ProtocolError):
    """A sealed cell that does not open with this key and context."""


class StaleError(ProtocolError):
    """A message whose time is outside the freshness window."""


class ProofError(ProtocolError):
    """A zero-knowledge proof that does not verify."""


class TooFewSharesError(ProtocolError):
    """Fewer valid evaluations than the threshold needs."""


class CeremonyError(ProtocolError):
    """A key ceremony that cannot go on; `accused` is the index at fault, 0 for nobody."""

    def __init__(self, accused: int, reason: str) -> None:
        super().__init__(f"ceremony: participant {accused}: {reason}" if accused else reason)
        self.accused = accused
        self.reason = reason


class DirectoryError(ProtocolError):
    """Directory metadata that is forged, inconsistent or of an unknown form."""


class ExpiredError(DirectoryError):
    """Directory metadata past its validity."""


class UnknownMemberError(DirectoryError):
    """A member id that the directory does not list."""
