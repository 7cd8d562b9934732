"""Protections that the tests of P7 to P13 watch."""

from tests.mutations.mutation import Mutation

_64_CHILDREN_IN_ONE_QUESTION = "tests/attacks/test_64_children_in_one_question.py"
_A_FAKED_KNOWN = "tests/attacks/test_a_faked_known.py"
_A_TIER_CLAIMED_ABOVE_ITS_SLOT = "tests/attacks/test_a_tier_claimed_above_its_slot.py"
_FRAMING_A_KEYHOLDER = "tests/attacks/test_framing_a_keyholder.py"
_GUESSING_BY_IDENTIFIER_ALONE = "tests/attacks/test_guessing_by_identifier_alone.py"
_T_OLD_SHARES = "tests/attacks/test_t_old_shares.py"
_WRONG_KEYS_BEHIND_DECOY_SLOTS = "tests/attacks/test_wrong_keys_behind_decoy_slots.py"
_P01 = "tests/properties/test_p01_the_hub_learns_nothing.py"
_P07 = "tests/properties/test_p07_recorded_traffic_stays_sealed.py"
_P08 = "tests/properties/test_p08_not_known_is_never_silence.py"
_P09 = "tests/properties/test_p09_a_lying_keyholder.py"
_P10 = "tests/properties/test_p10_the_directory.py"
_P11 = "tests/properties/test_p11_known_cannot_be_faked.py"
_P12 = "tests/properties/test_p12_no_identifier_at_rest.py"
_P13 = "tests/properties/test_p13_sweeping_is_bounded_and_seen.py"

