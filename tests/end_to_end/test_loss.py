"""Councils and hubs that go away: the others answer, and the lost are named."""

from deploy.demo.children import Population
from deploy.demo.federation import Federation
from deploy.demo.questions import draw_questions
from tests.end_to_end.asking import ask
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
    federation.wait("every node to link to both hubs again", lambda: _all_linked(federation))
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


def _all_linked(federation: Federation) -> bool:
    both = ["hub-1", "hub-2"]
    return all(federation.status(plan)["hubs_linked"] == both for plan in federation.plans)
