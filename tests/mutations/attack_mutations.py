"""Protections that the tests of the attacks on earlier drafts watch."""

from tests.mutations.mutation import Mutation

_CEREMONY = "tests/node/keyholding/test_ceremony.py"
_A_FAKED_KNOWN = "tests/attacks/test_a_faked_known.py"
_A_TIER_CLAIMED_ABOVE_ITS_SLOT = "tests/attacks/test_a_tier_claimed_above_its_slot.py"
_FRAMING_A_KEYHOLDER = "tests/attacks/test_framing_a_keyholder.py"
_FRAMING_BY_ITS_ASKER = "tests/attacks/test_framing_a_keyholder_by_its_asker.py"
_GUESSING_BY_IDENTIFIER_ALONE = "tests/attacks/test_guessing_by_identifier_alone.py"
_RELAYING_A_TAG = "tests/attacks/test_relaying_a_tag.py"
_REUSING_A_REPLY_KEY = "tests/attacks/test_reusing_a_reply_key.py"
_ROUNDS_AFTER_A_HIT_ALONE = "tests/attacks/test_rounds_after_a_hit_alone.py"
_SIGNING_WHAT_THE_HUB_CHOSE = "tests/attacks/test_signing_what_the_hub_chose.py"
_T_OLD_SHARES = "tests/attacks/test_t_old_shares.py"
_WRONG_KEYS_BEHIND_DECOY_SLOTS = "tests/attacks/test_wrong_keys_behind_decoy_slots.py"
_P05 = "tests/properties/test_p05_unknown_and_known_are_one_answer.py"

