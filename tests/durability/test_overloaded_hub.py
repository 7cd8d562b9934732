"""A hub under everything at once: its memory stays within its bound, and the others are served."""

from dataclasses import replace
from pathlib import Path

import httpx

from protocol.sealing.envelope import Kind
from tests.durability import attacks, link_attacks
from tests.durability.attacks import Attack
from tests.durability.hub_under_attack import LARGEST, ROUNDS, target_in, under_attack
from tests.durability.link_attacks import FLOODS, Key
from tests.hub.federation import make_round


def test_every_round_succeeds_and_memory_is_bounded_under_everything_at_once(
    tmp_path: Path,
) -> None:
    with target_in(tmp_path, arriving_mebibytes=96) as target:
        directory = next((target.federation.published / "targets").iterdir()).name
        unread = make_round(target.dishonest[0], target.councils, Kind.IMPORT_EVALUATION).bundle
        hostile: list[tuple[int, Attack]] = [
            (300, attacks.slow_header),
            (100, attacks.HalfSent(LARGEST)),
            (2, attacks.oversize),
            (2, attacks.oversize_in_chunks),
            (4, attacks.endless_framing),
            (4, attacks.packed),
            (20, attacks.Unread(attacks.directory_request(directory))),
            (20, attacks.Unread(attacks.round_request(unread))),
        ]
        assert under_attack(target, hostile) == [httpx.codes.OK] * ROUNDS


def test_bodies_that_nobody_finishes_are_kept_up_to_a_bound(tmp_path: Path) -> None:
    """Beyond it whoever comes is told that the hub is busy, and goes to another."""
    with target_in(tmp_path, arriving_mebibytes=32) as target:
        statuses = under_attack(target, [(300, attacks.HalfSent(LARGEST))])
        assert set(statuses) <= {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}


def test_every_round_succeeds_and_memory_is_bounded_under_attacks_over_links(
    tmp_path: Path,
) -> None:
    with target_in(tmp_path, arriving_mebibytes=32) as target:
        *flooding, asking, leaving_unread = target.dishonest
        unread = make_round(asking, [leaving_unread], Kind.IMPORT_EVALUATION).bundle
        hostile: list[tuple[int, Attack]] = [
            (20, link_attacks.silence),
            *((20, flood) for flood in FLOODS),
            *((8, replace(flood, key=Key.of(flooding.pop()))) for flood in FLOODS),
            (8, link_attacks.Unread(Key.of(leaving_unread))),
            (8, attacks.Unread(attacks.round_request(unread))),
        ]
        assert under_attack(target, hostile) == [httpx.codes.OK] * ROUNDS
    said = (tmp_path / "hub.log").read_text()
    assert said.count("\n") == said.count("listens on") + said.count("not confined in full")
