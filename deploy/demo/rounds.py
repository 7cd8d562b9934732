"""The demo's questions, asked through `whoelse-node ask`, and how they compare with the truth."""

import json
import random
import subprocess
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deploy.demo.children import Population
from deploy.demo.federation import Federation, FederationError, NodePlan
from deploy.demo.questions import draw_questions
from node.records.importing.load import read_file
from node.records.importing.table import open_table
from node.records.importing.table_row import TableRow
from node.records.model import expiry
from protocol.limits import LOOKUP_BATCH
from protocol.matching.identity import FIELDS

NUMBER = 10

FOUND = frozenset({"known", "may be known", "add a field"})
"""How a council answers about a row of its own, depending on what the row says of the child."""


@dataclass(slots=True)
class Score:
    """How many questions were asked, and how many of them were answered right by every council."""

    questions: int = 0
    right: int = 0
    counters_right: bool = False

    @property
    def is_perfect(self) -> bool:
        return self.right == self.questions > 0 and self.counters_right


def ask_drawn(federation: Federation, population: Population, seed: int) -> Score:
    """Ask ten questions about made-up children and compare with how they were made."""
    score = Score()
    plans = federation.plans
    for number, question in enumerate(draw_questions(population, seed, NUMBER)):
        asker = plans[number % len(plans)]
        print(f"{number + 1}. {asker.name} asks: {_child_words(question.fields)}")
        print(f"   ({question.about})")
        expected = {member: {outcome.value} for member, outcome in question.expected.items()}
        score.questions += 1
        score.right += _ask(federation, asker, question.fields, expected)
    return score


def ask_own(federation: Federation, file: Path, seed: int, today: date) -> Score:
    """Ask about up to ten rows of the user's file from the other councils: each must be found.

    Rows that are answered no longer (closed a year ago, or of age by now) are not asked about.
    """
    holder, *others = federation.plans
    rows = _answered_rows(file, today)
    drawn = random.Random(seed).sample(range(len(rows)), min(NUMBER, len(rows)))
    score = Score()
    for number, position in enumerate(sorted(drawn)):
        asker, row = others[number % len(others)], rows[position]
        print(f"{number + 1}. {asker.name} asks about line {row.line} of {file}")
        fields = {name: row.cells[name] for name in FIELDS if row.cells.get(name)}
        score.questions += 1
        score.right += _ask(federation, asker, fields, {holder.id: FOUND})
    return score


def _answered_rows(file: Path, today: date) -> list[TableRow]:
    parsed = {row.line: row for row in read_file(file, today).rows}
    return [
        row
        for row in open_table(file).rows()
        if isinstance(row, TableRow)
        and row.line in parsed
        and expiry(parsed[row.line].involvement, parsed[row.line].identity.date_of_birth) > today
    ]


def evaluations_counted(federation: Federation) -> dict[str, int]:
    """Return each keyholder's own count of elements evaluated for lookups."""
    return {
        plan.id: federation.status(plan)["elements_evaluated_for_others"].get("evaluation", 0)
        for plan in federation.plans
    }


def check_counters(federation: Federation, before: Mapping[str, int], questions: int) -> bool:
    """Print what each keyholder counted; True if every one shows every question."""
    after = evaluations_counted(federation)
    counted = {plan.name: after[plan.id] - before[plan.id] for plan in federation.plans}
    print()
    for name, elements in counted.items():
        print(f"Keyholder {name} counted {elements} elements for {questions} questions.")
    with_pages = sum(plan.web_port is not None for plan in federation.plans)
    return all(shows_questions(elements, questions, with_pages) for elements in counted.values())


def shows_questions(elements: int, questions: int, with_pages: int) -> bool:
    """Whether so many elements are those of the questions, and at most a batch of each council with
    pages, whose beat may have come meanwhile (spec 50 §5.2)."""
    batches, rest = divmod(elements, LOOKUP_BATCH)
    return rest == 0 and questions <= batches <= questions + with_pages


def _ask(
    federation: Federation,
    asker: NodePlan,
    fields: Mapping[str, str],
    expected: Mapping[str, AbstractSet[str]],
) -> bool:
    """Ask one question, print each answer as it comes, return whether all were as expected."""
    enquiry = {
        "child": dict(fields),
        "purpose": 1,
        "who": {
            "name": "D. Practitioner",
            "telephone": asker.duty_line,
            "team": "Front door",
            "reference": "DEMO-1",
        },
    }
    process = federation.ask(asker, enquiry)
    names = {plan.id: plan.name for plan in federation.plans}
    seen = {}
    for answer in _answers(process):
        outcome = answer["outcome"].replace("_", " ")
        seen[answer["member"]] = outcome
        wanted = expected.get(answer["member"], {outcome})
        mark = "" if outcome in wanted else f"   WRONG: expected {' or '.join(sorted(wanted))}"
        print(f"     {names[answer['member']]:<11}{_words(answer)}{mark}", flush=True)
    for member in expected.keys() - seen.keys():
        print(f"     {names[member]:<11}no outcome   WRONG")
    return all(seen.get(member) in wanted for member, wanted in expected.items())


def _child_words(fields: Mapping[str, str]) -> str:
    """Return what was typed, in the order of a form. The children are made up."""
    return ", ".join(fields[name] for name in FIELDS if fields.get(name))


def _answers(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    if process.stdout is None or process.stderr is None:
        raise FederationError("whoelse-node ask: no output")
    for line in process.stdout:
        answer: dict[str, Any] = json.loads(line)
        if "end" not in answer:
            yield answer
    problem = process.stderr.read().strip()
    if process.wait() != 0:
        raise FederationError(problem)


def _words(answer: Mapping[str, Any]) -> str:
    outcome = str(answer["outcome"]).replace("_", " ")
    if answer["tier"] is None:
        return outcome
    link = ": " if answer["tier"] == "household" else ", but "
    difference = link + answer["difference"] if answer["difference"] else ""
    words = f"{outcome.upper()} ({answer['tier']}{difference})"
    if not answer["involvements"]:
        return f"{words} duty line {answer['duty_line']}"
    first = answer["involvements"][0]
    return f"{words} {first['kind'].replace('_', ' ')}, {first['team']}, ring {first['telephone']}"
