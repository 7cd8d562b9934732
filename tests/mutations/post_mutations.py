"""Protections of what follows from an answer, in `node/post` and `node/mail`."""

from tests.mutations.mutation import Mutation

_CALL_BACKS = "tests/node/post/test_callbacks.py"
_NOTICES = "tests/node/post/test_notices.py"
_ASKED_ABOUT = "tests/node/web/test_asked_about.py"
_CHECKS = "tests/node/post/test_checks.py"
_ADDED = "tests/node/post/test_added.py"

POST = (
    Mutation(
        "post that waits for what its own node cannot read",
        "node/post/inbox.py",
        "        except (DirectoryError, StoreError) as error:\n",
        "        except DirectoryError as error:\n",
        (
            "tests/node/post/test_inbox.py::test_message_whose_handler_cannot_read_or_keep_waits_alone",
        ),
    ),
    Mutation(
        "added tags of anybody",
        "node/post/callbacks.py",
        "            if found is None or found.member != sender or not found.wants_a_field:\n",
        "            if found is None or not found.wants_a_field:\n",
        (f"{_ADDED}::test_tags_are_compared_with_nothing[of another council]",),
    ),
    Mutation(
        "added tags that nobody asked for",
        "node/post/callbacks.py",
        "            if found is None or found.member != sender or not found.wants_a_field:\n",
        "            if found is None or found.member != sender:\n",
        (
            f"{_ADDED}::test_tags_that_nobody_asked_for_are_compared_with_nothing",
            f"{_ADDED}::test_nothing_is_added_to_what_is_decided",
        ),
    ),
    Mutation(
        "what is due at night left with who went home",
        "node/post/handover.py",
        "        and touched_ms < shift.begins_ms\n",
        "        and found.last is None\n",
        ("tests/node/post/test_handover.py::test_whose_owner_has_gone_home_it_is_too",),
    ),
    Mutation(
        "a notice for each week of a watch",
        "node/post/notices.py",
        "self._key.fingerprint(labels.STORE_AUDIENCE, named, content)[:NOTICE_ID_BYTES]",
        "self._key.seal(labels.STORE_NOTICE, content, named)[:NOTICE_ID_BYTES]",
        (f"{_NOTICES}::test_what_says_the_same_is_told_once_with_the_latest_time",),
    ),
    Mutation(
        "a second request about one answer",
        "node/post/callbacks.py",
        "            if open_one is not None and _says_the_same(open_one.request, request):",
        "            if open_one is None and open_one:",
        (f"{_CALL_BACKS}::test_who_asks_again_while_nobody_has_rung_has_asked_once",),
    ),
    Mutation(
        "a look that is written for hits alone",
        "node/post/looking.py",
        "                self._database.write(_LOOKED, looked, rows[-1].round_id)",
        "                if any(open_answered(self._key, r.entry, r.round_id).key for r in rows):\n"
        "                    self._database.write(_LOOKED, looked, rows[-1].round_id)",
        (f"{_CHECKS}::test_a_look_writes_the_same_whatever_it_finds",),
    ),
    Mutation(
        "checks that any request takes the place of",
        "node/post/checks.py",
        "        if found is None or not found.is_check:",
        "        if found is None:",
        (f"{_CHECKS}::test_a_request_that_another_council_names_like_it_does_not_take_its_place",),
    ),
    Mutation(
        "checks of the household",
        "node/post/checks.py",
        "    return tier_of(KeyId[entry.key]) is not Tier.HOUSEHOLD",
        "    return True",
        (f"{_CHECKS}::test_nothing_else_does",),
    ),
    Mutation(
        "call-backs about questions that were never asked",
        "node/post/callbacks.py",
        "            if matched is not None and self._store.find(",
        "            matched = matched or Matched(())\n            if self._store.find(",
        (f"{_CALL_BACKS}::test_question_that_was_never_asked_here_gives_nobody_a_call",),
    ),
    Mutation(
        "a call-back about a protected child without its mark",
        "node/post/callbacks.py",
        "protected_location=matched.protected_location",
        "protected_location=False",
        (f"{_CALL_BACKS}::test_a_request_keeps_that_the_location_is_protected",),
    ),
    Mutation(
        "news of anybody about a call-back",
        "node/post/callbacks.py",
        "found is not None and found.member == sender and _is_news",
        "found is not None and _is_news",
        (f"{_CALL_BACKS}::test_nobody_but_who_was_asked_says_what_became_of_it",),
    ),
    Mutation(
        "anybody says whom to ring",
        "node/post/callbacks.py",
        "found is None or found.member != sender or found.is_closed",
        "found is None or found.is_closed",
        (f"{_CALL_BACKS}::test_nobody_else_says_whom_to_ring",),
    ),
    Mutation(
        "whom to ring, by what comes last",
        "node/post/callbacks.py",
        "            if given.at_ms > found.given_ms:\n",
        "            if given.at_ms:\n",
        (f"{_CALL_BACKS}::test_what_was_given_first_does_not_come_after_what_was_given_then",),
    ),
    Mutation(
        "a protected location told to the team",
        "node/post/notices.py",
        "OFFICERS if asker.protected_location else of_team(team)",
        "of_team(team)",
        (
            f"{_NOTICES}::test_of_a_protected_location_the_shielding_officers_alone_are_told",
            f"{_ASKED_ABOUT}::test_of_a_protected_location_the_shielding_officer_alone_is_told",
        ),
    ),
    Mutation(
        "a call-back that a full disk lost",
        "node/post/inbox.py",
        "if post_type in _OF_CEREMONY else WAITS_MS",
        "if True else WAITS_MS",
        (
            "tests/node/post/test_inbox.py"
            "::test_what_cannot_be_taken_waits_as_long_as_it_is_good_for",
        ),
    ),
    Mutation(
        "a team told of what was not shared",
        "node/post/notices.py",
        "        if entry.outcome in _TOLD:\n",
        "        if True:\n",
        (f"{_NOTICES}::test_of_nothing_else_is_anybody_told",),
    ),
    Mutation(
        "a mail to a server that nobody vouches for",
        "node/mail/smtp.py",
        "        server.starttls(context=ssl.create_default_context())",
        "        server.starttls(context=ssl._create_unverified_context())",
        ("tests/node/mail/test_smtp.py::test_a_server_that_nobody_vouches_for_is_told_nothing",),
    ),
)
