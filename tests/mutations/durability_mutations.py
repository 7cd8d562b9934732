"""Protections of what a node has said, when the power fails."""

from tests.mutations.mutation import Mutation

_SYNCING = "tests/durability/test_syncing.py"

DURABILITY = (
    Mutation(
        "commits that are not synced",
        "node/database.py",
        '"synchronous = FULL"',
        '"synchronous = NORMAL"',
        (f"{_SYNCING}::test_every_commit_is_synced",),
    ),
    Mutation(
        "a file renamed before it is synced",
        "node/files.py",
        "        file.write(content)\n        file.flush()\n        os.fsync(file.fileno())\n",
        "        file.write(content)\n",
        (f"{_SYNCING}::test_file_is_synced_then_named_and_then_its_name_is_synced",),
    ),
    Mutation(
        "a file's new name that is not synced",
        "node/files.py",
        "    os.replace(draft, path)\n    sync_folder(path.parent)\n",
        "    os.replace(draft, path)\n",
        (f"{_SYNCING}::test_file_is_synced_then_named_and_then_its_name_is_synced",),
    ),
    Mutation(
        "a secret half overwritten under its own name",
        "node/files.py",
        "        _overwrite(draft)\n",
        "        os.replace(draft, path)\n        _overwrite(path)\n",
        (f"{_SYNCING}::test_file_has_lost_its_name_before_it_is_overwritten",),
    ),
    Mutation(
        "a directory that is not on the disk",
        "node/files.py",
        '            with path.open("rb") as file:\n                os.fsync(file.fileno())\n',
        "            pass\n",
        (f"{_SYNCING}::test_all_of_a_directory_is_synced_before_it_is_the_held_one",),
    ),
)
