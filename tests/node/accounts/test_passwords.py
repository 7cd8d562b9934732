"""What a password costs who guesses it."""

from argon2 import extract_parameters
from argon2.low_level import Type

from node.accounts.passwords import Passwords


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
