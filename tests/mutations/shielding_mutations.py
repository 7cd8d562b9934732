"""Protections of shields: a shielded child is one that nobody here has heard of."""

from tests.mutations.mutation import Mutation

_SHIELDS = "tests/node/answering/test_shielding.py"
_OFFICERS = "tests/node/test_shielding.py"
_SEPARATING = "tests/node/test_separating.py"
_FAMILIES = "tests/node/web/test_families.py"
_APPLICATIONS = "tests/node/records/test_applications.py"
_NOTICES = "tests/node/post/test_notices.py"

SHIELDING = (
    Mutation(
        "shielded records answered of",
        "node/answering/shielding.py",
        "if matches.record_id in records and not self._hides(records[matches.record_id])",
        "if matches.record_id in records",
        (f"{_SHIELDS}::test_however_it_is_asked_about_it_is_neither_known_nor_checked",),
    ),
    Mutation(
        "no silence for whoever names a shielded child",
        "node/answering/shielding.py",
        "        if any(proven.match.key_id in JOINING for proven in about):",
        "        if not found:",
        (f"{_SHIELDS}::test_a_question_that_names_the_child_finds_no_household",),
    ),
    Mutation(
        "no silence for a number beside a weaker name",
        "node/answering/shielding.py",
        "            *prover.prove_all(naming, self._records),\n",
        "",
        (f"{_SHIELDS}::test_a_number_names_the_child_beside_keys_that_tell_more",),
    ),
    Mutation(
        "a shield that one officer ends under another spelling",
        "node/records/shield.py",
        'return " ".join(name.split()).casefold()',
        "return name",
        (f"{_SHIELDS}::test_an_officer_is_no_second_one_by_spelling",),
    ),
    Mutation(
        "shields read once",
        "node/answering/shielding.py",
        "        if version != self._set.version:",
        "        if self._set.version < 0:",
        (
            f"{_SHIELDS}::test_the_child_is_known_until_it_is_shielded_and_at_once_not_any_more",
            f"{_SHIELDS}::test_it_ends_by_two_officers_alone",
        ),
    ),
    Mutation(
        "a shield that no load adds to",
        "node/records/store.py",
        "            growing.finish(lambda: self._rows(connection))\n",
        "",
        (
            f"{_SHIELDS}::test_a_name_that_came_with_a_load_hides_what_has_that_alone",
            f"{_SHIELDS}::test_it_stays_hidden_under_the_next_key",
        ),
    ),
    Mutation(
        "a shield that grows in the order of rows",
        "node/records/growing.py",
        "            if not self._shields[id].is_separated:\n                # Rows",
        "            if not id:\n                # Rows",
        (
            f"{_SHIELDS}"
            "::test_rows_that_join_one_after_the_other_are_hidden_in_whatever_order_they_come",
        ),
    ),
    Mutation(
        "a shield of one kind of involvement",
        "node/records/shield.py",
        "frozenset(self.rows + self.other_kinds)",
        "frozenset(self.rows)",
        (
            f"{_OFFICERS}"
            "::test_a_new_involvement_of_the_case_is_hidden_whatever_is_known_of_the_child",
            f"{_OFFICERS}::test_a_case_of_another_kind_under_the_next_key_is_hidden",
        ),
    ),
    Mutation(
        "a shield of records that were others by then",
        "node/shielding.py",
        "return self.shields.begin(shield, load_number), shield",
        "return self.shields.begin(shield), shield",
        (f"{_OFFICERS}::test_what_is_loaded_while_a_shield_is_made_is_of_it_too",),
    ),
    Mutation(
        "a former identity in the row of a case",
        "node/answering/shielding.py",
        "    return tokens.of_keys(JOINING) if shield.is_separated else tokens",
        "    return tokens",
        (f"{_OFFICERS}::test_no_row_of_the_ledger_names_a_former_identity_beside_a_case",),
    ),
    Mutation(
        "a check that tells of a child who was shielded since",
        "node/post/callbacks.py",
        "            if step in TELLING and any(map(self._is_shielded, found.case_references)):",
        "            if step in TELLING and not found.case_references:",
        (
            "tests/node/post/test_checks.py"
            "::test_of_a_child_that_was_shielded_since_nobody_is_told_that_it_is_known",
        ),
    ),
    Mutation(
        "a shield of tokens without rows",
        "node/records/growing.py",
        "for telling in identity.rows | identity.joining:",
        "for telling in identity.joining:",
        (f"{_SHIELDS}::test_it_stays_hidden_under_the_next_key",),
    ),
    Mutation(
        "a shield of the case's own records alone",
        "node/records/identity.py",
        "                more = more.with_row(source_key, tokens)",
        "                pass",
        (f"{_SHIELDS}::test_records_of_the_child_that_were_there_before_are_hidden_too",),
    ),
    Mutation(
        "a shield that one officer ends",
        "node/records/shields.py",
        "    if name_key(shield.end_asked_by) == name_key(officer):",
        "    if not officer:",
        (f"{_SHIELDS}::test_it_ends_by_two_officers_alone",),
    ),
    Mutation(
        "a team told of a shielded child",
        "node/post/notices.py",
        "            self._keep(OFFICERS, told, row.received_ms)",
        "            self._keep(of_team(asker.team), told, row.received_ms)",
        (f"{_NOTICES}::test_of_a_shielded_child_the_officers_alone_are_told_who_asked",),
    ),
    Mutation(
        "records of a former identity with their tokens",
        "node/records/shields.py",
        "                strip(connection, shield.rows, self._change)",
        "                pass",
        (f"{_SEPARATING}::test_nothing_is_kept_of_it_that_the_identity_of_now_has_too",),
    ),
    Mutation(
        "a former identity loaded with its tokens",
        "node/records/growing.py",
        "                kept = NO_TOKENS",
        "                kept = tokens",
        (f"{_SEPARATING}::test_files_go_on_being_loaded",),
    ),
    Mutation(
        "weaker keys kept of a former identity",
        "node/shielding.py",
        "return Identity(identity.tokens.of_keys(SEPARATING), identity.rows)",
        "return Identity(identity.tokens, identity.rows)",
        (f"{_SEPARATING}::test_nothing_is_kept_of_it_that_the_identity_of_now_has_too",),
    ),
    Mutation(
        "a row that joins two identities taken",
        "node/records/growing.py",
        "        if self._refused:\n            raise RowsRefusedError(self._refused)\n",
        "",
        (f"{_SEPARATING}::test_what_would_join_them_is_refused_and_not_said_why",),
    ),
    Mutation(
        "a former name in a row of now",
        "node/records/tokens.py",
        "SEPARATING = JOINING | NAMING",
        "SEPARATING = JOINING",
        (
            f"{_SEPARATING}::test_what_would_join_them_is_refused_and_not_said_why",
            f"{_SEPARATING}::test_a_namesake_is_another_child_once_an_officer_says_so",
        ),
    ),
    Mutation(
        "the old case under the new name",
        "node/records/growing.py",
        "told.issuperset(tokens.with_keys(NAMING | NUMBERS))",
        "bool(told)",
        (f"{_SEPARATING}::test_what_would_join_them_is_refused_and_not_said_why",),
    ),
    Mutation(
        "rows before the former identity's own under a new key",
        "node/records/growing.py",
        "                self._take_separated(source_key, tokens, case_reference)\n        if",
        "                pass\n        if",
        (f"{_SEPARATING}::test_what_would_join_them_is_refused_under_the_next_key_too",),
    ),
    Mutation(
        "any case a namesake's",
        "node/records/growing.py",
        "        return identity.joining.isdisjoint(tokens.with_keys(JOINING))",
        "        return True",
        (f"{_SEPARATING}::test_a_namesake_is_another_child_once_an_officer_says_so",),
    ),
    Mutation(
        "a former identity that nobody has accounted for",
        "node/shielding.py",
        "            raise NotAllFormerError(sorted(left))\n",
        "            pass\n",
        (
            f"{_SEPARATING}"
            "::test_a_case_that_has_entries_in_common_is_mended_first_or_said_to_be_former",
        ),
    ),
    Mutation(
        "no loading anew of what was separated by mistake",
        "node/records/shields.py",
        "                unsettle(connection, shield.rows)",
        "                pass",
        (f"{_SEPARATING}::test_what_was_separated_by_mistake_is_answered_once_it_is_loaded_again",),
    ),
    Mutation(
        "an appeal that the same officer decides",
        "node/records/applications.py",
        "        if self.decision is not None and name_key(self.decision.by) == name_key(officer):",
        "        if self.decision is not None and not officer:",
        (
            f"{_APPLICATIONS}::test_a_refusal_is_appealed_once_and_another_officer_decides",
            f"{_FAMILIES}::test_a_refusal_is_appealed_and_another_officer_decides",
        ),
    ),
    Mutation(
        "requests to hide a child without end",
        "node/web/pages/families.py",
        "        if not (attempts.may(address) and await",
        "        if not (await",
        (f"{_FAMILIES}::test_no_address_sends_requests_without_end",),
    ),
    Mutation(
        "what a parent typed shown to whoever comes next",
        "node/web/held_forms.py",
        "held = self._held.get(session, {}).get(name)\n",
        "held = next(iter(self._held.get(session, {}).values()), None)\n",
        (f"{_FAMILIES}::test_what_was_typed_is_shown_to_nobody_else",),
    ),
)
