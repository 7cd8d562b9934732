"""Asking every member about one child: a round through a real hub, every answer sealed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from node.asking import asker
from node.asking.asker import Lookups, PreparedLookup, _Keyed
from node.evaluating.evaluator import Evaluator
from node.federation import rounds as sending
from node.federation.rounds import RoundSender, make_client
from node.keys import NodeKeys
from protocol import limits
from protocol.directory.members import Directory, parse_directory
from protocol.matching.key_ids import KeyId
from protocol.messages.vocabulary import Outcome
from protocol.oprf.voprf import TOKEN_BYTES
from tests.bench.links import Mode
from tests.bench.measuring import by_turns, cpu_of, middle
from tests.bench.members import publish_federation
from tests.bench.parts import Part, PartsClock
from tests.bench.primitives import Primitives
from tests.bench.processes import linked, running_hub
from tests.bench.report import Figure, Picture, Report
from tests.hub.federation import now_ms
from tests.node.small_federation import STORE_KEY, child, enquiry, new_ledger

MEMBERS = 152
RATIO = 2.0
SEED = 7
KEYS = (5, 29, limits.QUESTION_SLOTS)
"""Keys of a question: a plain child; two forenames and a double surname; the most there can be."""


@dataclass(frozen=True)
class Asker:
    """A member that asks, and the loop it lives on."""

    lookups: Lookups
    directory: Directory
    runner: asyncio.Runner

    def ask(self, prepared: PreparedLookup) -> None:
        """Ask every member once, to the last answer."""
        self.runner.run(self._ask(prepared))

    async def _ask(self, prepared: PreparedLookup) -> None:
        outcomes = [result.outcome async for result in self.lookups.ask(self.directory, prepared)]
        if outcomes != [Outcome.NOT_KNOWN] * len(self.directory.members):
            raise RuntimeError("not every member answered")


def run(members: int = MEMBERS, rounds: int = 3, repeats: int = 7) -> Report:
    """Measure the asker's CPU for one round against its primitives."""
    primitives = Primitives()

    def reference(keys: int) -> None:
        for _ in range(members):
            primitives.ask_about(keys)
            primitives.ask()
        primitives.sign_bundle(members)

    figures = []
    with running_asker(members) as asking:
        for keys in KEYS:
            prepared = made_up(keys)
            pairs = by_turns(
                lambda: cpu_of(lambda: asking.ask(prepared)),  # noqa: B023
                lambda: cpu_of(lambda: reference(keys)),  # noqa: B023
                rounds,
                repeats,
            )
            name = f"asking {members} members, a question of {keys} keys"
            figures.append(Figure.of(name, middle(pairs), RATIO))
        picture = Picture(figures[1].name, _parts(asking, made_up(KEYS[1]), rounds))
    notes = [
        "from the tokens to the last outcome, over HTTP and a real hub; every answer *not known*",
        f"reference: {members} × (tags + masks + who-block + seal + sign + verify + open) + a "
        "bundle's signature",
    ]
    return Report("Asking", figures, primitives.of_asking(members), [picture], notes)


def made_up(keys: int) -> PreparedLookup:
    """Return a lookup with made-up tokens."""
    random = Random(SEED)
    tokens = tuple(_Keyed(KeyId.A1, random.randbytes(TOKEN_BYTES)) for _ in range(keys))
    return PreparedLookup(enquiry(child()), tokens)


@contextmanager
def running_asker(members: int) -> Iterator[Asker]:
    """Give a member that asks so many, itself among them, over a hub and their links."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name:
        federation = publish_federation(Path(name) / "directory", members)
        draft = federation.repository.read_draft()
        us = federation.asker
        keys = NodeKeys(us.signing, us.sealing, us.sealing_public)
        ledger, client = new_ledger(Path(name) / "ledger.db"), make_client()
        with (
            running_hub(Path(name) / "hub", federation) as (_, url),
            linked(url, members, Mode.SEALED),
            asyncio.Runner() as runner,
        ):
            sender = RoundSender(client, lambda: [url])
            evaluator = Evaluator(us.id, keys, sender, now_ms)
            lookups = Lookups(us.id, keys, evaluator, sender, ledger, STORE_KEY, now_ms)
            directory = parse_directory(draft.model_dump_json().encode())
            yield Asker(lookups, directory, runner)
            runner.run(client.aclose())
        ledger.close()


PARTS: tuple[Part, ...] = (
    ("seal and sign", asker, "seal_request"),
    ("make a question", asker, "_question"),
    ("our own row", Lookups, "_record"),
    ("sign the bundle", asker, "encode_bundle"),
    ("read lines", sending, "decode_line"),
    ("verify and open", sending, "_open"),
    ("judge", asker, "_result"),
)


def _parts(asking: Asker, prepared: PreparedLookup, rounds: int) -> dict[str, float]:
    clock = PartsClock()
    with clock.watching(PARTS):
        return clock.time(lambda: asking.ask(prepared), rounds)
