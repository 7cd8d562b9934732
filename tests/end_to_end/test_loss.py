"""Councils and hubs that go away: the others answer, and the lost are named."""

import asyncio

from deploy.demo.children import Population
from deploy.demo.federation import Federation
from deploy.demo.questions import DemoQuestion, draw_questions
from node.cli.session import fresh_directory, open_session, session_lookups
from node.opening import OpenFolder, open_folder
from tests.end_to_end.asking import ask, parsed, start_lost_hubs, wait_until_all_are_linked
from tests.end_to_end.conftest import SEED


def test_answers_go_on_as_processes_are_lost_and_come_back(
    federation: Federation, population: Population
) -> None:
    """One story, since each loss stands on the one before."""
    questions = draw_questions(population, SEED + 2, 10)
    asker, lost = federation.plans[0], federation.plans[3:]

    federation.kill("hub-1")
    asked = ask(federation, asker, questions[0].fields)
    assert len(asked.answers) == 5
    assert not {"unreachable", "timed_out"} & set(asked.outcomes().values())

    for plan in lost:
        federation.kill(plan.id)
    asked = ask(federation, asker, questions[1].fields)
    assert asked.status == 0
    expected = {
        member: outcome.value.replace(" ", "_") for member, outcome in questions[1].expected.items()
    }
    expected.update({plan.id: "unreachable" for plan in lost})
    assert asked.outcomes() == expected
    assert set(asked.keyholder_problems) <= {plan.name for plan in lost}

    federation.kill(federation.plans[2].id)
    asked = ask(federation, asker, questions[2].fields)
    assert asked.status == 2
    assert "3 keyholders are needed and only 2" in asked.error
    assert all(plan.name in asked.error for plan in federation.plans[2:])

    for plan in federation.plans[2:]:
        federation.start_node(plan)
    federation.start_hub("hub-1")
    wait_until_all_are_linked(federation)
    federation.kill("hub-2")
    asked = ask(federation, asker, questions[3].fields)
    assert asked.outcomes() == {
        member: outcome.value.replace(" ", "_") for member, outcome in questions[3].expected.items()
    }

    federation.kill("hub-1")
    asked = ask(federation, asker, questions[4].fields)
    assert asked.status == 2
    assert "no hub carried the round" in asked.error
    assert "not reachable" in asked.error


def test_a_hub_that_dies_in_the_middle_of_a_hundred_questions_loses_none(
    federation: Federation, population: Population
) -> None:
    start_lost_hubs(federation)
    opened = open_folder(federation.node_folder(federation.plans[0]))
    questions = draw_questions(population, SEED + 3, 10) * 10
    try:
        answered = asyncio.run(_ask_all(federation, opened, questions))
    finally:
        opened.close()
    for question, told in zip(questions, answered, strict=True):
        assert sorted(told) == sorted(
            (member, outcome.value) for member, outcome in question.expected.items()
        )


async def _ask_all(
    federation: Federation, opened: OpenFolder, questions: list[DemoQuestion]
) -> list[list[tuple[str, str]]]:
    """Ask from one process, four questions at a time; kill the hub in use after a third."""
    directory = await asyncio.to_thread(fresh_directory, opened)
    places = asyncio.Semaphore(4)
    ended = 0
    async with open_session(opened, directory) as session:
        lookups = session_lookups(opened, session)

        async def ask_one(question: DemoQuestion) -> list[tuple[str, str]]:
            nonlocal ended
            async with places:
                prepared, _ = await lookups.prepare(directory, parsed(question.fields))
                told = [
                    (str(result.member.id), result.outcome.name.lower().replace("_", " "))
                    async for result in lookups.ask(directory, prepared)
                ]
                ended += 1
                if ended == len(questions) // 3:
                    federation.kill("hub-1")
                return told

        return await asyncio.gather(*map(ask_one, questions))
