"""Protections of the pages, in `node/web`."""

from tests.mutations.mutation import Mutation

_ACCOUNT_PAGES = "tests/node/web/test_accounts.py"
_ACCESS = "tests/node/web/test_access.py"
_GUARD = "tests/node/web/test_guard.py"
_LOOKUPS = "tests/node/web/test_lookups.py"
_SIGN_IN = "tests/node/web/test_sign_in.py"
_CALL_BACK_PAGES = "tests/node/web/test_call_backs.py"
_ASKED_ABOUT = "tests/node/web/test_asked_about.py"
_COUNCIL_SIGN_IN = "tests/node/web/test_council_sign_in.py"
_MORE_DETAIL = "tests/node/web/test_more_detail.py"
_API = "tests/node/web/api/test_api.py"

WEB = (
    Mutation(
        "an administrator who removes themself",
        "node/web/pages/account_forms.py",
        "        if _is_own(found, signed_in):\n"
        '            return await site.page(request, "account_remove.html", signed_in, 409, '
        "person=found)\n",
        "",
        (f"{_ACCOUNT_PAGES}::test_nobody_removes_themself_and_is_told_why",),
    ),
    Mutation(
        "accounts made beside the council's service",
        "node/web/pages/account_forms.py",
        "        if site.parts.provider is not None:\n            raise HTTPException(404)\n",
        "",
        (f"{_ACCOUNT_PAGES}::test_where_the_council_has_a_service_nothing_is_typed_of_an_account",),
    ),
    Mutation(
        "records for people who ask",
        "node/web/pages/records.py",
        "for_roles(AccountRole.DATA_STEWARD)",
        "for_roles(*AccountRole)",
        (f"{_ACCESS}::test_each_role_gets_in_where_it_may",),
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
        "one password tried on every account",
        "node/web/attempts.py",
        "            return self._wrong[address] <= self._most",
        "            return self._wrong[address] >= 0",
        ("tests/node/web/test_sign_in.py::test_one_password_is_not_tried_on_every_account",),
    ),
    Mutation(
        "another user's answers",
        "node/web/api/checks.py",
        "run_in_threadpool(self._parts.kept.find, id, user.username)",
        'run_in_threadpool(self._parts.kept.find, id, "mosaic/u-1007")',
        (f"{_API}::test_the_same_user_finds_the_answers_again_and_nobody_else_does",),
    ),
    Mutation(
        "a detail for a check that was given to somebody else",
        "node/web/api/checks.py",
        "check.wants_a_field and check.username == user.username",
        "check.wants_a_field",
        (f"{_API}::test_no_detail_is_taken_that_nobody_asked_this_user_for",),
    ),
    Mutation(
        "what was sent repeated in a refusal",
        "node/web/api/problems.py",
        'reason=each["msg"])',
        'reason=str(each["input"]))',
        (f"{_API}::test_what_cannot_be_asked_is_said_without_what_was_sent",),
    ),
    Mutation(
        "a password beside the council's service",
        "node/web/pages/sign_in.py",
        "if site.parts.provider is not None:",
        "if False:",
        (f"{_COUNCIL_SIGN_IN}::test_who_has_an_account_of_our_own_is_not_let_in_by_password",),
    ),
    Mutation(
        "notices of every team for everybody",
        "node/web/telling.py",
        "        if account.minds_inbox:\n            # Apart",
        "        if True:\n            # Apart",
        (f"{_ASKED_ABOUT}::test_a_practitioner_sees_the_own_team_alone",),
    ),
    Mutation(
        "another team's notices marked as seen by who minds the inbox",
        "node/web/telling.py",
        "            self._notices.saw_of_teams(self._with_accounts(), ids)\n",
        "            self._notices.saw_of_teams(audiences(account), ids)\n",
        (
            f"{_ASKED_ABOUT}::test_who_minds_the_inbox_sees_every_team_and_marks_no_other_that_has_people",
        ),
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
)
