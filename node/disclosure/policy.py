"""The council's own policy: what it refuses before anything is matched. Missing: all closed."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.errors import SettingsError
from protocol.directory.document import PurposeEntry
from protocol.messages.lookup import Question
from protocol.messages.vocabulary import Cause, Role
from protocol.validation import first_problem

FIRST_POLICY = """\
# What this council refuses, whatever it holds. A missing or wrong file refuses to answer at all.
version = 1
refused_purposes = []   # codes of the directory's purposes
refused_roles = []      # "practitioner", "team_manager", "duty_officer"
"""


class Policy(BaseModel):
    """A valid policy; `version` stands in every ledger entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    refused_purposes: frozenset[int]
    refused_roles: frozenset[str]


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
        return _parse_bytes(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"policy: {path} cannot be read") from None


@lru_cache(maxsize=1)  # read for every question, parsed when it has changed
def _parse_bytes(content: bytes) -> Policy:
    return parse_policy(content.decode("utf-8"))


def refusal_cause(
    policy: Policy, question: Question, purposes: Mapping[int, PurposeEntry]
) -> Cause:
    """Return why a question is refused for what it is, or `Cause.NONE`."""
    if question.purpose not in purposes or question.purpose in policy.refused_purposes:
        return Cause.PURPOSE_NOT_ALLOWED
    if question.role.name.lower() in policy.refused_roles:
        return Cause.ROLE_NOT_ALLOWED
    return Cause.NONE
