"""Protections of what a node has said, when the power fails."""

from tests.mutations.mutation import Mutation

_SYNCING = "tests/durability/test_syncing.py"
_KEYHOLDING = "tests/durability/test_full_disk_keyholding.py"

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
        "a file that is filled under its own name",
        "node/files.py",
        "    draft = _draft(path)\n    _fill(",
        "    draft = path\n    _fill(",
        (
            f"{_KEYHOLDING}::test_ceremony_whose_every_write_meets_a_full_disk_ends",
            f"{_KEYHOLDING}::test_share_that_cannot_be_replaced_stays_the_old_one",
        ),
    ),
    Mutation(
        "evidence called kept that found no room",
        "node/evaluating/evidence.py",
        "            return False\n",
        "            return True\n",
        (
            "tests/durability/test_full_disk_evidence.py"
            "::test_evidence_for_which_there_is_no_room_is_not_called_kept",
        ),
    ),
    Mutation(
        "a token for whichever string an index says",
        "node/records/evaluated.py",
        "        if _piece(string_ids, position, STRING_ID_BYTES) != string_id:\n",
        "        if False:\n",
        (
            "tests/node/records/test_unfinished.py"
            "::test_string_whose_place_was_altered_gets_no_other_ones_token",
        ),
    ),
    Mutation(
        "tokens sealed for no strings",
        "node/records/evaluated.py",
        'b"".join(tokens), string_ids)\n',
        'b"".join(tokens))\n',
        ("tests/node/records/test_unfinished.py::test_gives_the_tokens_that_it_kept",),
    ),
    Mutation(
        "a store key that is not on the disk",
        "node/store_key.py",
        '        create_file(path, key.hex().encode() + b"\\n")\n',
        "        path.write_text(key.hex())\n        path.chmod(0o600)\n",
        (
            f"{_SYNCING}::test_store_key_is_on_the_disk_before_anything_is_sealed_with_it",
            "tests/node/test_store_key.py::test_key_that_is_there_is_not_overwritten",
        ),
    ),
    Mutation(
        "settings before all that they are about",
        "node/cli/making.py",
        "    replace_file(folder.root, root)\n",
        "    write_settings(path, settings)\n    replace_file(folder.root, root)\n",
        ("tests/durability/test_killed_making.py::test_folder_that_was_half_made_is_made_again",),
    ),
    Mutation(
        "no pings from a node",
        "node/federation/links.py",
        "        ping_interval=PING_SECONDS,\n",
        "        ping_interval=None,\n",
        (
            "tests/durability/test_half_open.py"
            "::test_link_that_goes_silent_is_dropped_at_both_ends_and_dialled_again",
        ),
    ),
    Mutation(
        "a question that goes out without a row",
        "node/asking/asker.py",
        "        await asyncio.to_thread(self._record, prepared.enquiry, round_id, len(asked))\n",
        "",
        (
            "tests/durability/test_full_disk.py"
            "::test_question_of_ours_does_not_leave_and_the_numbers_to_ring_are_given",
            "tests/durability/test_killed_importing.py"
            "::test_question_of_ours_is_on_the_disk_before_it_goes_out",
        ),
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
