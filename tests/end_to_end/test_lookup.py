"""A whole lookup between real processes, and what remains of it anywhere."""

import os
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.demo.children import Population
from deploy.demo.federation import Federation, FederationError
from deploy.demo.questions import draw_questions
from node.folder import Folder
from node.ledger.ledger import Ledger
from protocol.limits import LOOKUP_BATCH
from protocol.sealing.envelope import Kind
from tests.end_to_end.asking import ask
from tests.end_to_end.conftest import SEED
from tests.node.records.importing.sources.made_up import CSC, SSD, copied

PLANTED = {
    "surname": "Zyxwvutsson",
    "forename": "Marmaduke",
    "date_of_birth": "2017-08-09",
    "postcode": "QX3 4GD",
    "nhs_number": "999 000 0107",
}


def test_every_council_answers_as_the_truth_has_it(
    federation: Federation, population: Population
) -> None:
    for number, question in enumerate(draw_questions(population, SEED, 10)):
        asker = federation.plans[number % len(federation.plans)]
        asked = ask(federation, asker, question.fields)
        told = {member: outcome.replace("_", " ") for member, outcome in asked.outcomes().items()}
        assert told == {member: outcome.value for member, outcome in question.expected.items()}


def test_a_case_of_ones_own_is_asked_about_by_its_reference_alone(
    federation: Federation, population: Population
) -> None:
    """Its stored tokens say what its entries would; keyholders make none anew."""
    asker = federation.plans[0]
    ours = [copy for copies in population.copies.values() for copy in copies if len(copies) > 1]
    shared = [copy for copy in ours if copy.council.id == asker.id]
    before = _evaluated(federation, 0)
    for copy in shared[:2]:
        by_case = ask(federation, asker, copy.row.case_reference).outcomes()
        assert _evaluated(federation, 0) == before
        entries = {name: text for name, text in asdict(copy.row.identity).items() if text}
        assert by_case == ask(federation, asker, entries).outcomes()
        assert by_case[asker.id] == "known"
        before = _evaluated(federation, 0)
    nobody = ask(federation, asker, "NO-SUCH-CASE")
    assert (nobody.status, nobody.answers) == (2, {})
    assert "no case of this reference is loaded" in nobody.error


