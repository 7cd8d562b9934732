"""Each protection named here is seen when it is broken; `make mutations` runs them all."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.mutation import ROOT, Mutation
from tests.mutations.run import copy_project, survivors

QUICK = (
    "no recipient in the tag",
    "no who-mask",
    "masks for any asker",
    "no label",
    "no DLEQ check",
    "a row for hits alone",
    "no replay row",
    "no limit of questions a day",
    "any key in a log",
)
"""What the whole suite has time for: each area once."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("mutations") / "copy")


@pytest.mark.parametrize("name", QUICK)
def test_broken_protection_is_seen_by_every_test_that_is_named_for_it(
    name: str, copy: Path
) -> None:
    mutation = next(mutation for mutation in MUTATIONS if mutation.name == name)
    assert survivors(mutation, copy) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_fits_the_source(mutation: Mutation) -> None:
    content = (ROOT / mutation.file).read_text()
    assert content.count(mutation.old) == 1
    assert mutation.old != mutation.new


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_named_tests_are_there(mutation: Mutation) -> None:
    for test in mutation.red:
        path, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text()


def test_named_cases_are_there() -> None:
    """Of a test with cases one may be named: by words that change when its cases do."""
    cases = {test for mutation in MUTATIONS for test in mutation.red if "[" in test}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *sorted(cases)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert set(done.stdout.splitlines()) >= cases, done.stderr


def test_names_are_distinct() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


def test_a_change_that_breaks_nothing_is_not_seen(copy: Path) -> None:
    """The control: what counts as seen is a test that fails, nothing else."""
    harmless = Mutation(
        "a comment",
        "protocol/tags.py",
        "TAG_BYTES = 8\n",
        "TAG_BYTES = 8  # bytes\n",
        ("tests/protocol/test_tags.py::test_tag_has_8_bytes",),
    )
    assert survivors(harmless, copy) == list(harmless.red)
    assert (copy / "protocol/tags.py").read_text() == (ROOT / "protocol/tags.py").read_text()


def test_a_test_whose_set_up_breaks_has_seen_nothing(tmp_path: Path) -> None:
    (tmp_path / "source.py").write_text("IS_SAFE = True\n")
    (tmp_path / "test_source.py").write_text(
        "import pytest\nfrom source import IS_SAFE\n\n"
        "@pytest.fixture\ndef made(): assert IS_SAFE\n\n"
        "def test_never_runs(made): assert IS_SAFE\n\n"
        "@pytest.mark.parametrize('a', ['one b'])\n"
        "def test_neither_runs(made, a): assert IS_SAFE\n\n"
        "def test_runs(): assert IS_SAFE\n"
    )
    names = ("test_never_runs", "test_neither_runs", "test_runs")
    broken = Mutation(
        "unsafe", "source.py", "True", "False", tuple(f"test_source.py::{name}" for name in names)
    )
    assert survivors(broken, tmp_path) == [*broken.red[:2]]
