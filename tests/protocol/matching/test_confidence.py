import pytest

from protocol.matching.confidence import Tier, difference_of, strongest_key, tier_of
from protocol.matching.key_ids import KeyId


@pytest.mark.parametrize("key_id", list(KeyId))
def test_every_key_has_a_tier_and_only_certain_ones_no_difference(key_id: KeyId) -> None:
    assert (difference_of(key_id) == "") is (tier_of(key_id) is Tier.CERTAIN)


def test_tiers_of_the_keys() -> None:
    """A group is a tier, but for what is guessable or common in it."""
    of_group = {"A": "CERTAIN", "B": "STRONG", "C": "PROBABLE", "D": "POSSIBLE", "H": "HOUSEHOLD"}
    weaker = {"B0", "C1_COMMON", "C2_COMMON", "C3_COMMON", "U1"}
    assert {key_id.name: tier_of(key_id).name for key_id in KeyId} == {
        key_id.name: "POSSIBLE" if key_id.name in weaker else of_group[key_id.name[0]]
        for key_id in KeyId
    }


LOOSE = [KeyId.C2_COMMON, KeyId.C3_COMMON, KeyId.D1, KeyId.D2]


@pytest.mark.parametrize("loose", LOOSE)
def test_a_loose_key_alone_says_nothing(loose: KeyId) -> None:
    assert strongest_key([loose]) is None
    assert strongest_key([loose, KeyId.H2]) is KeyId.H2
    assert strongest_key([loose, KeyId.D5]) is loose
    assert strongest_key([loose, KeyId.C1]) is KeyId.C1


@pytest.mark.parametrize("sound", [KeyId.D1, KeyId.D2])
@pytest.mark.parametrize("common", [KeyId.C2_COMMON, KeyId.C3_COMMON])
def test_a_common_name_in_another_form_says_nothing_beside_one_loose_key(
    common: KeyId, sound: KeyId
) -> None:
    assert strongest_key([common, sound]) is None
    assert strongest_key([common, sound, KeyId.C1_COMMON]) is KeyId.C1_COMMON


def test_sound_and_beginning_together_are_possible() -> None:
    assert strongest_key([KeyId.D2, KeyId.D1]) is KeyId.D1
    assert strongest_key([KeyId.D2, KeyId.D1, KeyId.C3_COMMON]) is KeyId.C3_COMMON
    assert strongest_key([KeyId.C2_COMMON, KeyId.C3_COMMON]) is None


def test_strongest_is_by_tier_before_it_is_by_id() -> None:
    assert strongest_key([KeyId.B0, KeyId.C1]) is KeyId.C1
    assert strongest_key([KeyId.C1_COMMON, KeyId.C8, KeyId.H1]) is KeyId.C8
    assert strongest_key([]) is None


def test_the_lower_number_is_the_stronger_tier() -> None:
    assert [tier.name for tier in sorted(Tier)] == [
        "CERTAIN",
        "STRONG",
        "PROBABLE",
        "POSSIBLE",
        "HOUSEHOLD",
    ]
    assert [int(tier) for tier in sorted(Tier)] == [1, 2, 3, 4, 5]
