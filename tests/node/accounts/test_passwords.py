"""What a password costs who guesses it."""

from argon2 import extract_parameters
from argon2.low_level import Type

from node.accounts.passwords import READ_OUT, Passwords, new_password
from tests.node.accounts.hashing import CHEAP


def test_passwords_are_kept_as_rfc_9106_recommends() -> None:
    """Section 4, the second recommended option: argon2id, 3 passes, 64 MiB, 4 lanes."""
    hashed = Passwords().hash("pewter lantern gravel", "pat")
    parameters = extract_parameters(hashed)
    assert parameters.type is Type.ID
    assert (parameters.time_cost, parameters.memory_cost) == (3, 64 * 1024)
    assert (parameters.parallelism, parameters.salt_len, parameters.hash_len) == (4, 16, 32)


def test_a_password_is_right_for_its_own_hash_alone() -> None:
    passwords = Passwords()
    hashed = passwords.hash("pewter lantern gravel", "pat")
    assert passwords.is_right("pewter lantern gravel", hashed)
    assert not passwords.is_right("pewter lantern grovel", hashed)
    assert not passwords.is_right("the password of nobody", None)


def test_a_password_that_is_drawn_does_for_every_username_and_is_read_out_without_mistakes() -> (
    None
):
    drawn = [new_password("a2") for _ in range(1000)]
    assert len({*drawn}) == len(drawn)
    assert set("".join(drawn)) == {*READ_OUT, "-"}
    assert not {*"il1o0"} & {*READ_OUT}
    passwords = Passwords(CHEAP)
    assert all(passwords.hash(each, "a2") for each in drawn)
