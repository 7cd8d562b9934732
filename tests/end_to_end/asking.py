"""Asking a running federation, as a practitioner at one of its councils."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.demo.federation import Federation, NodePlan
from node.asking.asker import Enquiry
from protocol.matching.identity import parse_identity
from protocol.messages.lookup import Who
from protocol.messages.vocabulary import Role


@dataclass(slots=True)
class Asked:
    """A finished question: answers by member id, and what the command said beside them."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    keyholder_problems: dict[str, str] = field(default_factory=dict)
    status: int = 0
    error: str = ""

    def outcomes(self) -> dict[str, str]:
        return {member: answer["outcome"] for member, answer in self.answers.items()}


def enquiry(child: Mapping[str, str] | str) -> dict[str, Any]:
    """Return what a file asks: about a child by its entries, or one's own case by its reference."""
    return {
        **({"case": child} if isinstance(child, str) else {"child": dict(child)}),
        "purpose": 1,
        "who": {"name": "Test Practitioner", "telephone": "0113 496 0222", "team": "Front door"},
    }


def parsed(child: Mapping[str, str]) -> Enquiry:
    """Return the same enquiry as the command makes of it."""
    identity = parse_identity(dict(child), datetime.now(UTC).date())
    who = Who("Test Practitioner", "0113 496 0222", "Front door", "", False)
    return Enquiry(identity, 1, Role.PRACTITIONER, who)


def ask(federation: Federation, asker: NodePlan, child: Mapping[str, str] | str) -> Asked:
    process = federation.ask(asker, enquiry(child))
    output, error = process.communicate(timeout=120)
    asked = Asked(status=process.returncode, error=error)
    for line in output.splitlines():
        content = json.loads(line)
        if "end" in content:
            asked.keyholder_problems = content["keyholder_problems"]
        else:
            assert content["member"] not in asked.answers, "two outcomes for one member"
            asked.answers[content["member"]] = content
    return asked


def start_lost_hubs(federation: Federation) -> None:
    """Start every hub that a test before has killed."""
    for hub in federation.hub_urls:
        if not federation.runs(hub):
            federation.start_hub(hub)
    wait_until_all_are_linked(federation)


def wait_until_all_are_linked(federation: Federation) -> None:
    for plan in federation.plans:
        federation.wait_until_linked(plan)
