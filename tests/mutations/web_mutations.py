"""Protections of the pages, in `node/web`, `node/accounts` and `node/asking`."""

from tests.mutations.mutation import Mutation

_ACCESS = "tests/node/web/test_access.py"
_ACCOUNTS = "tests/node/accounts/test_store.py"
_DESK = "tests/node/asking/test_desk.py"
_GUARD = "tests/node/web/test_guard.py"
_LOOKUPS = "tests/node/web/test_lookups.py"
_SIGN_IN = "tests/node/web/test_sign_in.py"

_CALL_BACKS = "tests/node/post/test_callbacks.py"
_CALL_BACK_PAGES = "tests/node/web/test_call_backs.py"
_TEAM = "tests/node/web/test_team.py"
_NOTICES = "tests/node/post/test_notices.py"
_ASKED_ABOUT = "tests/node/web/test_asked_about.py"

_CLAIMS = "tests/node/accounts/test_claims.py"
_COUNCIL_SIGN_IN = "tests/node/web/test_council_sign_in.py"
_DETAILS = "tests/node/web/test_details.py"
_PROVIDER = "tests/node/accounts/test_provider.py"

_CASES = "tests/node/records/test_cases.py"

_CHECKS = "tests/node/post/test_checks.py"

_ADDED = "tests/node/post/test_added.py"
_ADDING = "tests/node/asking/test_adding.py"
_MORE_DETAIL = "tests/node/web/test_more_detail.py"

_ACTIVITY = "tests/node/web/test_activity.py"

_API = "tests/node/web/api/test_api.py"
_PASSKEYS = "tests/node/accounts/test_passkeys.py"
_SYSTEMS = "tests/node/accounts/test_systems.py"
_WATCHER = "tests/node/watching/test_watcher.py"

