"""Protections of what is loaded, in `node/`."""

from tests.mutations.mutation import Mutation

_IMPORT_BATCH = "tests/node/evaluating/test_import_batch.py"
_INTERRUPTED = "tests/node/test_interrupted_importing.py"
_READING = "tests/node/records/importing"
_SOURCES = f"{_READING}/sources"

IMPORTING = (
    Mutation(
        "an import without its check",
        "node/evaluating/batch_work.py",
        "            secrets.check(number).verify(self.group_key, evaluated, check)\n",
        "            pass\n",
        (
            f"{_IMPORT_BATCH}::test_names_who_lies",
            f"{_IMPORT_BATCH}::test_names_who_used_another_share",
            f"{_INTERRUPTED}::test_keyholder_that_lies_is_named_by_evidence_and_others_are_asked",
        ),
    ),
    Mutation(
        "an import's check with one weight for all",
        "node/evaluating/batch_work.py",
        "tuple(self._weights[:number])",
        "tuple(self._weights[:1] * number)",
        (f"{_IMPORT_BATCH}::test_names_who_lies[1-in equal inputs, to the same sum]",),
    ),
    Mutation(
        "an evaluation for any subset",
        "node/keyholding/evaluation.py",
        "        if asked.subset:\n            check_subset(",
        "        if not asked:\n            check_subset(",
        (
            "tests/node/keyholding/test_evaluation.py"
            "::test_declines_an_import_of_a_subset_and_counts_nothing",
        ),
    ),
    Mutation(
        "nobody blamed for a sum that does not hold",
        "node/evaluating/import_batch.py",
        "            self.check.verify(weighted, evaluated, check)\n",
        "            pass\n",
        (
            f"{_IMPORT_BATCH}::test_names_who_lies",
            f"{_INTERRUPTED}::test_keyholder_that_lies_is_named_by_evidence_and_others_are_asked",
        ),
    ),
    Mutation(
        "all blamed for a sum that does not hold",
        "node/evaluating/import_batch.py",
        "        liars = tuple(index for index in self.subset if not self._is_right(index))\n",
        "        liars = self.subset\n",
        (f"{_IMPORT_BATCH}::test_names_who_lies", f"{_IMPORT_BATCH}::test_names_all_who_lie"),
    ),
    Mutation(
        "evidence of any subset",
        "node/evaluating/judging.py",
        "        check_subset(request.subset, index, key.threshold, key.verification_shares)\n",
        "        pass\n",
        (
            "tests/node/evaluating/test_evidence.py"
            "::test_nobody_is_judged_by_a_subset_that_a_keyholder_declines",
        ),
    ),
    Mutation(
        "a batch with no element in it that costs nothing",
        "node/keyholding/evaluation.py",
        "            reply = _refuse(request, EvaluationStatus.NO_ELEMENT, left)\n",
        "            raise\n",
        (
            "tests/node/keyholding/test_evaluation.py"
            "::test_batch_with_something_that_is_no_element_is_counted_and_refused_once_for_all",
        ),
    ),
    Mutation(
        "questions behind the batches of imports",
        "node/receiving/receiver.py",
        "        lane = self._import_lane if len(envelope) == _IMPORT_BYTES else self._lane\n",
        "        lane = self._lane\n",
        (
            "tests/node/receiving/test_receiver.py"
            "::test_questions_do_not_wait_for_batches_of_imports",
            "tests/node/receiving/test_receiver.py"
            "::test_questions_are_answered_while_too_many_imports_wait",
        ),
    ),
    Mutation(
        "strings evaluated again",
        "node/importing.py",
        "self._unfinished.held(waiting)",
        "self._unfinished.held([])",
        (f"{_INTERRUPTED}::test_goes_on_where_it_was_interrupted_when",),
    ),
    Mutation(
        "a batch made anew after a kill",
        "node/evaluating/evaluator.py",
        "        content, key = store.asked(oprf_inputs), _key(directory)\n",
        "        content, key = None, _key(directory)\n",
        (f"{_INTERRUPTED}::test_batch_whose_replies_were_lost_is_not_counted_again",),
    ),
    Mutation(
        "tokens that stay after the import",
        "node/records/store.py",
        "            forget(connection, unfinished.c.source == fingerprint)\n",
        "",
        ("tests/node/records/test_unfinished.py::test_nothing_is_left_once_it_is[indexed-loaded]",),
    ),
    Mutation(
        "tokens of an unfinished import in the clear",
        "node/records/evaluated.py",
        'self._key.seal(labels.STORE_EVALUATED, b"".join(tokens), string_ids)',
        'b"".join(tokens)',
        (
            "tests/node/records/test_unfinished.py"
            "::test_nothing_of_a_string_a_token_or_a_request_is_in_the_files_bytes",
            f"{_INTERRUPTED}::test_nothing_of_a_child_is_on_the_disk_of_an_interrupted_import",
        ),
    ),
    Mutation(
        "a census with entities",
        "node/records/importing/sources/cin_xml.py",
        '        raise ImportRefusedError(\n            "the census declares a document type',
        "        return\n"
        "        raise ImportRefusedError(\n"
        '            "the census declares a document type',
        (
            f"{_SOURCES}/test_cin_xml.py::test_entities_are_refused_with_no_file_read_and_no_socket_opened",
        ),
    ),
    Mutation(
        "the status of another child",
        "node/records/importing/sources/statuses.py",
        "    return not one or not other or one == other\n",
        "    return True\n",
        (f"{_SOURCES}/test_statuses.py::test_a_row_is_given_the_status_of_its_child_and_kind",),
    ),
    Mutation(
        "a child that is kept after its purge",
        "node/records/importing/sources/csc_api.py",
        "        entries = purge if child.is_purged else child.entries\n",
        "        entries = child.entries\n",
        (f"{_SOURCES}/test_csc_api.py::test_a_purge_erases_the_child_and_is_counted",),
    ),
    Mutation(
        "a purged plan that is closed only",
        "node/records/importing/sources/csc_payload.py",
        "                self._purged.extend(kinds)\n",
        "                pass\n",
        (f"{_SOURCES}/test_csc_api.py::test_the_purge_of_an_episode_or_plan_erases_its_kind",),
    ),
    Mutation(
        "a purged child that is closed only",
        "node/importing.py",
        "        purged = gone & content.purged.source_keys(self._key, source)\n",
        "        purged: set[bytes] = set()\n",
        (
            "tests/node/test_importing.py"
            "::test_what_a_source_wants_erased_is_not_closed_and_does_not_stand",
        ),
    ),
    Mutation(
        "closed a year ago, and answered for another",
        "node/importing.py",
        "        over = (gone - purged - standing) & content.over.source_keys(self._key, source)\n",
        "        over: set[bytes] = set()\n",
        (
            "tests/node/test_importing.py"
            "::test_what_is_over_now_is_erased_and_not_closed_today[closed over a year ago]",
        ),
    ),
    Mutation(
        "a row that is gone without a trace",
        "node/records/store.py",
        "            if closing is not None and is_current:\n",
        "            if closing is not None and not is_current:\n",
        (
            "tests/node/records/test_passing.py"
            "::test_row_that_is_gone_is_closed_and_keeps_its_tokens",
            "tests/node/test_importing.py::test_a_row_that_is_gone_is_closed_and_counted_once",
        ),
    ),
    Mutation(
        "what has expired stays on the disk",
        "node/records/store.py",
        "            connection.execute(delete(record).where(is_over))\n",
        "            connection.execute(delete(record).where(is_over, record.c.id < 0))\n",
        ("tests/node/records/test_passing.py::test_what_has_expired_is_no_longer_on_the_disk",),
    ),
    Mutation(
        "a refuge for a household",
        "protocol/matching/keys.py",
        "            if step.id in _OF_AN_ADDRESS and row[0].postcode in shared_postcodes:\n",
        "            if step.id in _OF_AN_ADDRESS and row is None:\n",
        ("tests/node/records/importing/test_shared_addresses.py::test_crowded_address_is_no_key",),
    ),
    Mutation(
        "an older episode for one that is faulty",
        "node/records/importing/sources/ssd.py",
        "        yield FaultyRow(child, table.kind, tuple(found))\n",
        "        yield from found\n",
        (
            f"{_SOURCES}/test_ssd.py::test_a_faulty_episode_is_left_out_and_the_row_held_of_it_is_known",
        ),
    ),
    Mutation(
        "closed, beside an episode of nobody knows whom",
        "node/records/importing/sources/ssd.py",
        "            elif episode.ended_on and (problem",
        "            elif not episode.kind and (problem",
        (
            f"{_SOURCES}/test_ssd.py"
            "::test_beside_an_episode_of_an_unreadable_child_none_of_its_kind_has_ended",
        ),
    ),
    Mutation(
        "a faulty child of the census that speaks",
        "node/records/importing/sources/cin_census.py",
        "replace(child, ended_on={}) if found_wrong else child",
        "child",
        (f"{_SOURCES}/test_cin_census.py::test_a_faulty_child_of_the_census_says_nothing",),
    ),
    Mutation(
        "faulty lines that no limit counts",
        "node/records/importing/acceptance.py",
        "    left_out = report.rows_left_out + report.lines_not_used\n",
        "    left_out = report.rows_left_out\n",
        (
            "tests/node/records/importing/test_acceptance.py"
            "::test_faulty_lines_that_are_no_rows_count_like_rows",
        ),
    ),
    Mutation(
        "a payload that is faulty, and its child gone",
        "node/records/importing/sources/csc_payload.py",
        "            return Child(child_id, False, (faulty,))\n",
        "            return Child(child_id, False, ())\n",
        (
            f"{_SOURCES}/test_csc_api.py"
            "::test_a_faulty_payload_leaves_all_that_is_held_of_its_child",
        ),
    ),
    Mutation(
        "tokens of the child that the row held was of",
        "node/importing.py",
        'if held.get(pairs[position][0], b"").startswith(pairs[position][1].of_child)',
        "if pairs[position][0] in held",
        ("tests/node/test_importing.py::test_a_row_with_another_name_gets_other_tokens",),
    ),
    Mutation(
        "tokens of the child that another import has put there",
        "node/records/store.py",
        "        if not rows or not rows[0][0].startswith(of_child):\n",
        "        if not rows:\n",
        (
            "tests/node/test_importing.py"
            "::test_another_import_that_changes_the_child_meanwhile_ends_this_one",
        ),
    ),
    Mutation(
        "half a row for a whole one",
        "node/records/importing/evenness.py",
        " or self._goes_on(line, after) or self._is_rest(before, line):\n",
        ":\n",
        (
            f"{_READING}/test_evenness.py"
            "::test_a_row_that_a_line_break_made_two_of_stays_a_problem",
            f"{_READING}/test_evenness.py::test_two_halves_that_both_look_whole_stay_a_problem",
        ),
    ),
    Mutation(
        "lines between rows that are said to be no rows",
        "node/records/importing/footer.py",
        "        yield from held\n",
        "",
        (f"{_READING}/test_footer.py::test_the_same_line_between_rows_stays_a_problem",),
    ),
    Mutation(
        "never, read as a day of 1999",
        "node/records/importing/days.py",
        "        if is_proxy_date(no_date):\n",
        "        if is_proxy_date(no_date) and not days:\n",
        (
            f"{_READING}/test_days.py::test_the_no_dates_of_databases_stay_none_with_two_digits",
            f"{_SOURCES}/test_ssd.py::test_an_end_that_never_comes_has_not_come_in_1999",
        ),
    ),
    Mutation(
        "a child without its house",
        "node/records/importing/fingerprints.py",
        "for name in Identity.__slots__]",
        "for name in Identity.__slots__[:7]]",
        (
            "tests/node/records/importing/test_fingerprints.py"
            "::test_what_match_keys_are_made_of_is_the_child",
        ),
    ),
)
