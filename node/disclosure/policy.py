"""The council's own policy: what it refuses before anything is matched. Missing: all closed."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.errors import SettingsError
from protocol.directory.document import PurposeEntry
from protocol.messages.lookup import Question
from protocol.messages.vocabulary import Cause, Outcome, Role
from protocol.validation import first_problem

FIRST_POLICY = """\
# What this council refuses, whatever it holds. A missing or wrong file refuses to answer at all.
version = 1
refused_purposes = []   # codes of the directory's purposes
refused_roles = []      # "practitioner", "team_manager", "duty_officer"

# What it says at most of a child that it holds: "known", "may_be_known" (a duty line alone), or
# "being_checked" (a duty officer looks first). What it does not say of a case: "kind", "status".
says_most = "known"
withheld = []
"""


class Policy(BaseModel):
    """A valid policy; `version` stands in every ledger entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    refused_purposes: frozenset[int]
    refused_roles: frozenset[str]
    says_most: Literal["known", "may_be_known", "being_checked"] = "known"
    withheld: frozenset[Literal["kind", "status"]] = frozenset()

    @property
    def highest(self) -> Outcome:
        """The outcome of which nothing higher is said."""
        return Outcome[self.says_most.upper()]


def parse_policy(text: str) -> Policy:
    """Return the policy of a TOML text.

    Raises:
        SettingsError: not TOML, an unknown entry, a wrong value or an unknown role.
    """
    try:
        policy = Policy.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise SettingsError(f"policy: {first_problem(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"policy: not TOML: {error}") from None
    unknown = policy.refused_roles - {role.name.lower() for role in Role}
    if unknown:
        raise SettingsError(f"policy: refused_roles: unknown role {min(unknown)}")
    return policy


def load_policy(path: Path) -> Policy:
    """Return the policy of a file.

    Raises:
        SettingsError: missing or wrong.
    """
    try:
        return parse_policy(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"policy: {path} cannot be read") from None


class PolicyFile:
    """A policy that is asked for with every question, and read when its file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...], Policy] | None = None

    def current(self) -> Policy:
        """Return the policy that the file holds now.

        Raises:
            SettingsError: missing or wrong.
        """
        version = self._version()
        if self._read is None or self._read[0] != version:
            self._read = version, load_policy(self._path)
        return self._read[1]

    def _version(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._path)
        except OSError:
            raise SettingsError(f"policy: {self._path} cannot be read") from None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def refusal_cause(
    policy: Policy, question: Question, purposes: Mapping[int, PurposeEntry]
) -> Cause:
    """Return why a question is refused for what it is, or `Cause.NONE`."""
    if question.purpose not in purposes or question.purpose in policy.refused_purposes:
        return Cause.PURPOSE_NOT_ALLOWED
    if question.role.name.lower() in policy.refused_roles:
        return Cause.ROLE_NOT_ALLOWED
    return Cause.NONE
