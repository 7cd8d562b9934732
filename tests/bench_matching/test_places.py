import numpy as np
import pytest

from protocol.matching.entries import parse_postcode
from tests.bench_matching.places import make_places


def test_every_place_has_a_postcode_of_its_own_that_an_entry_may_hold() -> None:
    rng = np.random.default_rng(1)
    places = make_places(rng, 1_000_000)
    drawn = places.draw(rng, np.arange(len(places.outward)))
    postcodes = [parse_postcode("postcode", places.text(place)) for place in drawn.tolist()]
    assert [places.number(postcode or "") for postcode in postcodes] == drawn.tolist()


@pytest.mark.parametrize("postcode", ["QQ11AB", "B11CC", "GIR0AA"])
def test_no_place_has_a_postcode_that_was_not_made(postcode: str) -> None:
    assert make_places(np.random.default_rng(1), 1000).number(postcode) == -1


def test_most_of_those_who_move_stay_in_their_district() -> None:
    rng = np.random.default_rng(1)
    places = make_places(rng, 1_000_000)
    before = places.draw(rng, rng.integers(0, len(places.outward), 5000))
    stay = before // 4000 == places.move(rng, before) // 4000
    assert 0.57 < stay.mean() < 0.68