def test_every_keyholder_counts_every_question(
    federation: Federation, population: Population
) -> None:
    question = draw_questions(population, SEED + 1, 10)[0]
    before = [_evaluated(federation, number) for number in range(5)]
    ask(federation, federation.plans[0], question.fields)
    after = [_evaluated(federation, number) for number in range(5)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [LOOKUP_BATCH] * 5


def test_a_file_with_errors_is_refused_mended_loaded_and_found(
    federation: Federation, own_file: Path
) -> None:
    holder, asker = federation.plans[2], federation.plans[3]
    held = federation.status(holder)["records"]
    right = own_file.read_text()
    wrong = right.replace("2016-04-07", "2016-14-07").replace("OWN-9,", "OWN-9 ,", 1)
    wrong = wrong.replace("Front door,0113 496 0111", "Front door,ring us", 1)
    own_file.write_text(wrong)

    with pytest.raises(FederationError) as refused:
        federation.command(
            "whoelse-node", "import", federation.node_folder(holder), own_file, "--source=own"
        )
    report = str(refused.value)
    assert "date_of_birth" in report
    assert "telephone" in report
    assert "Quarrington" not in report
    assert "2016-14-07" not in report
    assert "ring us" not in report
    assert "Nothing was loaded" in report
    assert federation.status(holder)["records"] == held

    own_file.write_text(right)
    loaded = federation.command(
        "whoelse-node", "import", federation.node_folder(holder), own_file, "--source=own"
    )
    assert "Loaded: 20 new" in loaded
    assert "The node answers from it now" in loaded
    asked = ask(
        federation,
        asker,
        {
            "surname": "Quarringtong",
            "forename": "Philippa",
            "date_of_birth": "07/04/2016",
            "postcode": "QX1 2AB",
        },
    )
    assert asked.outcomes()[holder.id] == "known"
    involvement = asked.answers[holder.id]["involvements"][0]
    assert (involvement["team"], involvement["telephone"]) == ("Front door", "0113 496 0111")


ADA = {
    "surname": "Marlow",
    "forename": "Ada",
    "date_of_birth": "2015-03-04",
    "postcode": "LS1 1AA",
}


def test_a_child_of_the_standard_safeguarding_dataset_is_found_with_its_teams_number(
    federation: Federation, tmp_path: Path
) -> None:
    """In 2025 one of the examples was unborn: today it is a faulty row."""
    files, holder, asker = copied(tmp_path), federation.plans[4], federation.plans[3]
    said = federation.command(
        *("whoelse-node", "import", federation.node_folder(holder), files.folder / "ssd"),
        *("--source=ssd", f"--format={SSD}", "--contacts", files.contacts),
        *("--statuses", files.census, "--most-rejected=20"),
    )
    assert "The node answers from it now" in said
    asked = ask(federation, asker, ADA)
    assert asked.outcomes()[holder.id] == "known"
    involvements = asked.answers[holder.id]["involvements"]
    assert "child_protection_plan" in {each["kind"] for each in involvements}
    assert {each["telephone"] for each in involvements} == {"020 7946 0001"}


def test_a_child_that_its_system_purges_is_no_longer_known(
    federation: Federation, tmp_path: Path
) -> None:
    files, holder, asker = copied(tmp_path), federation.plans[0], federation.plans[3]
    command = (
        *("whoelse-node", "import", federation.node_folder(holder), files.folder / "csc-api.json"),
        *("--source=csc", f"--format={CSC}", "--contacts", files.contacts),
    )
    federation.command(*command)
    assert ask(federation, asker, ADA).outcomes()[holder.id] == "known"
    files.replace(
        "csc-api.json",
        '"Supplier-Child-101",\n    "purge": false',
        '"Supplier-Child-101",\n    "purge": true',
    )
    assert "erased, as their source asks" in federation.command(*command)
    assert ask(federation, asker, ADA).outcomes()[holder.id] == "not_known"


def test_loading_the_same_file_again_asks_no_keyholder(
    federation: Federation, own_file: Path
) -> None:
    holder = federation.plans[1]
    command = ("whoelse-node", "import", federation.node_folder(holder), own_file, "--source=twice")
    assert "change" not in federation.command(*command).splitlines()[0]
    before = [_imported(federation, number) for number in range(5)]
    again = federation.command(*command)
    assert "0 new, 0 changed, 20 unchanged" in again
    assert "change" in again.splitlines()[0]
    assert [_imported(federation, number) for number in range(5)] == before


def test_nothing_of_a_child_is_in_any_log_or_file(federation: Federation, tmp_path: Path) -> None:
    holder, asker = federation.plans[0], federation.plans[4]
    path = tmp_path / "planted.csv"
    columns = ["case_reference", *PLANTED, "involvement", "last_updated", "team", "telephone"]
    values = ["CASE-PLANTED-77", *PLANTED.values(), "looked after", "2026-10-01"]
    row = ",".join([*values, "Planted Team", "0113 496 0133"])
    path.write_text(f"{','.join(columns)}\n{row}\n")
    federation.command(
        "whoelse-node", "import", federation.node_folder(holder), path, "--source=planted"
    )
    asked = ask(federation, asker, PLANTED)
    assert asked.outcomes()[holder.id] == "known"
    # The control: the asker does see what the search below must not find.
    assert asked.answers[holder.id]["involvements"][0]["team"] == "Planted Team"

    planted = ["Zyxwvutsson", "Marmaduke", "QX34GD", "QX3 4GD", "9990000107", "999 000 0107"]
    planted += ["CASE-PLANTED-77", "Planted Team", "0113 496 0133", "Test Practitioner"]
    searched = 0
    for file in federation.folder.rglob("*"):
        try:
            content = file.read_bytes().lower() if file.is_file() else b""
        except FileNotFoundError:
            continue  # replaced meanwhile
        searched += 1
        found = [text for text in planted if text.lower().encode() in content]
        assert not found, f"{file.name} holds {found}"
    assert searched > 50


def test_a_childs_data_cannot_be_given_as_an_argument(federation: Federation) -> None:
    with pytest.raises(FederationError, match="unexpected extra argument"):
        federation.command(
            "whoelse-node", "ask", federation.node_folder(federation.plans[0]), "Zyxwvutsson"
        )


def test_a_node_listens_nowhere(federation: Federation) -> None:
    for plan in federation.plans:
        assert _listening(federation.pid(plan.id)) == 0
    for hub in federation.hub_urls:
        assert _listening(federation.pid(hub)) == 1


def _listening(pid: int) -> int:
    """Return how many sockets of a process take connections, or datagrams from anybody."""
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        # One that is closed meanwhile takes nothing.
        with suppress(FileNotFoundError):
            links.append(os.readlink(path))
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    taking = 0
    for name, states in (("tcp", {"0A"}), ("tcp6", {"0A"}), ("udp", {"07"}), ("udp6", {"07"})):
        rows = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        taking += sum(row.split()[3] in states and row.split()[9] in own for row in rows)
    return taking


def _evaluated(federation: Federation, number: int) -> int:
    return _counted(federation, number).get(Kind.EVALUATION, 0)


def _imported(federation: Federation, number: int) -> int:
    return _counted(federation, number).get(Kind.IMPORT_EVALUATION, 0)


def _counted(federation: Federation, number: int) -> Mapping[Kind, int]:
    """Return the elements that a council's node has evaluated for the others."""
    with closing(Ledger(Folder(federation.node_folder(federation.plans[number])).ledger)) as ledger:
        return ledger.elements_counted()
