"""Two councils without pages: a call-back asked for and given, each at a terminal."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from deploy.demo.children import Population
from deploy.demo.federation import Federation, NodePlan
from node.cli.enquiry import DETAIL_PROMPTS
from tests.durability.polling import poll
from tests.end_to_end.asking import start_lost_hubs, wait_until_all_are_linked
from tests.end_to_end.terminal import Terminal
from tests.properties.searching import found_in, found_in_files

CHILD = "surname", "forename", "date_of_birth", "postcode", "nhs_number", "upn"
WHO = "", "1", "", "Terminal Practitioner", "0113 496 0333", "Front door", "OWN-REF", "n", "n"
"""What is typed behind the child: no more of it, why, as a practitioner, who, for nobody else."""


def test_a_call_back_is_asked_for_and_given_at_two_terminals(
    federation: Federation, population: Population
) -> None:
    asker, holder, fields = _known_at_one(federation, population)
    entries = ["", *(fields.get(name, "") for name in CHILD), *WHO]
    said = federation.command(
        *("whoelse-node", "ask", federation.node_folder(asker)),
        typed="\n".join([*entries, "1", "1", "Please ring", ""]) + "\n",
    )
    assert f"{holder.name} is asked to ring 0113 496 0333" in said
    (asked,) = _items(federation, asker, "call-backs")
    assert (asked["name_of_council"], asked["reference"]) == (holder.name, "OWN-REF")

    waiting = _wait_for(federation, holder, "inbox", lambda item: item["id"] == asked["id"])
    assert waiting["message"] == "Please ring"
    assert waiting["case_references"]
    with Terminal(federation, "whoelse-node", "inbox", federation.node_folder(holder)) as terminal:
        # Others may wait there too, and longer.
        listed = re.search(r"(\d+)  Ring Terminal Practitioner", terminal.read_to("to open"))
        assert listed is not None
        terminal.type(listed[1], "3", "Duty Officer", "Rang at noon")
        assert "0113 496 0333" in terminal.read_to("Kept.")
    told = _wait_for(federation, asker, "call-backs", lambda item: bool(item["steps"]))
    (step,) = told["steps"]
    assert (step["step"], step["owner"], step["note"]) == (
        "answered",
        "Duty Officer",
        "Rang at noon",
    )


def test_a_council_that_was_away_is_asked_again_with_the_same_question(
    federation: Federation, population: Population
) -> None:
    start_lost_hubs(federation)
    asker, holder, fields = _known_at_one(federation, population)
    away = next(plan for plan in federation.plans if plan not in (asker, holder))
    federation.kill(away.id)
    entries = ["", *(fields.get(name, "") for name in CHILD), *WHO]
    with Terminal(federation, "whoelse-node", "ask", federation.node_folder(asker)) as terminal:
        terminal.type(*entries)
        said = terminal.read_to("once more? [y/N]:")
        assert f"Not heard from: {away.name}" in said
        federation.start_node(away)
        wait_until_all_are_linked(federation)
        terminal.type("y")
        again = terminal.read_to("Number, or Enter to end")
        assert "5 of 5 answered" in again
        assert holder.name not in again.split("5 of 5")[0], (
            "it has answered, and is not asked again"
        )
        terminal.type("1", "1", "Please ring")
        assert f"{holder.name} is asked to ring" in terminal.read_to("FOLDER")


def test_one_more_detail_is_asked_for_and_given_at_two_terminals(
    federation: Federation, population: Population
) -> None:
    asker, holder, fields = _known_at_one(federation, population)
    by_number = dict.fromkeys(CHILD, "") | {"nhs_number": fields["nhs_number"]}
    with _adding_every_second(federation, asker):
        federation.command(
            *("whoelse-node", "ask", federation.node_folder(asker)),
            typed="\n".join(["", *by_number.values(), *WHO, "", ""]) + "\n",
        )
        (check,) = (
            item for item in _items(federation, asker, "call-backs") if item["kind"] == "check"
        )
        _wait_for(federation, holder, "inbox", lambda item: item["id"] == check["id"])
        with Terminal(federation, "whoelse-node", "inbox", federation.node_folder(holder)) as there:
            listed = re.search(
                r"(\d+)  Look whether you know the child: Terminal Practitioner",
                there.read_to("to open"),
            )
            assert listed is not None
            there.type(listed[1], "4", "Duty Officer", "Names and date of birth")
            there.read_to("Kept.")
        _wait_for(
            federation,
            asker,
            "call-backs",
            lambda item: item["id"] == check["id"] and bool(item["steps"]),
        )
        with Terminal(
            federation, "whoelse-node", "call-backs", federation.node_folder(asker)
        ) as here:
            assert "OWN-REF): Names and date of birth" in here.read_to("Number, or Enter to end")
            here.type("1", *(fields.get(name, "") for name in DETAIL_PROMPTS))
            here.read_to("It goes out with one of the next batches")
        read = _wait_for(
            federation,
            holder,
            "inbox",
            lambda item: item["id"] == check["id"] and bool(item["added_ms"]),
        )
    assert [key for _, key in read["added_fits"]], "it is the child of the case"
    typed = [fields["nhs_number"].encode(), fields["postcode"].encode()]
    assert all(typed)
    assert not found_in_files(federation.node_folder(asker), typed)
    assert not found_in((federation.folder / f"{asker.id}.log").read_bytes(), typed)


@contextmanager
def _adding_every_second(federation: Federation, plan: NodePlan) -> Iterator[None]:
    """Have a node send what is added to checks, and far sooner than one does."""
    settings = federation.node_folder(plan) / "node.toml"
    before = settings.read_text()
    settings.write_text(before.replace("adding_seconds = 0", "adding_seconds = 1"))
    _start_anew(federation, plan)
    try:
        yield
    finally:
        settings.write_text(before)
        _start_anew(federation, plan)


def _start_anew(federation: Federation, plan: NodePlan) -> None:
    federation.kill(plan.id)
    federation.start_node(plan)
    wait_until_all_are_linked(federation)


def _known_at_one(
    federation: Federation, population: Population
) -> tuple[NodePlan, NodePlan, Mapping[str, str]]:
    """Return an asker, the one council that knows an only child, and what it knows of it."""
    for child in population.children:
        copies = population.copies_of(child)
        if len(copies) == 1 and not population.kin_of(child):
            (holder,) = (plan for plan in federation.plans if plan.id == copies[0].council.id)
            asker = next(plan for plan in federation.plans if plan.id != holder.id)
            return asker, holder, asdict(copies[0].row.identity)
    raise AssertionError("every child is known to two councils, or has a brother or sister")


def _items(federation: Federation, plan: NodePlan, command: str) -> list[dict[str, Any]]:
    said = federation.command("whoelse-node", command, federation.node_folder(plan), "--json")
    return [json.loads(line) for line in said.splitlines()]


def _wait_for(
    federation: Federation, plan: NodePlan, command: str, is_it: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return what the post brings, once it has."""

    def found() -> list[dict[str, Any]]:
        return [item for item in _items(federation, plan, command) if is_it(item)]

    poll(f"the {command} of {plan.name}", lambda: bool(found()))
    return found()[0]
