"""P5: shielded, separated and unknown children are one answer in bytes, length, time, and in all
that follows; the unknown and the known are, to everybody but the asker."""

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path

from node.ledger.entries import AnsweredEntry
from protocol.sealing.envelope import Kind, reply_bytes
from tests.properties.asking import ask
from tests.properties.at_rest import PUPIL, PUPIL_CASE
from tests.properties.insiders import answered_entry
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN, UNKNOWN
from tests.properties.questions import PassedQuestion, passed_question
from tests.properties.traffic import Carried, Post

FORMER = {
    "surname": "Planted",
    "forename": "Tamsin",
    "date_of_birth": "2018-06-07",
    "postcode": "QX7 7QX",
}
NOW = FORMER | {"surname": "Featherstonehaugh"}

BEATS = 2
EARLY_MS = 50
"""By how much a clock may run ahead of the one that a beat was timed by."""


def test_p05_the_answers_to_known_and_unknown_are_of_one_length(
    federation: ObservedFederation, asked_thrice: dict[str, PassedQuestion]
) -> None:
    holder = federation.member("Northmoor")
    known, unknown = (asked_thrice[name].lookup.delivered for name in ("known", "unknown"))
    assert len(known[holder].answer) == len(unknown[holder].answer)
    assert {len(each.answer) for each in known.values()} == {len(known[holder].answer)}


def test_p05_every_answer_waits_for_the_tick(
    federation: ObservedFederation, asked_thrice: dict[str, PassedQuestion]
) -> None:
    with federation.inside("Eastvale") as opened:
        tick_seconds = opened.directory.current().tick_ms / 1000
    for question in asked_thrice.values():
        for each in question.lookup.delivered.values():
            assert each.answered_at - each.at >= tick_seconds


def test_p05_known_and_unknown_leave_a_row_of_one_length(
    federation: ObservedFederation, asked_thrice: dict[str, PassedQuestion]
) -> None:
    with federation.inside("Northmoor") as opened:
        entries = dict(opened.ledger.entries(Kind.LOOKUP))
        found = [
            opened.ledger.find(question.lookup.bundle.round_id, federation.member("Eastvale"))
            for question in asked_thrice.values()
        ]
    rows = [entries[question.lookup.bundle.round_id] for question in asked_thrice.values()]
    assert len({len(row) for row in rows}) == 1
    replies = [row.reply for row in found if row is not None and row.reply is not None]
    assert [len(reply) for reply in replies] == [reply_bytes(Kind.LOOKUP)] * len(asked_thrice)


def test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss(
    federation: ObservedFederation,
) -> None:
    """Also among the attacks that worked: rounds or retries that exist only after a hit."""
    followed = {}
    for name, child in (("hit", KNOWN), ("miss", UNKNOWN)):
        before = federation.carried()
        with federation.commands_told_apart():
            asked = ask(federation, child)
        assert ("known" in asked.outcomes().values()) is (name == "hit")
        later = _wait_for_beats(federation, before)
        followed[name] = _but_post(later)
        _check_is_the_beat_alone(later, _beat_ms(federation))
    assert followed["hit"] == followed["miss"]
    rounds = [(Kind.EVALUATION, "hub-1"), (Kind.LOOKUP, "hub-1")]
    assert followed["hit"]["posts"] == Counter(rounds)
    assert followed["hit"]["requests"].total() > 2, "the directory's files are among them"


def test_p05_a_shielded_child_is_an_unknown_one(federation: ObservedFederation) -> None:
    """To everybody but the officers of the council that shields it, who learn of it by the row."""
    folder = federation.node_folder(federation.plan("Northmoor"))
    begin = ("shield", "begin", folder, PUPIL_CASE, "--officer=Olu", "--reason=A threat")
    said = federation.command("whoelse-node", *begin)
    (id,) = re.findall(r"The shield is (\w+);", said)
    try:
        shielded, unknown = _answered_alike(federation, PUPIL, UNKNOWN)
        assert shielded.shields == (id,)
        changes = {"asker": None, "shields": ()}
        assert shielded.model_copy(update=changes) == unknown
    finally:
        for officer in ("Olu", "Ines"):
            end = ("shield", "end", folder, id, f"--officer={officer}")
            federation.command("whoelse-node", *end)


