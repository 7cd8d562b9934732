"""Protections of `protocol/`."""

from tests.mutations.mutation import Mutation

PROTOCOL = (
    Mutation(
        "no recipient in the tag",
        "protocol/tags.py",
        ".integer(epoch, 8).raw(encode_member_id(recipient)).done()",
        ".integer(epoch, 8).done()",
        (
            "tests/protocol/test_tags.py::test_tag_depends_on_token_epoch_and_recipient",
            "tests/node/answering/test_index.py::test_tables_are_for_this_member_alone",
        ),
    ),
    Mutation(
        "no epoch in the tag",
        "protocol/tags.py",
        ".integer(epoch, 8).raw(encode_member_id(recipient)).done()",
        ".raw(encode_member_id(recipient)).done()",
        ("tests/protocol/test_tags.py::test_tag_depends_on_token_epoch_and_recipient",),
    ),
    Mutation(
        "no who-mask",
        "protocol/tags.py",
        'return masked.to_bytes(SEED_BYTES, "big")',
        "return seed",
        ("tests/protocol/test_tags.py::test_mask_depends_on_token_round_asker_and_recipient",),
    ),
    Mutation(
        "no recipient in mask and proof",
        "protocol/tags.py",
        "        .raw(encode_member_id(answerer))\n",
        "",
        ("tests/protocol/test_tags.py::test_mask_depends_on_token_round_asker_and_recipient",),
    ),
    Mutation(
        "a hit proof for any question",
        "protocol/tags.py",
        "answerer) + request_digest",
        "answerer)",
        (
            "tests/protocol/test_tags.py"
            "::test_hit_proof_depends_on_token_round_asker_answerer_and_request",
        ),
    ),
    Mutation(
        "no label",
        "protocol/sealing/signing.py",
        'len(label).to_bytes(2, "big") + label + len(content)',
        "len(content)",
        (
            "tests/protocol/sealing/test_signing.py"
            "::test_refuses_signature_made_under_another_label",
            "tests/protocol/sealing/test_envelope.py"
            "::test_refuses_request_signed_under_another_label",
        ),
    ),
    Mutation(
        "any signature verifies",
        "protocol/sealing/signing.py",
        '        raise SignatureError("signature: does not verify") from None',
        "        return",
        (
            "tests/protocol/sealing/test_signing.py::test_refuses_signature_by_another_key",
            "tests/node/receiving/test_receiver.py::test_declines_without_a_row",
            "tests/hub/test_links.py::test_introduction_as_another_member_is_refused",
        ),
    ),
    Mutation(
        "keys of low order",
        "protocol/sealing/signing.py",
        " or y in _LOW_ORDER",
        "",
        ("tests/protocol/sealing/test_signing.py::test_refuses_low_order_verifying_key",),
    ),
    Mutation(
        "any time is fresh",
        "protocol/sealing/envelope.py",
        "if abs(now_ms - request.header.time_ms) > limits.FRESHNESS_MS:",
        "if now_ms < 0:",
        ("tests/node/receiving/test_receiver.py::test_declines_what_is_stale",),
    ),
    Mutation(
        "anybody's envelope is ours",
        "protocol/sealing/envelope.py",
        "if request.header.recipient != recipient:",
        'if recipient == "":',
        ("tests/protocol/sealing/test_envelope.py::test_refuses_misaddressed_request",),
    ),
    Mutation(
        "a cell under any header",
        "protocol/sealing/cell.py",
        ".prefixed(labels.REQUEST_CELL).prefixed(context)",
        ".prefixed(labels.REQUEST_CELL)",
        ("tests/protocol/sealing/test_cell.py::test_refuses_request_under_another_header",),
    ),
    Mutation(
        "a reply to any question",
        "protocol/sealing/envelope.py",
        "if not reply.startswith(expected):",
        "if not reply:",
        ("tests/protocol/sealing/test_envelope.py::test_refuses_reply_to_a_request_of_another",),
    ),
    Mutation(
        "a reply by anybody",
        "protocol/sealing/envelope.py",
        "    verify_signature(sender_key, labels.REPLY, content, reply[-SIGNATURE_BYTES:])\n",
        "",
        ("tests/protocol/sealing/test_envelope.py::test_refuses_reply_signed_by_another_member",),
    ),
    Mutation(
        "a bundle by anybody",
        "protocol/sealing/bundle.py",
        "    verify_signature(sender_key, labels.BUNDLE, bundle.content, bundle.signature)\n",
        "",
        ("tests/protocol/sealing/test_bundle.py::test_refuses_bundle_signed_by_another_member",),
    ),
    Mutation(
        "a link signature over what the hub chose",
        "protocol/messages/link.py",
        "        .fixed(nonce, NONCE_BYTES)\n        .integer(time_ms, 8)\n        .done()",
        "        .integer(time_ms, 8)\n        .done()",
        ("tests/protocol/messages/test_link.py::test_never_signs_what_the_hub_alone_chose",),
    ),
    Mutation(
        "a link signature for any hub",
        "protocol/messages/link.py",
        ".text(challenge.hub_id, HUB_ID_BYTES)\n        .raw",
        '.text("", HUB_ID_BYTES)\n        .raw',
        (
            "tests/protocol/messages/test_link.py"
            "::test_refuses_introduction_passed_on_by_another_hub",
        ),
    ),
    Mutation(
        "no DLEQ check",
        "protocol/oprf/threshold.py",
        "    verify_proof(verification_share, blinded_elements, partial.evaluated_elements, "
        "partial.proof)\n",
        "",
        (
            "tests/protocol/oprf/test_threshold.py::test_refuses_evaluation_with_another_share",
            "tests/protocol/oprf/test_threshold.py::test_refuses_the_proof_of_another_keyholder",
        ),
    ),
    Mutation(
        "one proof for any elements",
        "protocol/oprf/dleq.py",
        " + _framed(evaluated) + b",
        " + b",
        ("tests/protocol/oprf/test_voprf.py::test_evaluates_and_proves_as_rfc9497",),
    ),
    Mutation(
        "a threshold one too low",
        "protocol/oprf/threshold.py",
        "if len(partials) < threshold:",
        "if len(partials) < threshold - 1:",
        ("tests/protocol/oprf/test_threshold.py::test_refuses_too_few_shares",),
    ),
    Mutation(
        "no proof of possession",
        "protocol/oprf/certificate.py",
        "            verify_announcement(self.plan, index, announcement)\n",
        "            pass\n",
        (
            "tests/protocol/oprf/test_certificate.py"
            "::test_certificate_names_the_bad_proof_of_possession",
        ),
    ),
    Mutation(
        "an expired directory",
        "protocol/directory/trust.py",
        '    _check_unexpired(timestamp.signed.expires, now, "timestamp")\n',
        "",
        (
            "tests/protocol/directory/test_trust.py::test_refuses_an_expired_timestamp",
            "tests/node/federation/test_directory.py::test_directory_serves_offline_for_72_hours",
        ),
    ),
    Mutation(
        "a directory that no signer signed",
        "protocol/directory/trust.py",
        "    root.signed.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)\n",
        "",
        (
            "tests/protocol/directory/test_trust.py"
            "::test_refuses_targets_that_their_snapshot_names_and_no_signer_signed",
        ),
    ),
    Mutation(
        "as many long envelopes as there are members",
        "protocol/sealing/bundle.py",
        "1 <= count <= _MOST_ENVELOPES[kind]",
        "1 <= count <= limits.MEMBERS",
        (
            "tests/protocol/sealing/test_bundle.py"
            "::test_carries_no_more_evaluations_than_keyholders_are_asked",
        ),
    ),
    Mutation(
        "an import allowance that no small file can be mended in",
        "protocol/limits.py",
        "IMPORT_LEAST = 2 * IMPORT_BATCH",
        "IMPORT_LEAST = IMPORT_BATCH",
        ("tests/protocol/test_allowance.py::test_member_with_few_records_can_import_them",),
    ),
)
