import pytest

from protocol.messages.vocabulary import Outcome
from tests.federation.found import FOUND
from tests.federation.seeing import see


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(name: str) -> None:
    seen = see(FOUND[name])
    assert [errand.error for errand in seen.errands] == [""] * len(seen.errands)
    assert seen.outcomes()[6] is Outcome.KNOWN
