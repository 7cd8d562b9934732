from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.oprf import group
from protocol.oprf.group import Element
from protocol.oprf.sharing import commit, evaluate_polynomial, verification_share


@given(
    st.lists(st.integers(1, group.ORDER - 1), min_size=2, max_size=5),
    st.integers(1, limits.KEYHOLDERS),
)
def test_verification_share_fits_the_share(values: list[int], index: int) -> None:
    coefficients = [group.scalar_from_int(value) for value in values]
    share = evaluate_polynomial(coefficients, index)
    expected = sum(value * index**power for power, value in enumerate(values)) % group.ORDER
    assert int.from_bytes(share, "little") == expected
    public: Element = group.multiply_base(share) if expected else group.IDENTITY
    assert verification_share(commit(coefficients), index) == public
