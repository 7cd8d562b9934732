"""Plaintext linkage with splink 4, of the fields that our keys of a child have: what private
matching is measured against."""

import logging
import warnings
from collections.abc import Mapping

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from protocol.matching.identity import Identity
from tests.bench_matching.linkage import Linkage, Pair, Quality, quality_of

_BLOCKS = (
    ("surname", "born"),
    ("forename", "born"),
    ("born", "postcode"),
    ("forename", "surname"),
    ("surname", "postcode"),
    ("forename", "postcode"),
)
_SEED = 1


def best_quality(linkage: Linkage) -> Quality:
    """Return the quality at the threshold with the best F1, chosen with the truth in sight."""
    scored = _scored_pairs(linkage)
    thresholds = sorted({round(weight, 1) for weight in scored.values()})
    return max(
        (_quality_above(threshold, scored, linkage) for threshold in thresholds),
        key=lambda quality: quality.f1,
    )


def _quality_above(threshold: float, scored: Mapping[Pair, float], linkage: Linkage) -> Quality:
    """Each query's best record counts, as in our strongest tier; within one file all above the
    threshold do, for there may be several of one person."""
    above = {pair: weight for pair, weight in scored.items() if weight >= threshold}
    if linkage.is_within_one_file:
        return quality_of(set(above), linkage.truth)
    best: dict[str, tuple[float, str]] = {}
    for (query_id, record_id), weight in above.items():
        best[query_id] = max(best.get(query_id, (weight, record_id)), (weight, record_id))
    return quality_of({(query, record) for query, (_, record) in best.items()}, linkage.truth)


def _scored_pairs(linkage: Linkage) -> dict[Pair, float]:
    """Return the match weight, in bits, of every pair that a blocking rule lets through."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    one_file = linkage.is_within_one_file
    files = [linkage.records] if one_file else [linkage.queries, linkage.records]
    settings = SettingsCreator(
        link_type="dedupe_only" if one_file else "link_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=[block_on(*fields) for fields in _BLOCKS],
        comparisons=[
            cl.NameComparison("forename"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("born", input_is_string=True),
            cl.ExactMatch("postcode"),
        ],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(
            [_frame(people) for people in files],
            settings,
            db_api=DuckDBAPI(),
            set_up_basic_logging=False,
        )
        linker.training.estimate_probability_two_random_records_match(
            [block_on("forename", "surname", "born")], recall=0.6
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=_SEED)
        for fields in (("forename", "surname"), ("born",)):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*fields))
        predicted = linker.inference.predict(threshold_match_weight=-10).as_pandas_dataframe()
    scored = {
        (row.unique_id_l, row.unique_id_r): float(row.match_weight)
        for row in predicted.itertuples()
    }
    turned = {(right, left): weight for (left, right), weight in scored.items()}
    return scored | turned if one_file else scored


def _frame(people: Mapping[str, Identity]) -> pd.DataFrame:
    rows = []
    for name, identity in people.items():
        day = identity.date_of_birth
        rows.append(
            {
                "unique_id": name,
                "forename": identity.forenames[0] if identity.forenames else None,
                "surname": identity.surnames[0] if identity.surnames else None,
                "born": day.isoformat() if day else None,
                "postcode": identity.postcodes[0] if identity.postcodes else None,
            }
        )
    return pd.DataFrame(rows)