ATTACK = (
    Mutation(
        "one salt for two evaluations of a request",
        "protocol/messages/evaluation.py",
        ".raw(request_body).raw(reply_body).done()",
        ".raw(request_body).done()",
        (
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_after_the_ledger_is_lost_takes_another_salt",
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_after_a_refusal_that_left_no_row_takes_another_salt",
        ),
    ),
    Mutation(
        "an envelope to anybody",
        "protocol/sealing/envelope.py",
        "    if request.header.recipient != recipient:\n",
        "    if request is None:\n",
        (f"{_RELAYING_A_TAG}::test_relaying_a_tag_the_envelope_itself_is_for_another_member",),
    ),
    Mutation(
        "masks for any asker",
        "protocol/tags.py",
        "        .raw(encode_member_id(asker))\n",
        "",
        (
            f"{_RELAYING_A_TAG}::test_relaying_a_tag_that_does_match_opens_no_mask_for_another_asker"
            "[same round]",
            f"{_A_FAKED_KNOWN}::test_a_faked_known_is_shown_as_misbehaviour_and_discloses_nothing",
        ),
    ),
    Mutation(
        "masks for any asker in any round",
        "protocol/tags.py",
        "        .fixed(round_id, ROUND_ID_BYTES)\n        .raw(encode_member_id(asker))\n",
        "",
        (
            f"{_RELAYING_A_TAG}::test_relaying_a_tag_that_does_match_opens_no_mask_for_another_asker",
        ),
    ),
    Mutation(
        "a match whatever the mask",
        "node/answering/proving.py",
        "            who = Who.open(self._question.who_cell, who_key(seed, *self._exchange))\n",
        '            who = Who("nobody", "1", "", "", seed == b"")\n',
        (
            f"{_WRONG_KEYS_BEHIND_DECOY_SLOTS}::test_wrong_keys_behind_decoy_slots_are_a_miss",
            f"{_WRONG_KEYS_BEHIND_DECOY_SLOTS}::test_wrong_keys_behind_decoy_slots_leave_the_answer_about_another_child_as_it_is",
        ),
    ),
    Mutation(
        "a node that declines where a tag matches and no mask does",
        "node/answering/lookup.py",
        "        decision = decide([found.match for found in proven])\n",
        "        if records and not proven:\n"
        "            return None\n"
        "        decision = decide([found.match for found in proven])\n",
        (
            f"{_WRONG_KEYS_BEHIND_DECOY_SLOTS}::test_wrong_keys_behind_decoy_slots_are_a_miss",
            f"{_WRONG_KEYS_BEHIND_DECOY_SLOTS}::test_wrong_keys_behind_decoy_slots_leave_a_reply_and_a_row_of_the_length_of_a_miss",
        ),
    ),
    Mutation(
        "a number alone as a match key",
        "protocol/matching/parts.py",
        '[(of.child.nhs_number or "", of.date)]',
        '[(of.child.nhs_number or "",)]',
        (
            f"{_GUESSING_BY_IDENTIFIER_ALONE}::test_guessing_by_identifier_alone_finds_nobody_with_tokens_of_ones_own_making",
        ),
    ),
    Mutation(
        "a contact for a number alone",
        "protocol/matching/confidence.py",
        "    KeyId.B0: (Tier.POSSIBLE,",
        "    KeyId.B0: (Tier.STRONG,",
        (
            f"{_GUESSING_BY_IDENTIFIER_ALONE}::test_guessing_by_identifier_alone_gives_no_contact_and_a_person_looks_at_it",
        ),
    ),
    Mutation(
        "a proof for any question",
        "protocol/tags.py",
        "    context = _HIT + _parties(round_id, asker, answerer) + request_digest\n",
        "    context = _HIT + _parties(round_id, asker, answerer) + request_digest[:0]\n",
        (f"{_A_FAKED_KNOWN}::test_a_faked_known_is_shown_as_misbehaviour_and_discloses_nothing",),
    ),
    Mutation(
        "a proof in an empty slot",
        "node/asking/asker.py",
        "    if answer.slot >= len(tokens):\n",
        "    if answer.slot < 0:\n",
        (f"{_A_FAKED_KNOWN}::test_a_faked_known_in_an_empty_slot_is_shown_as_misbehaviour",),
    ),
    Mutation(
        "a tier as it is claimed",
        "node/asking/asker.py",
        " or tier > _MOST_TIER[answer.outcome]:",
        ":",
        (
            f"{_A_TIER_CLAIMED_ABOVE_ITS_SLOT}::test_a_tier_claimed_above_the_slot_that_proves_it_is_shown_as_misbehaviour",
        ),
    ),
    Mutation(
        "a hub's word against a member",
        "node/federation/rounds.py",
        "_ELSEWHERE = frozenset({Failure.UNREACHABLE, Failure.INVALID})",
        "_ELSEWHERE = frozenset({Failure.UNREACHABLE})",
        (f"{_FRAMING_A_KEYHOLDER}::test_framing_a_keyholder_beside_an_honest_hub_is_unseen",),
    ),
    Mutation(
        "a lost reply as a wrong one",
        "node/evaluating/asked_batch.py",
        'return f"did not reply ({delivery.failure})"',
        'return "gave an invalid reply"',
        (
            f"{_FRAMING_A_KEYHOLDER}::test_framing_a_keyholder_over_the_only_hub_blames_nobody_for_a_wrong_evaluation",
        ),
    ),
    Mutation(
        "a share of any key",
        "node/keyholding/evaluation.py",
        " or not _is_current(share, oprf_key):",
        ":",
        (f"{_T_OLD_SHARES}::test_t_old_shares_of_honest_keyholders_evaluate_nothing",),
    ),
    Mutation(
        "a certificate of any session",
        "protocol/oprf/certificate.py",
        "        if reader.fixed(len(head)) != head:\n",
        "        if not reader.fixed(len(head)):\n",
        (
            f"{_T_OLD_SHARES}::test_t_old_shares_do_not_come_back_by_the_certificate_of_their_session",
        ),
    ),
    Mutation(
        "signatures without a label",
        "protocol/sealing/signing.py",
        'len(label).to_bytes(2, "big") + label + len(content)',
        "bytes(2) + len(content)",
        (
            f"{_SIGNING_WHAT_THE_HUB_CHOSE}::test_signing_what_the_hub_chose_gives_nothing_that_passes_for_another_message",
        ),
    ),
    Mutation(
        "an introduction without a nonce of the node's",
        "node/federation/links.py",
        "self._member, os.urandom(32), self._clock()",
        "self._member, bytes(32), self._clock()",
        (
            f"{_SIGNING_WHAT_THE_HUB_CHOSE}::test_signing_what_the_hub_chose_is_never_over_the_same_bytes_twice",
        ),
    ),
    Mutation(
        "a challenge in another hub's name",
        "node/federation/links.py",
        "        if challenge.hub_id != hub.id:\n",
        "        if not challenge.hub_id:\n",
        (
            f"{_SIGNING_WHAT_THE_HUB_CHOSE}::test_signing_what_the_hub_chose_does_not_open_a_link_to_another_hub",
        ),
    ),
    Mutation(
        "an introduction to any hub",
        "protocol/messages/link.py",
        "        .text(challenge.hub_id, HUB_ID_BYTES)\n",
        '        .text("", HUB_ID_BYTES)\n',
        (
            f"{_SIGNING_WHAT_THE_HUB_CHOSE}::test_signing_what_the_hub_chose_does_not_open_a_link_to_another_hub",
        ),
    ),
    Mutation(
        "the loser of a race sends its own reply",
        "node/answering/lookup.py",
        "        return row.reply if row.digest == request.sealed.digest else None\n",
        "        return reply if row.digest == request.sealed.digest else None\n",
        (
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_gives_the_hub_the_same_bytes_again_and_never_others",
        ),
    ),
    Mutation(
        "the loser of a race sends its own evaluation",
        "node/ledger/ledger.py",
        "            return stored or reply",
        "            return reply",
        (
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_gives_the_hub_the_same_bytes_again_and_never_others",
        ),
    ),
    Mutation(
        "a second question under one round",
        "node/receiving/receiver.py",
        "        if found is not None and found.digest != request.sealed.digest:\n",
        "        if found is not None and not found.digest:\n",
        (
            f"{_REUSING_A_REPLY_KEY}::test_reusing_a_reply_key_with_other_bytes_under_the_same_round_gets_nothing",
        ),
    ),
    Mutation(
        "another round after a hit",
        "node/asking/asker.py",
        "            yield _result(member, delivery, sent[delivery.member], prepared.tokens)\n",
        "            result = _result(member, delivery, sent[delivery.member], prepared.tokens)\n"
        "            yield result\n"
        "            if result.tier is not None:\n"
        "                async for _ in self._sender.run(directory, sent, bundle):\n"
        "                    pass\n",
        (
            f"{_ROUNDS_AFTER_A_HIT_ALONE}::test_rounds_or_retries_do_not_depend_on_whether_there_was_a_hit",
            f"{_P05}::test_p05_nothing_follows_a_hit_that_does_not_follow_a_miss",
        ),
    ),
    Mutation(
        "evidence of an answer to anything",
        "node/evaluating/judging.py",
        "        if not names_its_request(evidence, reply_body):\n",
        "        if not reply_body:\n",
        (
            f"{_FRAMING_BY_ITS_ASKER}::test_framing_a_keyholder_by_an_honest_answer_shows_nothing"
            "[as if it had asked something else]",
            f"{_FRAMING_BY_ITS_ASKER}::test_framing_a_keyholder_by_an_answer_that_names_no_request_shows_nothing",
        ),
    ),
    Mutation(
        "evidence by any check",
        "node/evaluating/judging.py",
        "    if check.element(others[:number]) != last:\n",
        "    if not last:\n",
        (
            f"{_FRAMING_BY_ITS_ASKER}::test_framing_a_keyholder_by_another_check_shows_nothing",
            "tests/node/evaluating/test_evidence.py"
            "::test_import_is_not_judged_by_another_check_than_that_of_its_batch[another offset]",
        ),
    ),
    Mutation(
        "a reply that anybody signed",
        "protocol/sealing/envelope.py",
        "    verify_signature(sender_key, labels.REPLY, content, reply[-SIGNATURE_BYTES:])\n",
        "",
        (
            f"{_FRAMING_BY_ITS_ASKER}::test_framing_a_keyholder_by_an_answer_that_another_signed_shows_nothing",
        ),
    ),
    Mutation(
        "evidence against whoever did not reply",
        "node/evaluating/asked_batch.py",
        '            return f"did not reply ({delivery.failure})"\n',
        "            sent = self._sent[delivery.member]\n"
        '            self._keep(KeyholderEvidence(sent.envelope, self._body, b"", b""))\n'
        '            return f"did not reply ({delivery.failure})"\n',
        (
            f"{_FRAMING_A_KEYHOLDER}::test_framing_a_keyholder_over_the_only_hub_blames_nobody_for_a_wrong_evaluation",
        ),
    ),
    Mutation(
        "a share removed and not overwritten",
        "node/keyholding/share.py",
        "        erase_file(self._path)\n",
        "        self._path.unlink(missing_ok=True)\n",
        (f"{_CEREMONY}::test_share_of_a_session_before_is_overwritten_where_it_lay",),
    ),
    Mutation(
        "a pupil's number alone as a match key",
        "protocol/matching/parts.py",
        '[(of.child.upn or "", of.date)]',
        '[(of.child.upn or "",)]',
        (
            f"{_GUESSING_BY_IDENTIFIER_ALONE}::test_guessing_by_identifier_alone_finds_nobody_with_tokens_of_ones_own_making",
        ),
    ),
)
