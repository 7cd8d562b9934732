"""Asking as a practitioner at Eastvale, who may be held at the moment of reading the answers."""

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from protocol import limits
from protocol.identifiers import MemberId
from protocol.messages.link import Frame
from protocol.sealing.envelope import Kind, reply_bytes
from tests.end_to_end.asking import Asked
from tests.properties.observed import ObservedFederation
from tests.properties.planted import GROUNDS, enquiry

ASKER = "Eastvale"


def ask(
    federation: ObservedFederation,
    child: Mapping[str, str],
    asker: str = ASKER,
    grounds: Mapping[str, Any] = GROUNDS,
) -> Asked:
    """Ask about a child; return every answer.

    Raises:
        AssertionError: two outcomes for one member.
    """
    process = federation.ask(federation.plan(asker), enquiry(child, grounds))
    output, error = process.communicate(timeout=120)
    federation.said.append(error)
    return _read(output, error, process.returncode)


@contextmanager
def held_at_its_answers(
    federation: ObservedFederation, child: Mapping[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """Give an asking process that has every answer but Westbrook's, and waits for that."""
    go_on = threading.Event()

    def hold(member: MemberId, frame: Frame) -> None:
        if member == federation.member("Westbrook") and len(frame.content) == _REPLY_BYTES:
            go_on.wait(limits.ROUND_SECONDS)

    with federation.gated(hold):
        process = federation.ask(federation.plan(ASKER), enquiry(child))
        try:
            yield process
        finally:
            go_on.set()
            federation.said.append(process.communicate(timeout=60)[1])


_REPLY_BYTES = reply_bytes(Kind.LOOKUP)


def _read(output: str, error: str, status: int) -> Asked:
    asked = Asked(status=status, error=error)
    for line in output.splitlines():
        content = json.loads(line)
        if "end" in content:
            asked.keyholder_problems = content["keyholder_problems"]
        else:
            assert content["member"] not in asked.answers, "two outcomes for one member"
            asked.answers[content["member"]] = content
    return asked
