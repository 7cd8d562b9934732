"""One question, and all of it that passed the hubs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocol.sealing.envelope import Kind
from tests.end_to_end.asking import Asked
from tests.properties.asking import ask
from tests.properties.observed import ObservedFederation
from tests.properties.planted import GROUNDS
from tests.properties.traffic import PassedRound

LOOKUP_KINDS = (Kind.EVALUATION, Kind.LOOKUP)


@dataclass(frozen=True, slots=True, repr=False)
class PassedQuestion:
    """What the practitioner was told, and the two rounds that the hub carried for it."""

    asked: Asked
    evaluation: PassedRound
    lookup: PassedRound


def passed_question(
    federation: ObservedFederation,
    child: Mapping[str, str],
    grounds: Mapping[str, Any] = GROUNDS,
) -> PassedQuestion:
    """Ask about a child; return the question's rounds once every node has answered them.

    Raises:
        FederationError: not in time.
    """
    before = set(federation.rounds(*LOOKUP_KINDS))
    asked = ask(federation, child, grounds=grounds)

    def new() -> dict[Kind, PassedRound]:
        rounds = federation.rounds(*LOOKUP_KINDS)
        return {passed.kind: passed for name, passed in rounds.items() if name not in before}

    everybody = len(federation.plans)
    federation.wait(
        "every node to answer",
        lambda: [len(each.delivered) for each in new().values()] == [everybody] * 2,
    )
    rounds = new()
    return PassedQuestion(asked, rounds[Kind.EVALUATION], rounds[Kind.LOOKUP])
