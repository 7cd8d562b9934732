"""Protections that the tests of P1 to P6 watch."""

from tests.mutations.mutation import Mutation

_64_CHILDREN_IN_ONE_QUESTION = "tests/attacks/test_64_children_in_one_question.py"
_A_FAKED_KNOWN = "tests/attacks/test_a_faked_known.py"
_GUESSING_BY_IDENTIFIER_ALONE = "tests/attacks/test_guessing_by_identifier_alone.py"
_REUSING_A_REPLY_KEY = "tests/attacks/test_reusing_a_reply_key.py"
_FULL_DISK = "tests/durability/test_full_disk.py"
_HIT_AND_MISS = "tests/durability/test_hit_and_miss.py"
_THRESHOLD = "tests/protocol/oprf/test_threshold.py"
_P01 = "tests/properties/test_p01_the_hub_learns_nothing.py"
_P02 = "tests/properties/test_p02_a_member_without_a_match.py"
_P03 = "tests/properties/test_p03_who_asked_is_known_before_the_answer.py"
_P04 = "tests/properties/test_p04_no_one_makes_tokens_alone.py"
_P05 = "tests/properties/test_p05_unknown_and_known_are_one_answer.py"
_P06 = "tests/properties/test_p06_authentic_fresh_and_addressed.py"
_P13 = "tests/properties/test_p13_sweeping_is_bounded_and_seen.py"

_FRESH = "tests/properties/test_p02_nothing_is_used_twice.py"