WEB = (
    Mutation(
        "a round that is there only when something is added",
        "node/asking/adding.py",
        "        if directory.oprf_key is None:\n",
        "        if directory.oprf_key is None or not self._waiting:\n",
        (f"{_ADDING}::test_every_turn_evaluates_one_batch_whether_something_waits_or_not",),
    ),
    Mutation(
        "two tabs whose forms take each other's place",
        "node/web/held_forms.py",
        "token_urlsafe(9)",
        '"again"',
        ("tests/node/web/test_asking.py::test_two_tabs_never_show_each_others_child",),
    ),
    Mutation(
        "what a page failed with, in a log",
        "node/web/guard.py",
        "type=type(error).__name__, place=place_of(error))\n            if",
        "reason=str(error))\n            if",
        ("tests/node/web/test_failing.py::test_what_a_page_failed_with_is_in_no_log",),
    ),
    Mutation(
        "a page that failed and is taken for whole",
        "node/web/guard.py",
        "                raise PageError from None\n",
        "                return\n",
        ("tests/node/web/test_failing.py::test_a_page_that_breaks_off_is_not_taken_for_whole",),
    ),
    Mutation(
        "the household taken for a fit of the child",
        "node/asking/cases.py",
        "            if tier_of(key_id) is not Tier.HOUSEHOLD and tag(token, context) in tags\n",
        "            if tag(token, context) in tags\n",
        (f"{_ADDING}::test_fits_cases_on[the household's]",),
    ),
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
        "a beat that moves with how long its work took",
        "node/clock.py",
        "        await sleep(seconds_to_beat(name, interval_seconds, clock()))\n",
        "        await sleep(interval_seconds)\n",
        ("tests/node/test_clock.py::test_times_of_beats_do_not_move_with_how_long_the_work_took",),
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
        "more of a child said by anybody of the council",
        "node/web/pages/adding.py",
        "not may_see(signed_in.account, found) or not found.wants_a_field:\n",
        "not found.wants_a_field:\n",
        (f"{_MORE_DETAIL}::test_it_is_said_by_who_asked_or_the_teams_manager",),
    ),
    Mutation(
        "typed text that is there for the next page too",
        "node/web/held_forms.py",
        "        self._let_go(session, name)\n        return held.form\n",
        "        return held.form\n",
        ("tests/node/web/test_asking.py::test_what_was_typed_is_shown_once_and_to_nobody_else",),
    ),
    Mutation(
        "typed text that is kept until somebody comes for it",
        "node/web/held_forms.py",
        "call_later(HELD_SECONDS, self._let_go, session, name)",
        "call_later(HELD_SECONDS, max, session, name)",
        ("tests/node/web/test_asking.py::test_what_was_typed_is_let_go_after_a_while",),
    ),
    Mutation(
        "what is due at night left with who went home",
        "node/post/handover.py",
        "        and touched_ms < shift.begins_ms\n",
        "        and found.last is None\n",
        ("tests/node/post/test_handover.py::test_whose_owner_has_gone_home_it_is_too",),
    ),
    Mutation(
        "one password tried on every account",
        "node/web/attempts.py",
        "            return self._wrong[address] <= MOST_WRONG",
        "            return self._wrong[address] >= 0",
        ("tests/node/web/test_sign_in.py::test_one_password_is_not_tried_on_every_account",),
    ),
    Mutation(
        "a mail to a server that nobody vouches for",
        "node/mail/smtp.py",
        "        server.starttls(context=ssl.create_default_context())",
        "        server.starttls(context=ssl._create_unverified_context())",
        ("tests/node/mail/test_smtp.py::test_a_server_that_nobody_vouches_for_is_told_nothing",),
    ),
    Mutation(
        "another team's lookups reviewed",
        "node/asking/activity.py",
        "if each.asked_ms < end_ms and team_key(each.entry.asker.team) == key",
        "if each.asked_ms < end_ms and key",
        ("tests/node/web/test_sample.py::test_nobody_reviews_what_is_not_of_the_sample",),
    ),
    Mutation(
        "a passkey whose holder nobody has verified",
        "node/accounts/passkeys.py",
        "                credential_current_sign_count=used_number,\n"
        "                require_user_verification=True,\n",
        "                credential_current_sign_count=used_number,\n",
        (f"{_PASSKEYS}::test_what_is_shown_wrong_lets_nobody_in[with nobody verified]",),
    ),
    Mutation(
        "a challenge that is good twice",
        "node/accounts/passkeys.py",
        '            until_ms, drawn_for = self._drawn.pop(challenge, (0, ""))',
        '            until_ms, drawn_for = self._drawn.get(challenge, (0, ""))',
        (f"{_PASSKEYS}::test_what_was_shown_once_lets_nobody_in_again",),
    ),
    Mutation(
        "a passkey added with somebody else's challenge",
        "node/accounts/passkeys.py",
        "        return until_ms > self._clock() and drawn_for == username",
        "        return until_ms > self._clock()",
        (f"{_PASSKEYS}::test_a_challenge_of_one_thing_serves_for_no_other",),
    ),
    Mutation(
        "other people's passkeys removed",
        "node/accounts/passkeys.py",
        '"DELETE FROM passkey WHERE id = ? AND username = ?", id, username)',
        '"DELETE FROM passkey WHERE id = ?", id)',
        (f"{_PASSKEYS}::test_a_passkey_that_is_removed_lets_nobody_in",),
    ),
    Mutation(
        "a token that asks twice",
        "node/accounts/systems.py",
        "        if not self._database.write(_USE, digest, until_ms):",
        "        if self._database.write(_USE, digest, until_ms) > 1:",
        (
            f"{_SYSTEMS}::test_nobody_asks_with_the_same_token_again",
            f"{_API}::test_a_token_asks_once",
        ),
    ),
    Mutation(
        "a token for another council",
        "node/accounts/systems.py",
        '            aud={"essential": True, "value": self._audience},\n',
        '            aud={"essential": True},\n',
        (f"{_SYSTEMS}::test_what_says_it_wrong_lets_nobody_ask",),
    ),
    Mutation(
        "a token that is good for as long as it says",
        "node/accounts/systems.py",
        '        if claims["exp"] - claims["iat"] > MOST_SECONDS:',
        '        if claims["exp"] < claims["iat"]:',
        (f"{_SYSTEMS}::test_what_says_it_wrong_lets_nobody_ask",),
    ),
    Mutation(
        "another user's answers",
        "node/web/api/lookups.py",
        "        found = await run_in_threadpool(kept.find, id, user.username)",
        '        found = await run_in_threadpool(kept.find, id, "mosaic/u-1007")',
        (f"{_API}::test_the_same_user_finds_the_answers_again_and_nobody_else_does",),
    ),
    Mutation(
        "what was sent repeated in a refusal",
        "node/web/api/problems.py",
        'reason=each["msg"])',
        'reason=str(each["input"]))',
        (f"{_API}::test_what_cannot_be_asked_is_said_without_what_was_sent",),
    ),
    Mutation(
        "a watch that makes people look elsewhere",
        "node/watching/watcher.py",
        "            _surely(case),",
        "            case,",
        (f"{_WATCHER}::test_it_is_asked_with_the_keys_alone_on_which_something_is_known",),
    ),
    Mutation(
        "a watch that is asked sooner after something new",
        "node/watching/watcher.py",
        "        self._store.change(due.id, None, seen)",
        "        self._store.change(due.id, asked.asked_ms if found else None, seen)",
        (f"{_WATCHER}::test_rounds_are_the_same_whatever_was_found",),
    ),
    Mutation(
        "watches that use up the day's questions",
        "node/watching/watcher.py",
        "        return self._store.asked_number(now_ms - now_ms % DAY_MS) >= pace.most_a_day",
        "        return self._store.asked_number(now_ms + DAY_MS) >= pace.most_a_day",
        (f"{_WATCHER}::test_a_day_has_its_limit_after_a_long_pause_too",),
    ),
    Mutation(
        "a watch that ends never",
        "node/watching/watcher.py",
        "        if self._clock() >= watch.ends_ms:",
        "        if self._clock() < 0:",
        (f"{_WATCHER}::test_it_ends_where_nobody_says_that_it_is_still_needed",),
    ),
    Mutation(
        "a notice for each week of a watch",
        "node/post/notices.py",
        "self._key.fingerprint(labels.STORE_AUDIENCE, named, content)[:NOTICE_ID_BYTES]",
        "self._key.seal(labels.STORE_NOTICE, content, named)[:NOTICE_ID_BYTES]",
        (f"{_NOTICES}::test_what_says_the_same_is_told_once_with_the_latest_time",),
    ),
    Mutation(
        "what others have asked",
        "node/asking/activity.py",
        "if each.entry.username == username]",
        "if username]",
        (f"{_ACTIVITY}::test_one_sees_what_one_asked_the_latest_first_and_nobody_elses",),
    ),
    Mutation(
        "other people's sessions ended",
        "node/accounts/store.py",
        "        others = (session.c.username == username) & (session.c.digest != _digest(made))",
        "        others = session.c.digest != _digest(made)",
        (f"{_ACTIVITY}::test_one_sees_where_one_is_signed_in_and_ends_it_elsewhere",),
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
        "a no with its reason",
        "protocol/messages/callback.py",
        '"" if self.step is Step.IS_NOT_THE_CHILD else self.note',
        "self.note",
        (f"{_CHECKS}::test_a_no_is_one_text_whatever_its_reason",),
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
        "all rows of one reference as one child",
        "node/records/cases.py",
        "            if joining.isdisjoint(tokens):",
        "            if not tokens:",
        (f"{_CASES}::test_two_children_of_one_reference_are_two_cases",),
    ),
    Mutation(
        "rows that their sources no longer give as one child",
        "node/records/store.py",
        'b"" if content_key == GONE else content_key[:FINGERPRINT_BYTES]',
        "content_key[:FINGERPRINT_BYTES]",
        (f"{_CASES}::test_rows_that_their_source_no_longer_gives_are_not_one_for_that",),
    ),
    Mutation(
        "a way back that somebody else was led to",
        "node/accounts/provider.py",
        'if attempt is None or not _is_same(query.get("state", ""), attempt.state):',
        "if attempt is None:",
        (f"{_PROVIDER}::test_who_was_led_here_by_somebody_else_is_not_let_in",),
    ),
    Mutation(
        "an attempt without an end",
        "node/accounts/provider.py",
        "return attempt if 0 <= self._clock() - attempt.begun_ms <= ATTEMPT_MS else None",
        "return attempt",
        (f"{_PROVIDER}::test_an_attempt_ends_after_a_while",),
    ),
    Mutation(
        "an ID token of another attempt",
        "node/accounts/provider.py",
        '            nonce={"essential": True, "value": nonce},\n',
        '            nonce={"essential": bool(nonce)},\n',
        (f"{_PROVIDER}::test_what_is_not_believed[of another attempt]",),
    ),
    Mutation(
        "an ID token for another client",
        "node/accounts/provider.py",
        'aud={"essential": True, "value": client_id}',
        'aud={"essential": True}',
        (f"{_PROVIDER}::test_what_is_not_believed[for another client]",),
    ),
    Mutation(
        "an ID token that never expires",
        "node/accounts/provider.py",
        'exp={"essential": True}',
        "exp={}",
        (f"{_PROVIDER}::test_what_is_not_believed[without an end]",),
    ),
    Mutation(
        "a code without its verifier's challenge",
        "node/accounts/provider.py",
        '            "code_challenge": encode_base64url(digest),\n',
        '            "code_challenge": encode_base64url(digest[::-1]),\n',
        (f"{_PROVIDER}::test_code_is_bound_to_the_one_who_began",),
    ),
    Mutation(
        "a password alone",
        "node/accounts/claims.py",
        "if not _values(claims, settings.multi_factor_claim) & {*settings.multi_factor_values}:",
        "if not _values(claims, settings.multi_factor_claim):",
        (f"{_CLAIMS}::test_a_password_alone_is_not_enough",),
    ),
    Mutation(
        "a password beside the council's service",
        "node/web/pages/sign_in.py",
        "if site.parts.provider is not None:",
        "if False:",
        (f"{_COUNCIL_SIGN_IN}::test_who_has_an_account_of_our_own_is_not_let_in_by_password",),
    ),
    Mutation(
        "roles as the service told them the first time",
        "node/accounts/store.py",
        "                person.roles,\n",
        "                known.roles if known else person.roles,\n",
        (
            f"{_COUNCIL_SIGN_IN}::test_what_the_service_says_now_counts",
            f"{_ACCOUNTS}::test_what_the_sign_in_service_tells_now_takes_the_place_of_what_it_told",
        ),
    ),
    Mutation(
        "any team that somebody types",
        "node/accounts/store.py",
        "team=found.team or team",
        "team=team or found.team",
        (f"{_DETAILS}::test_a_team_that_was_given_stays",),
    ),
    Mutation(
        "call-backs about questions that were never asked",
        "node/post/callbacks.py",
        "            if references is not None and self._store.find(",
        "            references = references or ()\n            if self._store.find(",
        (f"{_CALL_BACKS}::test_question_that_was_never_asked_here_gives_nobody_a_call",),
    ),
    Mutation(
        "news of anybody about a call-back",
        "node/post/callbacks.py",
        "found is not None and found.member == sender and _is_news",
        "found is not None and _is_news",
        (f"{_CALL_BACKS}::test_nobody_but_who_was_asked_says_what_became_of_it",),
    ),
    Mutation(
        "call-backs of any team for a manager",
        "node/managing.py",
        "account.manages_team and is_by_team(account.team, asked)",
        "account.manages_team",
        (
            f"{_CALL_BACK_PAGES}::test_a_manager_sees_those_of_the_team_and_nobody_of_another",
            f"{_TEAM}::test_another_teams_request_is_given_by_nobody",
        ),
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
        "a team told of what was not shared",
        "node/post/notices.py",
        "asker is None or entry.outcome not in _TOLD or",
        "asker is None or",
        (f"{_NOTICES}::test_of_nothing_else_is_anybody_told",),
    ),
    Mutation(
        "notices of every team for everybody",
        "node/web/telling.py",
        "is_every_teams = account.minds_inbox and audience != OFFICERS",
        "is_every_teams = True",
        (f"{_ASKED_ABOUT}::test_a_practitioner_sees_the_own_team_alone",),
    ),
    Mutation(
        "a call-back of any council",
        "node/web/pages/call_back_forms.py",
        "answer.member == member and form.fits(answer)",
        "answer.member == member",
        (f"{_CALL_BACK_PAGES}::test_nobody_else_can",),
    ),
    Mutation(
        "a form of any session",
        "node/web/forms.py",
        '    if signed_in is not None and form.get("token") != signed_in.token:\n',
        "    if signed_in is not None and not signed_in.token:\n",
        (f"{_ACCESS}::test_a_form_of_another_session_does_nothing",),
    ),
    Mutation(
        "a form of any site",
        "node/web/guard.py",
        '        return site == "same-origin"\n',
        "        return bool(site)\n",
        (f"{_GUARD}::test_a_form_is_refused[of another site]",),
    ),
    Mutation(
        "a form of any length",
        "node/web/guard.py",
        "        if self._left < 0:\n",
        "        if self._left is None:\n",
        (f"{_GUARD}::test_more_than_a_form_is_refused_though_it_says_nothing_of_its_length",),
    ),
    Mutation(
        "pages for any role",
        "node/web/signing_in.py",
        "            if signed_in.account.roles.isdisjoint(roles):\n",
        "            if not roles:\n",
        (f"{_ACCESS}::test_each_role_gets_in_where_it_may",),
    ),
    Mutation(
        "answers of anybody's lookup",
        "node/asking/keeping.py",
        '"SELECT sealed FROM lookup WHERE id = ? AND username = ? AND asked_ms > ?"',
        '"SELECT sealed FROM lookup WHERE id = ? AND ? != 0 AND asked_ms > ?"',
        (
            f"{_ACCESS}::test_nobody_gets_at_what_is_another_persons",
            f"{_DESK}::test_nobody_else_sees_it",
        ),
    ),
    Mutation(
        "anybody's lookup on its way",
        "node/asking/desk.py",
        "running is not None and running.username == username else None\n",
        "running is not None else None\n",
        (f"{_DESK}::test_nobody_else_sees_it",),
    ),
    Mutation(
        "markup as another council writes it",
        "node/web/rendering.py",
        "        autoescape=True,\n",
        "        autoescape=False,\n",
        (f"{_LOOKUPS}::test_what_a_hostile_council_writes_is_text",),
    ),
    Mutation(
        "a session that goes on after signing out",
        "node/web/pages/sign_in.py",
        "        await run_in_threadpool(accounts.sign_out, signed_in.made)\n",
        "",
        (f"{_SIGN_IN}::test_who_signs_out_is_out_everywhere_with_this_session",),
    ),
    Mutation(
        "a session that outlives a new sign-in",
        "node/web/signing_in.py",
        "        if before:\n",
        "        if not made:\n",
        (f"{_SIGN_IN}::test_session_is_a_new_one_after_signing_in",),
    ),
    Mutation(
        "a session without an end",
        "node/accounts/store.py",
        "        if now_ms - seen_ms > IDLE_MS or now_ms - begun_ms > LONGEST_MS:\n",
        "        if now_ms < 0:\n",
        (
            f"{_ACCOUNTS}::test_session_ends_when_nobody_looks",
            f"{_ACCOUNTS}::test_session_ends_after_a_shift",
        ),
    ),
    Mutation(
        "passwords guessed without end",
        "node/accounts/store.py",
        "        is_open = row is not None and row[2] <= now_ms\n",
        "        is_open = row is not None\n",
        (f"{_ACCOUNTS}::test_too_many_wrong_passwords_close_an_account_for_a_minute",),
    ),
    Mutation(
        "answers kept for ever",
        "node/asking/keeping.py",
        "            is_old = lookup.c.asked_ms <= self._clock() - KEPT_MS\n",
        "            is_old = lookup.c.asked_ms < 0\n",
        (f"{_DESK}::test_answers_are_gone_after_a_week",),
    ),
)
