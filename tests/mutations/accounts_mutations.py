"""Protections of who signs in and what each may do, in `node/accounts`."""

from tests.mutations.mutation import Mutation

_ACCOUNTS = "tests/node/accounts/test_store.py"
_CLAIMS = "tests/node/accounts/test_claims.py"
_COUNCIL_SIGN_IN = "tests/node/web/test_council_sign_in.py"
_DETAILS = "tests/node/web/test_details.py"
_PROVIDER = "tests/node/accounts/test_provider.py"
_ACTIVITY = "tests/node/web/test_activity.py"
_API = "tests/node/web/api/test_api.py"
_OWN_PASSWORD = "tests/node/web/test_own_password.py"
_PASSKEYS = "tests/node/accounts/test_passkeys.py"
_PASSKEY_PAGES = "tests/node/web/test_passkeys.py"
_SYSTEMS = "tests/node/accounts/test_systems.py"

ACCOUNTS = (
    Mutation(
        "one's own new password in place of one that was given meanwhile",
        "node/accounts/store.py",
        "            if checked and checked != sealed:\n",
        "            if False:\n",
        (f"{_ACCOUNTS}::test_ones_own_password_is_not_changed_once_somebody_else_has_changed_it",),
    ),
    Mutation(
        "a password changed by whoever finds a browser open",
        "node/web/pages/own_password.py",
        "await run_in_threadpool(accounts.check_password, username, now)",
        'b""',
        (f"{_OWN_PASSWORD}::test_the_old_one_stays",),
    ),
    Mutation(
        "a removed account's username given to the next",
        "node/accounts/store.py",
        "            if connection.execute(self._removed_of_late(made.username)).first():\n",
        "            if False:\n",
        (f"{_ACCOUNTS}::test_a_removed_accounts_name_is_nobody_elses_for_a_year",),
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
        "passkeys that outlive a password given by somebody else",
        "node/accounts/store.py",
        "delete(passkey).where(passkey.c.username == username)",
        'delete(passkey).where(passkey.c.username == "")',
        (
            f"{_PASSKEYS}::test_passkeys_go_with_a_password_that_somebody_else_gives",
            f"{_PASSKEY_PAGES}::test_who_is_given_a_new_password_has_none_any_more",
        ),
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
        "other people's sessions ended",
        "node/accounts/store.py",
        "        others = (session.c.username == username) & (session.c.digest != _digest(made))",
        "        others = session.c.digest != _digest(made)",
        (f"{_ACTIVITY}::test_one_sees_where_one_is_signed_in_and_ends_it_elsewhere",),
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
)