P07_TO_P13 = (
    Mutation(
        "half of the sealing key known to all: the curve",
        "protocol/sealing/cell.py",
        "    curve = X25519PrivateKey.from_private_bytes(seed[64:])\n",
        "    curve = X25519PrivateKey.from_private_bytes(bytes(32))\n",
        (f"{_P07}::test_p07_breaking_the_lattice_alone_opens_nothing",),
    ),
    Mutation(
        "half of the sealing key known to all: the lattice",
        "protocol/sealing/cell.py",
        "    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:64])\n",
        "    lattice = MLKEM768PrivateKey.from_seed_bytes(bytes(64))\n",
        (f"{_P07}::test_p07_breaking_the_curve_alone_opens_nothing",),
    ),
    Mutation(
        "cells of another suite",
        "protocol/sealing/cell.py",
        "AEAD.CHACHA20_POLY1305)\n",
        "AEAD.AES_256_GCM)\n",
        (f"{_P07}::test_p07_a_node_opens_cells_of_the_hybrid_suite_and_of_no_other",),
    ),
    Mutation(
        "not known, said where it could not be",
        "node/answering/lookup.py",
        "            return _cannot(request, cause)\n",
        "            return request.seal(Answer(Outcome.NOT_KNOWN).encode())\n",
        (
            f"{_P08}::test_p08_a_member_that_could_not_have_known_cannot_answer",
            f"{_P08}::test_p08_a_member_that_never_loaded_anything_cannot_answer",
        ),
    ),
    Mutation(
        "records under any key",
        "node/answering/lookup.py",
        "if question.oprf_key != index.state.oprf_key or question.oprf_key != current.key_id:",
        "if question is None:",
        (
            f"{_P08}::test_p08_a_member_that_could_not_have_known_cannot_answer"
            "[its records are under another key]",
            f"{_T_OLD_SHARES}::test_t_old_shares_of_an_earlier_key_make_tokens_that_match_nothing"
            "[True]",
        ),
    ),
    Mutation(
        "records of any matching version",
        "node/answering/lookup.py",
        "if not question.matching_version == index.state.matching_version == MATCHING_VERSION:",
        "if question is None:",
        (
            f"{_P08}::test_p08_a_member_that_could_not_have_known_cannot_answer"
            "[its records are of another matching version]",
        ),
    ),
    Mutation(
        "an index of some sources only",
        "node/records/state.py",
        "    if len({(oprf_key, version) for _, oprf_key, version in sources}) != 1:\n",
        "    if not sources:\n",
        (
            f"{_P08}::test_p08_a_member_that_could_not_have_known_cannot_answer"
            "[its sources are under two keys]",
        ),
    ),
    Mutation(
        "an answer under no policy",
        "node/answering/lookup.py",
        "            return _cannot(request, Cause.NO_VALID_POLICY)\n",
        "            return request.seal(Answer(Outcome.NOT_KNOWN).encode())\n",
        (f"{_P08}::test_p08_a_member_without_a_valid_policy_cannot_answer",),
    ),
    Mutation(
        "silence of the unreachable as not known",
        "node/asking/asker.py",
        "    Failure.UNREACHABLE: Outcome.UNREACHABLE,\n",
        "    Failure.UNREACHABLE: Outcome.NOT_KNOWN,\n",
        (f"{_P08}::test_p08_a_member_that_is_gone_is_unreachable",),
    ),
    Mutation(
        "silence of the late as not known",
        "node/asking/asker.py",
        "    Failure.TIMED_OUT: Outcome.TIMED_OUT,\n",
        "    Failure.TIMED_OUT: Outcome.NOT_KNOWN,\n",
        (f"{_P08}::test_p08_a_member_that_hangs_has_timed_out",),
    ),
    Mutation(
        "evaluations without their proof",
        "node/evaluating/batch.py",
        "verify_partial(self._key.verification_shares[index], self.blinded_elements, partial)",
        "pass",
        (
            f"{_P09}::test_p09_liars_are_named_and_the_three_honest_make_the_right_token",
            f"{_P09}::test_p09_beside_three_liars_no_token_is_made_and_all_three_are_named",
            f"{_FRAMING_A_KEYHOLDER}::test_a_keyholder_that_does_lie_is_blamed_by_evidence",
            f"{_T_OLD_SHARES}::test_t_old_shares_in_a_thiefs_hands_convince_no_asker",
        ),
    ),
    Mutation(
        "a timestamp taken as it is served",
        "node/federation/directory.py",
        "            self._fetch(url, fetched)\n",
        "            if not _timestamp_version(self._held):\n"
        "                self._fetch(url, fetched)\n"
        "            else:\n"
        '                (fetched / "metadata" / "timestamp.json").write_bytes(\n'
        '                    httpx.get(f"{url}/v1/directory/metadata/timestamp.json").content\n'
        "                )\n",
        (
            f"{_P10}::test_p10_a_directory_of_other_signers_is_refused",
            f"{_P10}::test_p10_a_forged_file_is_refused",
        ),
    ),
    Mutation(
        "a directory taken as if none were held",
        "node/federation/directory.py",
        "            self._fetch(url, fetched)\n"
        "            with self._locked():\n"
        "                if _timestamp_version(fetched) > _timestamp_version(self._held):\n",
        '            for path in (fetched / "metadata").glob("[st]*.json"):\n'
        "                path.unlink()\n"
        "            self._fetch(url, fetched)\n"
        "            with self._locked():\n"
        "                if _timestamp_version(fetched) != _timestamp_version(self._held):\n",
        (
            f"{_P10}::test_p10_an_older_directory_is_refused",
            f"{_P10}::test_p10_real_nodes_keep_their_directory_when_both_hubs_serve_an_older_one",
        ),
    ),
    Mutation(
        "timestamps valid for 100 hours",
        "protocol/signer/repository.py",
        "timedelta(hours=72)",
        "timedelta(hours=100)",
        (
            f"{_P10}::test_p10_nobody_holds_the_directory_still_for_more_than_72_hours",
            f"{_P10}::test_p10_a_hub_that_serves_what_was_signed_72_hours_ago_gives_no_directory",
        ),
    ),
    Mutation(
        "a hit without its proof",
        "node/asking/asker.py",
        "if not hmac.compare_digest(expected, answer.proof) or tier > _MOST_TIER[answer.outcome]:",
        "if not expected or tier > _MOST_TIER[answer.outcome]:",
        (
            f"{_P11}::test_p11_a_known_without_the_childs_token_is_shown_as_misbehaviour",
            f"{_P11}::test_p11_the_practitioner_is_shown_it_as_such",
            f"{_A_FAKED_KNOWN}::test_a_faked_known_is_shown_as_misbehaviour_and_discloses_nothing",
            f"{_A_TIER_CLAIMED_ABOVE_ITS_SLOT}::test_a_tier_claimed_above_the_slot_that_proves_it_is_shown_as_misbehaviour",
        ),
    ),
    Mutation(
        "the loaded file kept beside the records",
        "node/cli/loading.py",
        "        load_number = await _load(opened, content, options, said)\n",
        '        (opened.folder.path / "last.csv").write_bytes(options.file.read_bytes())\n'
        "        load_number = await _load(opened, content, options, said)\n",
        (
            f"{_P12}::test_p12_no_name_number_token_or_tag_is_on_a_stopped_nodes_disk",
            f"{_P01}::test_p01_no_log_and_no_file_has_a_name_or_a_number",
        ),
    ),
    Mutation(
        "one key for every store",
        "node/store_key.py",
        ".derive(self._key)",
        ".derive(bytes(STORE_KEY_BYTES))",
        (f"{_P12}::test_p12_a_stolen_disk_opens_with_its_store_key_alone",),
    ),
    Mutation(
        "what was typed kept in shared memory",
        "node/cli/asking.py",
        "    entry = read_enquiry(file) if file is not None else None\n",
        "    entry = read_enquiry(file) if file is not None else None\n"
        "    if entry is not None:\n"
        '        (opened.settings.store_key.parent / "typed").write_text(entry.who.name)\n',
        (f"{_P12}::test_p12_nothing_of_a_child_is_in_shared_memory",),
    ),
    Mutation(
        "core dumps of a node",
        "node/cli/commands.py",
        "    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n",
        "",
        (f"{_P12}::test_p12_no_process_dumps_its_memory",),
    ),
    Mutation(
        "as many children in a question as one likes",
        "node/disclosure/decision.py",
        "    if clusters > 1:\n",
        "    if clusters > 100:\n",
        (
            f"{_P13}::test_p13_sixty_four_children_in_one_question_disclose_none_and_are_counted_in_its_row",
            f"{_64_CHILDREN_IN_ONE_QUESTION}::test_64_children_in_one_question_disclose_none_of_them",
            f"{_WRONG_KEYS_BEHIND_DECOY_SLOTS}::test_wrong_keys_behind_decoy_slots_leave_the_answer_about_another_child_as_it_is",
        ),
    ),
    Mutation(
        "as many questions as one likes",
        "node/answering/lookup.py",
        "        if self._is_over_limit(request):\n",
        "        if request is None:\n",
        (
            f"{_P13}::test_p13_more_questions_than_a_day_has_are_refused_by_every_member",
            f"{_GUESSING_BY_IDENTIFIER_ALONE}::test_guessing_by_identifier_alone_ends_with_the_questions_of_the_day",
        ),
    ),
    Mutation(
        "evidence let go",
        "node/cli/session.py",
        "opened.keys, sender, system_clock, keep, work",
        "opened.keys, sender, system_clock, work=work",
        (
            f"{_P09}::test_p09_liars_are_named_and_the_three_honest_make_the_right_token",
            f"{_P09}::test_p09_beside_three_liars_no_token_is_made_and_all_three_are_named",
        ),
    ),
    Mutation(
        "a hash of each number beside the records",
        "node/cli/loading.py",
        "        load_number = await _load(opened, content, options, said)\n",
        "        for row in content.rows:\n"
        '            with (opened.folder.path / "seen").open("ab") as seen:\n'
        '                of_upn = __import__("hashlib").sha1((row.identity.upn or "").encode())\n'
        "                seen.write(of_upn.digest())\n"
        "        load_number = await _load(opened, content, options, said)\n",
        (
            f"{_P12}::test_p12_no_name_number_token_or_tag_is_on_a_stopped_nodes_disk",
            f"{_P12}::test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far",
        ),
    ),
    Mutation(
        "a token in a log",
        "node/answering/lookup.py",
        "    who = proven[0].who\n",
        "    who = proven[0].who\n"
        '    print(__import__("base64").b64encode(proven[0].token), flush=True)\n',
        (
            f"{_P12}::test_p12_no_name_number_token_or_tag_is_on_a_stopped_nodes_disk",
            f"{_P12}::test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far",
        ),
    ),
    Mutation(
        "what was typed in a temporary file",
        "node/cli/asking.py",
        "    entry = read_enquiry(file) if file is not None else None\n",
        "    entry = read_enquiry(file) if file is not None else None\n"
        "    if entry is not None:\n"
        '        path = __import__("tempfile").mkstemp()[1]\n'
        "        Path(path).write_text(entry.who.name)\n",
        (
            f"{_P12}::test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far",
            # By what is searched when all tests of properties are over.
            f"{_P11}::test_p11_the_practitioner_is_shown_it_as_such",
        ),
    ),
    Mutation(
        "who asks in a file without a name",
        "node/answering/lookup.py",
        "    who = proven[0].who\n",
        "    who = proven[0].who\n"
        '    spool = __import__("tempfile").TemporaryFile(buffering=0)\n'
        '    globals().setdefault("_S", []).append(spool)\n'
        "    spool.write(who.name.encode())\n",
        (f"{_P12}::test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far",),
    ),
    Mutation(
        "what was typed among the complaints",
        "node/cli/asking.py",
        "    entry = read_enquiry(file) if file is not None else None\n",
        "    entry = read_enquiry(file) if file is not None else None\n"
        "    if entry is not None:\n"
        "        typer.echo(entry.who.name, err=True)\n",
        (f"{_P12}::test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far",),
    ),
)
