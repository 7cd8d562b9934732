"""Protections of `node/`."""

from tests.mutations.mutation import Mutation

_LOOKUP = "tests/node/answering/test_lookup.py"
_RECEIVER = "tests/node/receiving/test_receiver.py"

NODE = (
    Mutation(
        "a row for hits alone",
        "node/answering/lookup.py",
        "        row = self._ledger.record(request.sealed, reply, sealed_entry, request.now_ms)\n",
        "        if entry.outcome == Outcome.NOT_KNOWN.name.lower():\n"
        "            return reply\n"
        "        row = self._ledger.record(request.sealed, reply, sealed_entry, request.now_ms)\n",
        (
            f"{_LOOKUP}::test_reply_and_row_of_hit_and_miss_are_of_one_length",
            f"{_LOOKUP}::test_miss_records_nothing_of_who_asked",
        ),
    ),
    Mutation(
        "no replay row",
        "node/receiving/receiver.py",
        "        if found is not None and found.reply is not None:\n",
        "        if found is None:\n",
        (f"{_RECEIVER}::test_same_bytes_again_get_the_stored_reply_and_are_answered_once",),
    ),
    Mutation(
        "other bytes under a used round",
        "node/receiving/receiver.py",
        "        if found is not None and found.digest != request.sealed.digest:\n",
        "        if found is None:\n",
        (f"{_RECEIVER}::test_other_bytes_under_a_used_round_are_declined",),
    ),
    Mutation(
        "an answer without a row",
        "node/receiving/receiver.py",
        "            return None, tick_ms\n",
        "            return request.seal(bytes(17)), tick_ms\n",
        (f"{_RECEIVER}::test_declines_a_row_that_cannot_be_written",),
    ),
    Mutation(
        "any number of requests held",
        "node/receiving/receiver.py",
        "        if lane.waiting >= MOST_WAITING:\n",
        "        if lane.waiting < 0:\n",
        (f"{_RECEIVER}::test_declines_what_comes_while_too_many_wait",),
    ),
    Mutation(
        "answers before the tick",
        "node/receiving/receiver.py",
        "            await asyncio.sleep(seconds_to_tick(loop.time() - arrived, tick_ms))\n",
        "            pass\n",
        (f"{_RECEIVER}::test_answers_and_refusals_wait_for_the_tick_alike",),
    ),
    Mutation(
        "no limit of questions a day",
        "node/answering/lookup.py",
        "        return asked >= request.sender.entry.questions_per_day\n",
        "        return asked < 0\n",
        (f"{_LOOKUP}::test_refuses_over_the_daily_limit_known_or_not",),
    ),
    Mutation(
        "questions that are not counted on",
        "node/ledger/questions.py",
        "            begun[member] = begun.get(member, 0) + 1\n",
        "            begun.setdefault(member, 0)\n",
        (
            "tests/node/ledger/test_ledger.py"
            "::test_questions_are_counted_on_as_they_come_and_a_repeat_is_not",
            f"{_LOOKUP}::test_refuses_over_the_daily_limit_known_or_not",
        ),
    ),
    Mutation(
        "the first match that is proven stands for all",
        "node/answering/proving.py",
        "            if proven and proven[-1].match.tier <= Tier.PROBABLE:\n",
        "            if proven:\n",
        (f"{_LOOKUP}::test_two_loose_keys_are_being_checked_together",),
    ),
    Mutation(
        "records of two loads in one answer",
        "node/records/store.py",
        "ReadRecords(states.pop() if len(states) == 1 else None, shields, records)",
        "ReadRecords(states.pop(), shields, records)",
        ("tests/node/records/test_store.py::test_load_between_two_statements_leaves_no_state",),
    ),
    Mutation(
        "a nameless asker",
        "node/answering/proving.py",
        "        return who if who.name.strip() and who.telephone.strip() else None\n",
        "        return who\n",
        (f"{_LOOKUP}::test_nobody_in_particular_is_answered_as_a_miss",),
    ),
    Mutation(
        "a tag of one record opens another's",
        "node/answering/proving.py",
        "        except ProtocolError:\n            return None\n",
        '        except ProtocolError:\n            return Who("a", "1", "", "", False)\n',
        (
            f"{_LOOKUP}::test_wrong_mask_behind_a_right_tag_is_a_miss",
            f"{_LOOKUP}::test_tag_of_another_childs_record_does_not_open_the_who_block",
        ),
    ),
    Mutation(
        "not known under another key",
        "node/answering/lookup.py",
        "    if question.oprf_key != index.state.oprf_key or "
        "question.oprf_key != current.key_id:\n",
        "    if not question.oprf_key:\n",
        (
            f"{_LOOKUP}::test_cannot_answer_from_records_under_an_earlier_key",
            f"{_LOOKUP}::test_cannot_answer_what_it_could_not_know",
        ),
    ),
    Mutation(
        "not known between a load and its tables",
        "node/answering/lookup.py",
        "        if state != index.state:\n",
        "        if not index.state:\n",
        (f"{_LOOKUP}::test_cannot_answer_between_a_load_and_its_tables",),
    ),
    Mutation(
        "many children in one question",
        "node/disclosure/decision.py",
        "    if clusters > 1:\n",
        "    if clusters > 64:\n",
        (
            f"{_LOOKUP}::test_several_children_in_one_question_disclose_none",
            "tests/node/disclosure/test_decision.py::test_decides",
        ),
    ),
    Mutation(
        "twins and neighbours counted as children",
        "node/disclosure/decision.py",
        "for match in best if match.tier <= Tier.PROBABLE)\n",
        "for match in best)\n",
        (
            "tests/node/disclosure/test_decision.py::test_decides",
            "tests/attacks/test_64_children_in_one_question.py"
            "::test_64_children_in_one_question_of_whom_the_rest_only_resemble_one_disclose_that_one",
        ),
    ),
    Mutation(
        "a name that only sounds alike",
        "protocol/matching/confidence.py",
        "    counted = set(key_ids) - _LOOSE if is_loose else set(key_ids)\n",
        "    counted = set(key_ids)\n",
        (
            "tests/protocol/matching/test_confidence.py::test_a_loose_key_alone_says_nothing",
            "tests/node/disclosure/test_decision.py::test_decides",
        ),
    ),
    Mutation(
        "the household for any purpose",
        "node/answering/lookup.py",
        "    if request.directory.purposes[question.purpose].household:\n",
        "    if question.purpose:\n",
        (f"{_LOOKUP}::test_household_is_not_answered_for_a_purpose_that_does_not_allow_it",),
    ),
    Mutation(
        "no allowance",
        "node/ledger/ledger.py",
        "            if used[0] + elements > most:\n",
        "            if used[0] < 0:\n",
        (
            "tests/node/ledger/test_ledger.py::test_racing_reserves_never_exceed_the_limit",
            "tests/node/keyholding/test_evaluation.py"
            "::test_refuses_over_the_allowance_in_words_and_counts_nothing",
        ),
    ),
    Mutation(
        "an allowance for each version that the client names",
        "node/keyholding/evaluation.py",
        "        if asked.generation != oprf_key.generation or not same_version:\n",
        "        if asked.generation != oprf_key.generation:\n",
        (
            "tests/node/keyholding/test_evaluation.py"
            "::test_another_matching_version_in_the_request_is_no_second_allowance",
        ),
    ),
    Mutation(
        "a share of another generation",
        "node/keyholding/evaluation.py",
        "        if asked.generation != oprf_key.generation or not same_version:\n",
        "        if not same_version:\n",
        ("tests/node/keyholding/test_evaluation.py::test_refuses_another_generation",),
    ),
    Mutation(
        "no padding of a batch",
        "node/evaluating/batch.py",
        "        padding = size - len(oprf_inputs)\n",
        "        padding = 0\n",
        ("tests/node/asking/test_asking.py::test_known_child_is_known_with_whom_to_ring",),
    ),
    Mutation(
        "a hit without proof",
        "node/asking/asker.py",
        "not hmac.compare_digest(expected, answer.proof) or ",
        "",
        (
            "tests/node/asking/test_judge.py::test_hit_that_is_not_proven_is_misbehaviour",
            "tests/node/asking/test_judge.py::test_proof_of_one_child_does_not_serve_for_another",
        ),
    ),
    Mutation(
        "a tier above its slot",
        "node/asking/asker.py",
        " or tier > _MOST_TIER[answer.outcome]",
        "",
        ("tests/node/asking/test_judge.py::test_hit_that_is_not_proven_is_misbehaviour",),
    ),
    Mutation(
        "our question without a row of ours",
        "node/asking/asker.py",
        "        await asyncio.to_thread(self._record, prepared.enquiry, round_id, len(asked))\n",
        "",
        (
            "tests/node/asking/test_asking.py"
            "::test_our_own_row_is_on_the_disk_before_anything_goes_out",
        ),
    ),
    Mutation(
        "the hub's word for a reply",
        "node/federation/rounds.py",
        "        return Delivery(member, None, Failure.INVALID)\n",
        "        return Delivery(member, line.reply_bytes(), None)\n",
        ("tests/node/federation/test_rounds.py::test_false_reply_over_every_hub_is_invalid",),
    ),
    Mutation(
        "one hub's word for who is away",
        "node/federation/rounds.py",
        "_ELSEWHERE = frozenset({Failure.UNREACHABLE, Failure.INVALID})",
        "_ELSEWHERE: frozenset[Failure] = frozenset()",
        (
            "tests/node/federation/test_rounds.py"
            "::test_member_unreachable_at_one_hub_is_asked_over_the_next",
            "tests/node/federation/test_rounds.py"
            "::test_false_reply_is_asked_for_again_over_the_next_hub",
        ),
    ),
    Mutation(
        "post when there is something to say",
        "node/post/beat.py",
        "        messages = {member: self._next_for(member) for member in directory.members}\n",
        "        messages = {\n"
        "            member: message\n"
        "            for member in directory.members\n"
        "            if (message := self._next_for(member)).content\n"
        "        }\n",
        ("tests/node/post/test_beat.py::test_every_member_gets_a_cell_and_only_one_a_message",),
    ),
    Mutation(
        "any key in a log",
        "node/logging.py",
        "    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}\n",
        "    return event\n",
        ("tests/node/test_logging.py::test_key_off_the_list_never_reaches_the_output",),
    ),
    Mutation(
        "an identifier in a log",
        "node/answering/lookup.py",
        "    who = proven[0].who\n",
        "    who = proven[0].who\n    import sys\n\n    print(who.name, file=sys.stderr)\n",
        ("tests/end_to_end/test_lookup.py::test_nothing_of_a_child_is_in_any_log_or_file",),
    ),
    Mutation(
        "tokens on the disk",
        "node/records/store.py",
        '"sealed": self._key.seal(labels.STORE_RECORD, made.encode(), row.source_key),',
        '"sealed": made.encode(),',
        ("tests/node/records/test_store.py::test_nothing_of_a_record_is_in_the_files_bytes",),
    ),
    Mutation(
        "a store key that all may read",
        "node/store_key.py",
        "        if path.stat().st_mode & OTHERS:\n",
        "        if not path.stat():\n",
        ("tests/node/test_store_key.py::test_key_that_others_may_read_is_refused",),
    ),
)