P01_TO_P06 = (
    Mutation(
        "a node that declines where it knows nothing",
        "node/answering/lookup.py",
        "        decision = decide([found.match for found in proven])\n",
        "        if not proven:\n"
        "            return None\n"
        "        decision = decide([found.match for found in proven])\n",
        (
            f"{_P01}::test_p01_everything_through_the_hub_is_of_equal_length",
            f"{_P05}::test_p05_the_answers_to_known_and_unknown_are_of_one_length",
        ),
    ),
    Mutation(
        "one salt for all replies",
        "node/receiving/request.py",
        "os.urandom(SALT_BYTES)",
        "bytes(SALT_BYTES)",
        (
            f"{_P01}::test_p01_no_eight_bytes_behind_the_visible_headers_pass_twice",
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_after_the_ledger_is_lost_takes_another_salt",
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_after_a_cannot_answer_that_left_no_row_takes_another_salt",
        ),
    ),
    Mutation(
        "a telephone in the round's name",
        "node/asking/asker.py",
        "        round_id = RoundId(os.urandom(ROUND_ID_BYTES))\n",
        "        telephone = prepared.enquiry.who.telephone.encode()[:12]\n"
        "        round_id = RoundId((telephone + os.urandom(ROUND_ID_BYTES))[:ROUND_ID_BYTES])\n",
        (
            f"{_P01}::test_p01_no_name_number_token_or_tag_is_in_what_passed_the_hub",
            f"{_P01}::test_p01_the_hubs_memory_has_nothing_that_the_askers_has",
        ),
    ),
    Mutation(
        "a purpose in a header of the request",
        "node/asking/asker.py",
        "        async for delivery in self._sender.run(directory, sent, bundle):\n",
        "        self._sender._client.headers['priority'] = f'u={prepared.enquiry.purpose}'\n"
        "        async for delivery in self._sender.run(directory, sent, bundle):\n",
        (f"{_P01}::test_p01_two_questions_differ_in_nothing_that_is_in_the_open",),
    ),
    Mutation(
        "one reply secret for all members of a question",
        "node/asking/asker.py",
        "                os.urandom(REPLY_SECRET_BYTES),\n",
        "                round_id.ljust(REPLY_SECRET_BYTES),\n",
        (f"{_FRESH}::test_p01_no_reply_secret_serves_twice",),
    ),
    Mutation(
        "one reply secret for all evaluations at a keyholder",
        "node/evaluating/evaluator.py",
        "                os.urandom(REPLY_SECRET_BYTES),\n",
        "                recipient.id.encode().ljust(REPLY_SECRET_BYTES),\n",
        (f"{_FRESH}::test_p01_no_reply_secret_serves_twice",),
    ),
    Mutation(
        "one reply secret for all post of a member to another",
        "node/post/beat.py",
        "                os.urandom(REPLY_SECRET_BYTES),\n",
        "                (self._member + member).encode().ljust(REPLY_SECRET_BYTES),\n",
        (f"{_FRESH}::test_p01_no_reply_secret_serves_twice",),
    ),
    Mutation(
        "post between the beats",
        "node/app.py",
        "self._beat.seconds_to_next(directory.post_interval_seconds)",
        "self._beat.seconds_to_next(directory.post_interval_seconds) / 2",
        (f"{_P05}::test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss",),
    ),
    Mutation(
        "elements that are blinded alike in every question",
        "node/evaluating/batch.py",
        "blind(oprf_input, _random_scalar()) for",
        "blind(oprf_input, group.scalar_from_int(7)) for",
        (f"{_FRESH}::test_p02_a_keyholder_does_not_know_a_child_again",),
    ),
    Mutation(
        "a batch that is filled alike in every question",
        "node/evaluating/batch.py",
        "group.multiply_base(_random_scalar()) for _ in range(padding)",
        "group.multiply_base(group.scalar_from_int(7 + number)) for number in range(padding)",
        (f"{_FRESH}::test_p02_a_keyholder_does_not_know_a_child_again",),
    ),
    Mutation(
        "a batch that is filled with one element",
        "node/evaluating/batch.py",
        "*(group.multiply_base(_random_scalar()) for _ in range(padding)),",
        "*([group.multiply_base(_random_scalar())] * padding),",
        (f"{_FRESH}::test_p02_no_two_elements_of_a_question_are_alike",),
    ),
    Mutation(
        "a name in a node's log",
        "node/answering/lookup.py",
        "    who = proven[0].who\n",
        "    who = proven[0].who\n    print(who.name, flush=True)\n",
        (f"{_P01}::test_p01_no_log_and_no_file_has_a_name_or_a_number",),
    ),
    Mutation(
        "a who-block under a seed that anybody knows",
        "node/asking/asker.py",
        "    seed = os.urandom(SEED_BYTES)\n",
        "    seed = bytes(SEED_BYTES)\n",
        (f"{_P02}::test_p02_a_member_without_a_match_reads_role_and_purpose_and_not_who_asks",),
    ),
    Mutation(
        "masks that are the same in every round",
        "protocol/tags.py",
        "        .fixed(round_id, ROUND_ID_BYTES)\n",
        "        .fixed(bytes(16), ROUND_ID_BYTES)\n",
        (
            f"{_P02}::test_p02_the_same_question_again_shares_nothing_but_its_tags_within_the_hour",
            f"{_A_FAKED_KNOWN}::test_a_faked_known_is_shown_as_misbehaviour_and_discloses_nothing",
        ),
    ),
    Mutation(
        "a tag that is the same in every hour",
        "protocol/tags.py",
        ".integer(epoch, 8)",
        ".integer(0, 8)",
        (f"{_P02}::test_p02_a_child_is_not_recognisable_in_another_hour",),
    ),
    Mutation(
        "a trace of the child in the row of a miss",
        "node/answering/lookup.py",
        "    if not decision.matched:\n        return _entry(*said)\n",
        "    if not decision.matched:\n"
        "        return _entry(*said, key=question.slots[0].tag.hex())\n",
        (f"{_P02}::test_p02_a_member_without_a_match_keeps_nothing_of_who_asks",),
    ),
    Mutation(
        "an answer before its row",
        "node/answering/lookup.py",
        "        row = self._ledger.record(request.sealed, reply, sealed_entry, request.now_ms)\n"
        "        return row.reply if row.digest == request.sealed.digest else None\n",
        "        late = (request.sealed, reply, sealed_entry, request.now_ms)\n"
        '        __import__("threading").Timer(1.0, self._ledger.record, late).start()\n'
        "        return reply\n",
        (
            f"{_P03}::test_p03_who_asked_and_why_is_on_the_disk_when_the_answer_leaves",
            f"{_P03}::test_p03_a_member_killed_as_its_answer_leaves_still_knows_who_asked",
        ),
    ),
    Mutation(
        "a row that does not say who asked",
        "node/answering/lookup.py",
        "    if not decision.matched:\n        return _entry(*said)\n",
        "    if proven or not decision.matched:\n        return _entry(*said)\n",
        (
            f"{_P03}::test_p03_who_asked_and_why_is_on_the_disk_when_the_answer_leaves",
            f"{_P13}::test_p13_sixty_four_children_in_one_question_disclose_none_and_are_counted_in_its_row",
            f"{_64_CHILDREN_IN_ONE_QUESTION}::test_64_children_in_one_question_disclose_none_of_them",
            f"{_64_CHILDREN_IN_ONE_QUESTION}::test_64_children_in_one_question_of_whom_one_is_known_disclose_that_one",
            f"{_GUESSING_BY_IDENTIFIER_ALONE}::test_guessing_by_identifier_alone_and_meeting_the_date_is_a_hit_with_the_askers_name",
        ),
    ),
    Mutation(
        "an asker content with one keyholder",
        "node/evaluating/batch.py",
        "len(self._partials) >= self._key.threshold",
        "len(self._partials) >= 1",
        (f"{_P04}::test_p04_two_keyholders_make_no_token",),
    ),
    Mutation(
        "wrong weights for the shares",
        "protocol/oprf/threshold.py",
        "numerator = numerator * other % group.ORDER",
        "numerator = numerator * other * other % group.ORDER",
        (
            f"{_THRESHOLD}::test_any_three_of_five_give_the_output_of_rfc9497",
            f"{_THRESHOLD}::test_lagrange_weights_interpolate_at_zero",
        ),
    ),
    Mutation(
        "a copy of the share in the clear",
        "node/keyholding/share.py",
        'replace_file(self._path, self._key.seal(labels.STORE_KEYS, content, b"share"))',
        'replace_file(self._path, self._key.seal(labels.STORE_KEYS, content, b"share"))\n'
        '        self._path.with_suffix(".copy").write_bytes(content)',
        (f"{_P04}::test_p04_no_process_holds_the_key_and_no_file_the_key_or_a_share",),
    ),
    Mutation(
        "evaluations that do not add up",
        "node/ledger/ledger.py",
        "SET elements = elements + excluded.elements",
        "SET elements = elements",
        (f"{_P04}::test_p04_an_evaluation_is_counted_before_its_reply_leaves",),
    ),
    Mutation(
        "an answer as soon as it is ready",
        "node/answering/lookup.py",
        "    on_tick = True\n",
        "    on_tick = False\n",
        (f"{_P05}::test_p05_every_answer_waits_for_the_tick",),
    ),
    Mutation(
        "a hit that takes a tick longer",
        "node/answering/lookup.py",
        "        reply = request.seal(answer)\n        sealed_entry",
        "        reply = request.seal(answer)\n"
        "        if entry.outcome == Outcome.KNOWN.name.lower():\n"
        '            __import__("time").sleep(request.directory.tick_ms / 1000)\n'
        "        sealed_entry",
        (
            f"{_HIT_AND_MISS}::test_hit_is_no_slower_than_a_miss",
            f"{_FULL_DISK}::test_hit_and_miss_are_declined_on_the_tick_alike",
        ),
    ),
    Mutation(
        "a hit that leaves after its tick",
        "node/receiving/receiver.py",
        "            await asyncio.sleep(seconds_to_tick(loop.time() - arrived, tick_ms))\n",
        "            await asyncio.sleep(seconds_to_tick(loop.time() - arrived, tick_ms))\n"
        "            header = parse_request(envelope).header\n"
        "            sealed = dict(self._ledger.entries(header.kind))[header.round_id]\n"
        '            entries = __import__("node.ledger.entries").ledger.entries\n'
        "            key = self._rooms[header.kind]._key\n"
        '            if entries.open_answered(key, sealed, header.round_id).outcome == "known":\n'
        "                await asyncio.sleep(0.03)\n",
        (f"{_HIT_AND_MISS}::test_hit_is_no_slower_than_a_miss",),
    ),
    Mutation(
        "a write of a hit where an import writes",
        "node/answering/lookup.py",
        "        reply = request.seal(answer)\n        sealed_entry",
        "        reply = request.seal(answer)\n"
        "        if entry.outcome == Outcome.KNOWN.name.lower():\n"
        "            with self._store._database.writing():\n"
        "                pass\n"
        "        sealed_entry",
        (f"{_HIT_AND_MISS}::test_hit_is_no_slower_than_a_miss_while_an_import_writes",),
    ),
    Mutation(
        "rows as long as what they say",
        "node/ledger/entries.py",
        "content.ljust(ENTRY_BYTES)",
        "content",
        (f"{_P05}::test_p05_known_and_unknown_leave_a_row_of_one_length",),
    ),
    Mutation(
        "a practitioner's question again after a hit",
        "node/cli/asking.py",
        "            _print_answer(answers[-1], json_lines)\n    if json_lines:",
        "            _print_answer(answers[-1], json_lines)\n"
        "        if any(answer.tier for answer in answers):\n"
        "            async for _ in lookups.ask(session.directory, prepared):\n"
        "                pass\n"
        "    if json_lines:",
        (f"{_P05}::test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss",),
    ),
    Mutation(
        "the same bytes to another hub after a hit",
        "node/asking/asker.py",
        "            yield _result(member, delivery, sent[delivery.member], prepared.tokens)\n",
        "            result = _result(member, delivery, sent[delivery.member], prepared.tokens)\n"
        "            yield result\n"
        "            if result.tier is not None:\n"
        "                hub = directory.hubs[-1].url\n"
        "                async for _ in self._sender._post(hub, bundle, len(sent)):\n"
        "                    pass\n",
        (f"{_P05}::test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss",),
    ),
    Mutation(
        "the directory fetched again after a hit",
        "node/cli/asking.py",
        "    if json_lines:\n        typer.echo(json.dumps(",
        "    if any(answer.tier is not None for answer in answers):\n"
        "        await asyncio.to_thread(fresh_directory, opened)\n"
        "    if json_lines:\n        typer.echo(json.dumps(",
        (f"{_P05}::test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss",),
    ),
    Mutation(
        "an envelope that nobody signed",
        "protocol/sealing/envelope.py",
        "    verify_signature(sender_key, labels.ENVELOPE, request.content, request.signature)\n",
        "",
        (f"{_P06}::test_p06_a_message_moved_to_something_else_is_declined",),
    ),
    Mutation(
        "a cell that opens under any header",
        "protocol/sealing/cell.py",
        "prefixed(labels.REQUEST_CELL).prefixed(context).done()",
        "prefixed(labels.REQUEST_CELL).prefixed(context[:0]).done()",
        (
            f"{_P06}::test_p06_a_member_that_signs_another_members_cell_as_its_own_is_declined",
            f"{_P06}::test_p06_its_own_sender_cannot_move_it_either_by_signing_it_again",
        ),
    ),
    Mutation(
        "a ledger that finds no earlier copy",
        "node/ledger/ledger.py",
        'digest, reply FROM received WHERE round = ? AND sender = ?"\n',
        'digest, reply FROM received WHERE round = ? AND sender = ? AND 0"\n',
        (
            f"{_P06}::test_p06_copies_over_both_hubs_at_once_get_the_same_bytes_and_are_acted_upon_once",
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_gives_the_hub_the_same_bytes_again_and_never_others",
        ),
    ),
    Mutation(
        "an envelope of any age",
        "protocol/sealing/envelope.py",
        "    if abs(now_ms - request.header.time_ms) > limits.FRESHNESS_MS:\n",
        "    if request is None:\n",
        (f"{_P06}::test_p06_a_stale_message_is_declined",),
    ),
    Mutation(
        "a reply to something else",
        "protocol/sealing/envelope.py",
        "    if not reply.startswith(expected):\n",
        "    if not reply:\n",
        (f"{_P06}::test_p06_a_reply_answers_its_one_request_and_nothing_else",),
    ),
    Mutation(
        "an envelope from the future",
        "protocol/sealing/envelope.py",
        "    if abs(now_ms - request.header.time_ms) > limits.FRESHNESS_MS:\n",
        "    if now_ms - request.header.time_ms > limits.FRESHNESS_MS:\n",
        (f"{_P06}::test_p06_a_stale_message_is_declined[early-post]",),
    ),
    Mutation(
        "who asked kept of a known child alone",
        "node/answering/lookup.py",
        "    if not decision.matched:\n        return _entry(*said)\n",
        "    if not decision.matched or decision.outcome is not Outcome.KNOWN:\n"
        "        return _entry(*said)\n",
        (
            f"{_P03}::test_p03_who_asked_and_why_is_on_the_disk_when_the_answer_leaves"
            "[may_be_known]",
            f"{_P03}::test_p03_who_asked_and_why_is_on_the_disk_when_the_answer_leaves"
            "[add_a_field]",
        ),
    ),
    Mutation(
        "the same secrets for every keyholder",
        "protocol/oprf/ceremony.py",
        "    stem = seed + plan.context()",
        "    stem = seed[:0] + plan.context()",
        (f"{_P04}::test_p04_the_key_is_the_sum_of_what_each_keyholder_chose_alone",),
    ),
    Mutation(
        "the share written out, the highest byte first",
        "node/keyholding/share.py",
        'replace_file(self._path, self._key.seal(labels.STORE_KEYS, content, b"share"))',
        'replace_file(self._path, self._key.seal(labels.STORE_KEYS, content, b"share"))\n'
        '        self._path.with_suffix(".copy").write_text(share.share[::-1].hex().upper())',
        (f"{_P04}::test_p04_no_process_holds_the_key_and_no_file_the_key_or_a_share",),
    ),
)
