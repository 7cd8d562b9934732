"""`make demo`: a whole federation on this machine, ten questions, and the line to type for more."""

import argparse
import fcntl
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from deploy.demo.children import Population, make_population
from deploy.demo.councils import COUNCILS, CouncilPlan
from deploy.demo.federation import (
    Federation,
    FederationError,
    NodePlan,
    memory_folder,
    run_command,
)
from deploy.demo.ports import free_ports
from deploy.demo.rounds import Score, ask_drawn, ask_own, check_counters, evaluations_counted
from deploy.demo.rows import write_csv
from deploy.demo.sign_ins import SIGN_INS, sign_in_lines
from node.records.importing.load import read_file

FOLDER = Path("demo-federation")
LOADERS = 2
"""Files loaded at once: one for each core of a small machine."""


def main() -> int:
    """Run the demo; 0 only if every answer was right and every counter fits."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    if options.csv:
        try:
            run_command("whoelse-node", "import", FOLDER, options.csv, "--check")
        except FederationError as error:
            print(error, file=sys.stderr)
            return 1
    lock = _take_folder()
    if lock is None:
        print(f"A demo is running in {FOLDER} already: stop it with Ctrl-C first", file=sys.stderr)
        return 1
    federation = Federation(FOLDER, memory_folder("whoelse-demo"), _plans(options.csv))
    # A demo that is ended, or whose terminal is closed, takes its processes with it.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        return _run(federation, options, seed)
    except FederationError as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    finally:
        federation.stop()
        lock.close()


def _take_folder() -> IO[bytes] | None:
    """Empty the demo's folder and hold it; None while another demo does."""
    FOLDER.mkdir(exist_ok=True)
    lock = (FOLDER / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    for path in FOLDER.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()
    return lock


def _run(federation: Federation, options: argparse.Namespace, seed: int) -> int:
    began = time.monotonic()
    print(f"Seed {seed} (the same again: make demo SEED={seed})")
    with _step("One directory, one hub, five councils: keys and folders"):
        federation.make()
        for council, sign_in in SIGN_INS:
            federation.add_account(federation.plans[council], sign_in)
    with _step("Six processes, linked through the hub"):
        federation.start()
    with _step("Key ceremony, 3 of 5, through the hub: no machine ever holds the key"):
        federation.hold_ceremony()
    with _step("Children of five councils loaded from CSV"):
        population = _load_all(federation, seed, options.rows, options.csv)
    print(f"Ready in {time.monotonic() - began:.0f} s.\n")
    before = evaluations_counted(federation)
    if options.csv:
        score = ask_own(federation, options.csv, seed, datetime.now(UTC).date())
    else:
        score = ask_drawn(federation, population, seed)
    score.counters_right = check_counters(federation, before, score.questions)
    _print_score(score)
    _print_sign_ins(federation)
    if options.once:
        return 0 if score.is_perfect else 1
    _print_invitation(federation)
    signal.pause()
    return 0


def _plans(own_file: Path | None) -> list[NodePlan]:
    rows = 0
    if own_file is not None:
        rows = len(read_file(own_file, datetime.now(UTC).date()).rows)
    places = sorted({place for place, _ in SIGN_INS})
    ports = dict(zip(places, free_ports(len(places)), strict=True))
    return [
        _plan(council, max(1000, rows), ports.get(place)) for place, council in enumerate(COUNCILS)
    ]


def _plan(council: CouncilPlan, declared_records: int, web_port: int | None) -> NodePlan:
    return NodePlan(
        council.id,
        council.name,
        council.supplier,
        council.host,
        council.duty_line,
        council.out_of_hours_line,
        declared_records,
        web_port=web_port,
    )


def _load_all(federation: Federation, seed: int, rows: int, own_file: Path | None) -> Population:
    """Load every council's file; the user's own, if there is one, at the first council."""
    population = make_population(seed, COUNCILS, datetime.now(UTC).date(), rows)
    files = {}
    for plan in federation.plans:
        files[plan.id] = FOLDER / f"{plan.name.lower()}.csv"
        write_csv(population.rows[plan.id], files[plan.id])
    if own_file is not None:
        files[federation.plans[0].id] = own_file
    with ThreadPoolExecutor(LOADERS) as pool:
        for _ in pool.map(lambda plan: _load(federation, plan, files[plan.id]), federation.plans):
            pass
    return population


def _load(federation: Federation, plan: NodePlan, file: Path) -> None:
    def say(line: str) -> None:
        if line.startswith(("making tokens", "Loaded")):
            print(f"  {plan.name}: {line}", flush=True)

    federation.load(plan, file, say)


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"{what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"  {time.monotonic() - began:.1f} s", flush=True)


def _print_score(score: Score) -> None:
    print(f"\n{score.right} of {score.questions} questions answered as the truth has it.")
    if not score.counters_right:
        print("A keyholder's counter does not show the evaluations.")


def _print_sign_ins(federation: Federation) -> None:
    print(f"\nWho may sign in, in a browser:\n\n{sign_in_lines(federation)}", flush=True)


def _print_invitation(federation: Federation) -> None:
    asker = federation.plans[1]
    pids = ", ".join(f"{plan.name} {federation.pid(plan.id)}" for plan in federation.plans)
    print(
        "\nThe federation is up until Ctrl-C. Ask another question from "
        f"{asker.name}, in a second terminal:\n\n"
        f"    .venv/bin/whoelse-node ask {federation.node_folder(asker)}\n\n"
        "or sign in above. "
        f"The children are in {FOLDER}/*.csv. To see what is said of a council that is gone, "
        f"end its process with  kill PID:\n    {pids}",
        flush=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the questions")
    parser.add_argument("--csv", type=Path, help="load this file at the first council")
    parser.add_argument("--seed", type=int, help="draw everything from this number")
    parser.add_argument("--rows", type=int, default=300, help="children in each council's file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