def test_p05_a_separated_child_is_an_unknown_one(
    federation: ObservedFederation, tmp_path: Path
) -> None:
    """Under the name that it had; under the one of now it is known, by a case of its own."""
    folder, file = federation.node_folder(federation.plan("Northmoor")), tmp_path / "file.csv"
    columns = "case_reference,surname,forename,date_of_birth,postcode,involvement,last_updated,team"
    rest = "child in need,2026-10-01,Family Support"
    names = {"FORMER-1": FORMER, "NOW-1": NOW}
    rows = [
        f"{case},{','.join(child.values())},{rest},0113 496 0111" for case, child in names.items()
    ]
    file.write_text("\n".join([f"{columns},telephone", *rows]) + "\n")
    federation.command("whoelse-node", "import", folder, file, "--source=former")
    begin = (
        "shield",
        "begin",
        folder,
        "FORMER-1",
        "--officer=Olu",
        "--reason=Adoption",
        "--former",
    )
    said = federation.command("whoelse-node", *begin)
    (id,) = re.findall(r"The shield is (\w+);", said)
    separated, unknown = _answered_alike(federation, FORMER, UNKNOWN)
    assert separated.shields == (id,)
    assert separated.model_copy(update={"asker": None, "shields": ()}) == unknown
    asked = ask(federation, NOW)
    assert asked.outcomes()[federation.member("Northmoor")] == "known"


def _answered_alike(
    federation: ObservedFederation, one: Mapping[str, str], other: Mapping[str, str]
) -> list[AnsweredEntry]:
    """Check that two children differ in nothing that is said or sent of them, or in how long what
    is kept is; return what is kept."""
    holder = federation.member("Northmoor")
    asked = [passed_question(federation, child) for child in (one, other)]
    with federation.inside("Northmoor") as opened:
        rows = dict(opened.ledger.entries(Kind.LOOKUP))
        found = [answered_entry(opened, each.lookup.bundle.round_id) for each in asked]
    entries = [entry for entry in found if entry is not None]
    assert len(entries) == len(asked)
    assert [each.asked.outcomes()[holder] for each in asked] == ["not_known"] * 2
    assert len({len(each.lookup.delivered[holder].answer) for each in asked}) == 1
    assert len({len(rows[each.lookup.bundle.round_id]) for each in asked}) == 1
    return entries


def _wait_for_beats(federation: ObservedFederation, before: Carried) -> Carried:
    """Return all that was carried since, once every member has sent its post a few times."""

    def all_have_sent() -> bool:
        later = federation.carried().since(before)
        senders = [post.sender for post in later.posts if post.kind is Kind.POST]
        return all(senders.count(federation.member(plan.name)) > BEATS for plan in federation.plans)

    federation.wait("some beats of everybody", all_have_sent)
    return federation.carried().since(before)


def _but_post(carried: Carried) -> dict[str, Counter[Hashable]]:
    """Count what was carried to which hub and which member, requests of the asker's included."""
    posts = [post for post in carried.posts.elements() if post.kind is not Kind.POST]
    deliveries = [each for each in carried.deliveries.elements() if each.kind is not Kind.POST]
    return {
        "posts": Counter((post.kind, post.hub) for post in posts),
        "deliveries": Counter((each.kind, each.hub, each.member) for each in deliveries),
        "requests": Counter(carried.requests),
    }


def _beat_ms(federation: ObservedFederation) -> int:
    with federation.inside("Eastvale") as opened:
        return opened.directory.current().post_interval_seconds * 1000


def _check_is_the_beat_alone(carried: Carried, beat_ms: int) -> None:
    """Check that everybody sent one cell of one size to all, once in a beat at the most."""
    posts = [post for post in carried.posts.elements() if post.kind is Kind.POST]
    assert len({post.length for post in posts}) == 1
    beats = [
        (post.sender, (post.time_ms - _offset(post, beat_ms) + EARLY_MS) // beat_ms)
        for post in posts
    ]
    assert len(beats) == len(set(beats))
    assert set(carried.deliveries.values()) == {1}


def _offset(post: Post, beat_ms: int) -> int:
    digest = hashlib.sha256(post.sender.encode()).digest()
    return int.from_bytes(digest[:8], "big") % beat_ms
