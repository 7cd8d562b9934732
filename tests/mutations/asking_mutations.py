"""Protections of who asks: in `node/asking`, `node/watching` and what stands beside them."""

from tests.mutations.mutation import Mutation

_ACCESS = "tests/node/web/test_access.py"
_DESK = "tests/node/asking/test_desk.py"
_CALL_BACK_PAGES = "tests/node/web/test_call_backs.py"
_TEAM = "tests/node/web/test_team.py"
_CASES = "tests/node/records/test_cases.py"
_CHECKS = "tests/node/post/test_checks.py"
_ADDING = "tests/node/asking/test_adding.py"
_DETAILS = "tests/node/asking/test_detail_socket.py"
_ACTIVITY = "tests/node/web/test_activity.py"
_WATCHER = "tests/node/watching/test_watcher.py"

ASKING = (
    Mutation(
        "a round that is there only when something is added",
        "node/asking/adding.py",
        "        if directory.oprf_key is None:\n",
        "        if directory.oprf_key is None or not self._waiting:\n",
        (f"{_ADDING}::test_every_turn_evaluates_one_batch_whether_something_waits_or_not",),
    ),
    Mutation(
        "a socket for details that everybody can open",
        "node/asking/detail_socket.py",
        "os.fchmod(listening.fileno(), 0o600)",
        "os.fchmod(listening.fileno(), 0o666)",
        (f"{_DETAILS}::test_nobody_else_can_reach_it_and_nothing_of_it_is_left",),
    ),
    Mutation(
        "the household taken for a fit of the child",
        "node/asking/cases.py",
        "            if tier_of(key_id) is not Tier.HOUSEHOLD and tag(token, context) in tags\n",
        "            if tag(token, context) in tags\n",
        (f"{_ADDING}::test_fits_cases_on[the household's]",),
    ),
    Mutation(
        "another team's lookups reviewed",
        "node/asking/activity.py",
        "if each.asked_ms < end_ms and team_key(each.entry.asker.team) == key",
        "if each.asked_ms < end_ms and key",
        ("tests/node/web/test_sample.py::test_nobody_reviews_what_is_not_of_the_sample",),
    ),
    Mutation(
        "what others have asked",
        "node/asking/activity.py",
        "if each.entry.username == username]",
        "if username]",
        (f"{_ACTIVITY}::test_one_sees_what_one_asked_the_latest_first_and_nobody_elses",),
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
        "answers kept for ever",
        "node/asking/keeping.py",
        "            is_old = lookup.c.asked_ms <= self._clock() - self.kept_ms\n",
        "            is_old = lookup.c.asked_ms < 0\n",
        (f"{_DESK}::test_answers_are_gone_when_their_time_is_over",),
    ),
    Mutation(
        "a beat that moves with how long its work took",
        "node/clock.py",
        "        await sleep(seconds_to_beat(name, interval_seconds, clock()))\n",
        "        await sleep(interval_seconds)\n",
        ("tests/node/test_clock.py::test_times_of_beats_do_not_move_with_how_long_the_work_took",),
    ),
    Mutation(
        "a watch that asks with nothing",
        "node/watching/watcher.py",
        "        if not sure.tokens:\n",
        "        if False:\n",
        (
            f"{_WATCHER}"
            "::test_an_unborn_child_is_watched_as_long_as_there_is_something_to_ask_with[4]",
        ),
    ),
    Mutation(
        "a question with nothing in it",
        "node/asking/asker.py",
        "    if not tokens:\n",
        "    if False:\n",
        ("tests/node/asking/test_asking.py::test_nobody_is_asked_with_nothing",),
    ),
    Mutation(
        "who is asked again, in sight of the hub",
        "node/asking/asker.py",
        "        for recipient in directory.members.values():\n",
        "        for recipient in (directory.members[id] for id in asked):\n",
        (
            "tests/node/asking/test_asking.py"
            "::test_whom_is_asked_again_no_hub_sees_and_nobody_else_is_told_anything",
        ),
    ),
    Mutation(
        "a watch that makes people look elsewhere",
        "node/watching/watcher.py",
        "            sure,\n            watch",
        "            case,\n            watch",
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
        "a no with its reason",
        "protocol/messages/callback.py",
        '"" if self.step is Step.IS_NOT_THE_CHILD else self.note',
        "self.note",
        (f"{_CHECKS}::test_a_no_is_one_text_whatever_its_reason",),
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
        "call-backs of any team for a manager",
        "node/managing.py",
        "account.manages_team and is_by_team(account.team, asked)",
        "account.manages_team",
        (
            f"{_CALL_BACK_PAGES}::test_a_manager_sees_those_of_the_team_and_nobody_of_another",
            f"{_TEAM}::test_another_teams_request_is_given_by_nobody",
        ),
    ),
)
