import pytest

from protocol.matching.confidence import Tier, difference_of, tier_of
from protocol.matching.keys import KeyId


@pytest.mark.parametrize("key_id", list(KeyId))
def test_every_key_has_a_tier_and_only_certain_ones_no_difference(key_id: KeyId) -> None:
    assert (difference_of(key_id) == "") is (tier_of(key_id) is Tier.CERTAIN)


def test_tiers_of_the_keys() -> None:
    assert {key_id.name: tier_of(key_id).name for key_id in KeyId} == {
        "A1": "CERTAIN",
        "A2": "CERTAIN",
        "A3": "CERTAIN",
        "B1": "STRONG",
        "C1": "PROBABLE",
        "C3": "PROBABLE",
    }


def test_the_lower_number_is_the_stronger_tier() -> None:
    assert [tier.name for tier in sorted(Tier)] == [
        "CERTAIN",
        "STRONG",
        "PROBABLE",
        "POSSIBLE",
        "HOUSEHOLD",
    ]
    assert [int(tier) for tier in sorted(Tier)] == [1, 2, 3, 4, 5]
