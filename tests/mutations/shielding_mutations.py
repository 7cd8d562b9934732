"""Protections of shields: a shielded child is one that nobody here has heard of."""

from tests.mutations.mutation import Mutation

_SHIELDS = "tests/node/answering/test_shielding.py"
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
        "node/records/shields.py",
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
        "            growing.keep()\n",
        "",
        (
            f"{_SHIELDS}::test_a_name_that_came_with_a_load_hides_what_has_that_alone",
            f"{_SHIELDS}::test_it_stays_hidden_under_the_next_key",
        ),
    ),
    Mutation(
        "a shield of tokens without rows",
        "node/records/shields.py",
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
        "    if _name_key(shield.end_asked_by) == _name_key(officer):",
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
)
