from random import Random

import numpy as np

from protocol.errors import IdentityProblems
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.identity import Identity, parse_identity
from protocol.matching.keys import question_keys, record_keys
from tests.bench_matching.cohort import TODAY
from tests.bench_matching.meeting import candidates
from tests.bench_matching.samples import small_nation
from tests.bench_matching.uk_errors import on_record, written_twice


def test_nobody_who_shares_a_key_is_lost_in_the_sieve() -> None:
    nation = small_nation(1, 16_000)
    index: dict[bytes, list[int]] = {}
    for number in range(len(nation)):
        for key in record_keys(parse_identity(on_record(nation.child(number)), TODAY)):
            if tier_of(key.id) is not Tier.HOUSEHOLD:
                index.setdefault(key.oprf_input, []).append(number)
    asked: list[Identity] = []
    about: list[int] = []
    for number in range(0, len(nation), 4):
        entries, _ = written_twice(nation.child(number), nation.strangers(number), Random(number))
        try:
            asked.append(parse_identity(entries, TODAY))
        except IdentityProblems:
            continue
        about.append(number)
    meeting = {
        (question, child)
        for question, identity in enumerate(asked)
        for key in question_keys(identity, household=False)
        for child in index.get(key.oprf_input, ())
        if nation.family[child] != nation.family[about[question]]
    }
    assert len(meeting) > 50
    assert meeting <= candidates(nation, asked, np.array(about))
