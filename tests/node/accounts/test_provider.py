"""The council's sign-in service: what is asked of it, and what it says that is not believed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet, OctKey

from node.accounts.model import AccountRole
from node.accounts.provider import ATTEMPT_MS, TOO_LATE, Provider
from node.accounts.provider_link import KEYS_MS, MOST_BYTES, NOT_LET_IN, UNREACHABLE
from node.errors import SettingsError, SignInError
from node.store_key import StoreKey
from protocol.encoding import encode_base64url
from tests.node.accounts.hostile_provider import CLIENT, SETTINGS, HostileProvider, run
from tests.node.small_federation import STORE_KEY, FakeClock

Change = Callable[[HostileProvider], object]


@pytest.fixture
def service() -> HostileProvider:
    return HostileProvider(FakeClock())


def test_who_is_let_in_has_name_and_role(service: HostileProvider) -> None:
    person = service.let_in()
    assert (person.name, person.telephone, person.team) == (
        "Pat Ashgrove",
        "01632 960111",
        "Front door",
    )
    assert person.roles == {AccountRole.PRACTITIONER}


def test_code_is_bound_to_the_one_who_began(service: HostileProvider) -> None:
    """RFC 7636 §4: the verifier that is shown at the end hashes to the challenge of the start."""
    service.let_in()
    ((form, _),) = service.redeemed
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert service.query["code_challenge"] == encode_base64url(digest)
    assert service.query["code_challenge_method"] == "S256"
    assert service.query["response_type"] == "code"
    assert form["redirect_uri"] == service.query["redirect_uri"]
    assert form["redirect_uri"] == "https://node.example/sign-in/return"


def test_each_attempt_has_words_of_its_own(service: HostileProvider) -> None:
    service.begin()
    first = service.query
    service.begin()
    assert all(first[name] != service.query[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    ("methods", "is_basic"),
    [(None, True), (["client_secret_post"], False), (["client_secret_basic"], True)],
)
def test_secret_is_shown_as_the_service_wants_it(
    tmp_path: Path, methods: list[str] | None, is_basic: bool
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret: with/signs\n")
    service = HostileProvider(FakeClock(), client_secret=secret)
    if methods:
        service.description["token_endpoint_auth_methods_supported"] = methods
    service.let_in()
    ((form, header),) = service.redeemed
    if is_basic:
        joined = base64.b64decode(header.removeprefix("Basic ")).decode()
        assert joined == f"{CLIENT}:a%20secret%3A%20with%2Fsigns"
        assert "client_secret" not in form
    else:
        assert (form["client_secret"], header) == ("a secret: with/signs", "")


def test_without_a_secret_the_client_is_named(service: HostileProvider) -> None:
    service.let_in()
    ((form, header),) = service.redeemed
    assert (form["client_id"], header) == (CLIENT, "")


def test_evidence_is_asked_for_as_its_claim_wants() -> None:
    service = HostileProvider(
        FakeClock(), multi_factor_claim="acr", multi_factor_values=("high", "higher")
    )
    service.begin()
    assert service.query["acr_values"] == "high higher"
    service = HostileProvider(FakeClock(), multi_factor_claim="acrs", multi_factor_values=("c1",))
    service.begin()
    assert json.loads(service.query["claims"]) == {
        "id_token": {"acrs": {"essential": True, "values": ["c1"]}}
    }


def claim(**claims: Any) -> Change:
    return lambda service: service.claims.update(claims)


def described(**words: Any) -> Change:
    return lambda service: service.description.update(words)


def answers(answer: dict[str, Any], status: int = 200) -> Change:
    def change(service: HostileProvider) -> None:
        service.token_answer, service.token_status = answer, status

    return change


def of_another_key(service: HostileProvider) -> None:
    service.signs_with = ECKey.generate_key("P-256", {"kid": "first"})


def with_the_public_key_as_a_secret(service: HostileProvider) -> None:
    """The classic: the key that everybody has taken for a shared secret."""
    head, body = (
        encode_base64url(json.dumps(part).encode())
        for part in ({"alg": "HS256", "kid": "first"}, service.claims)
    )
    signature = hmac.digest(service.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    service.token_answer = {"id_token": f"{head}.{body}.{encode_base64url(signature)}"}


def with_a_published_secret(service: HostileProvider) -> None:
    shared = OctKey.generate_key(256, {"kid": "first"})
    service.published = {"keys": [shared.as_dict()]}
    service.signs_with, service.header = shared, {"alg": "HS256", "kid": "first"}


def unsigned(service: HostileProvider) -> None:
    header, payload = (
        encode_base64url(json.dumps(part).encode())
        for part in ({"alg": "none"}, {**service.claims, "iss": "https://login.example"})
    )
    service.token_answer = {"id_token": f"{header}.{payload}."}


def keys(published: Any) -> Change:
    return lambda service: setattr(service, "published", published)


NOT_BELIEVED: dict[str, Change] = {
    "signed by another key": of_another_key,
    "signed with the public key as a secret": with_the_public_key_as_a_secret,
    "signed with a secret that is published": with_a_published_secret,
    "not signed": unsigned,
    "another issuer": claim(iss="https://other.example"),
    "no issuer": claim(iss=None),
    "for another client": claim(aud="another"),
    "for nobody": claim(aud=None),
    "for several, and not said which": claim(aud=[CLIENT, "another"]),
    "for several, and another is meant": claim(aud=[CLIENT, "another"], azp="another"),
    "another is meant": claim(azp="another"),
    "of another attempt": claim(nonce="another"),
    "of no attempt": claim(nonce=None),
    "of no subject": claim(sub=None),
    "a subject that is no text": claim(sub=5),
    "expired": claim(exp=1),
    "without an end": claim(exp=None),
    "an end that is no number": claim(exp="tomorrow"),
    "of the future": claim(iat=99_999_999_999),
    "without a beginning": claim(iat=None),
    "no ID token": answers({"access_token": "x"}),
    "an ID token that is no text": answers({"id_token": 5}),
    "an ID token that is none": answers({"id_token": "x.y.z"}),
    "refused": answers({"error": "invalid_grant"}, 400),
    "no keys": keys({"keys": []}),
    "keys that are none": keys({"keys": [{"kty": "EC"}]}),
    "keys that are a text": keys({"keys": "x"}),
    "no list of keys": keys({}),
    "described as another": described(issuer="https://other.example"),
    "described without an endpoint": described(token_endpoint=None),
    "an endpoint without TLS": described(token_endpoint="http://login.example/token"),
}


@pytest.mark.parametrize("what", NOT_BELIEVED)
def test_what_is_not_believed(service: HostileProvider, what: str) -> None:
    NOT_BELIEVED[what](service)
    with pytest.raises(SignInError, match=NOT_LET_IN):
        service.let_in()


def long(service: HostileProvider) -> None:
    service.description["more"] = "x" * MOST_BYTES


NO_ANSWER: dict[str, Change] = {
    "too long": long,
    "no object": lambda service: setattr(service, "description", []),
    "keys that are no object": keys([]),
    "a token answer that is no object": lambda service: setattr(service, "token_answer", [1]),
}


@pytest.mark.parametrize("what", NO_ANSWER)
def test_answers_that_cannot_be_used(service: HostileProvider, what: str) -> None:
    NO_ANSWER[what](service)
    with pytest.raises(SignInError, match=UNREACHABLE):
        service.let_in()


def test_a_service_that_is_away_is_said_to_be() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    provider = Provider(SETTINGS, STORE_KEY, FakeClock(), httpx.MockTransport(refuse))
    with pytest.raises(SignInError, match="does not answer"):
        run(provider.begin())


def test_redirects_are_not_followed() -> None:
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://other.example/"})

    provider = Provider(SETTINGS, STORE_KEY, FakeClock(), httpx.MockTransport(redirect))
    with pytest.raises(SignInError):
        run(provider.begin())
    assert seen == ["login.example"]


@pytest.mark.parametrize(
    "back",
    [{"state": "another"}, {"state": ""}, {"state": "\udcff"}],
    ids=["another", "none", "no text"],
)
def test_who_was_led_here_by_somebody_else_is_not_let_in(
    service: HostileProvider, back: dict[str, str]
) -> None:
    with pytest.raises(SignInError, match=TOO_LATE):
        service.let_in(**back)
    assert service.redeemed == []


def test_an_answer_of_another_service_redeems_nothing(service: HostileProvider) -> None:
    """RFC 9207: the code is not shown to whom it is not of."""
    with pytest.raises(SignInError, match=NOT_LET_IN):
        service.let_in(iss="https://other.example")
    assert service.redeemed == []
    assert service.let_in(iss="https://login.example").name == "Pat Ashgrove"


def test_who_is_refused_there_is_not_let_in_here(service: HostileProvider) -> None:
    begun = service.begin()
    back = {"error": "access_denied", "state": service.query["state"]}
    with pytest.raises(SignInError, match=NOT_LET_IN):
        run(service.provider.finish(begun.attempt, back))


def test_an_attempt_ends_after_a_while(service: HostileProvider) -> None:
    for waited_ms in (ATTEMPT_MS + 1, -1):
        begun = service.begin()
        service.clock.now_ms += waited_ms
        back = {"code": "a code", "state": service.query["state"]}
        with pytest.raises(SignInError, match=TOO_LATE):
            run(service.provider.finish(begun.attempt, back))


def test_an_attempt_of_another_node_or_none_is_nothing(service: HostileProvider) -> None:
    other = Provider(SETTINGS, StoreKey(b"x" * 32), service.clock)
    begun = service.begin()
    for attempt in (b"", b"x", begun.attempt[:-1], begun.attempt + b"x"):
        with pytest.raises(SignInError, match=TOO_LATE):
            run(service.provider.finish(attempt, service.query))
    with pytest.raises(SignInError, match=TOO_LATE):
        run(other.finish(begun.attempt, service.query))


def test_new_keys_are_fetched_at_most_once_a_minute(service: HostileProvider) -> None:
    service.let_in()
    service.key = service.signs_with = ECKey.generate_key("P-256", {"kid": "second"})
    service.header["kid"] = "second"
    service.published = KeySet([service.key]).as_dict(private=False)
    for _ in range(3):
        with pytest.raises(SignInError):
            service.let_in()
    assert service.asked.count("/jwks") == 1
    service.clock.now_ms += KEYS_MS + 1
    assert service.let_in().name == "Pat Ashgrove"
    assert service.asked.count("/jwks") == 2


def test_keys_of_other_kinds_are_passed_over(service: HostileProvider) -> None:
    others = [{"kty": "AKP", "alg": "ML-DSA-44"}, OctKey.generate_key().as_dict()]
    service.published["keys"] += others
    assert service.let_in().name == "Pat Ashgrove"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"", "empty"), (b"\xff", "not text")]
)
def test_a_secret_that_cannot_be_read_is_said_at_the_start(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    settings = SETTINGS.model_copy(update={"client_secret": secret})
    with pytest.raises(SettingsError, match=reason):
        Provider(settings, STORE_KEY, FakeClock())


def test_a_service_that_signs_nobody_out_has_no_such_place(service: HostileProvider) -> None:
    assert run(service.provider.sign_out_address()) is None


def test_where_one_signs_out_is_believed_with_tls_alone(service: HostileProvider) -> None:
    service.description["end_session_endpoint"] = "http://login.example/out"
    with pytest.raises(SignInError):
        run(service.provider.sign_out_address())


def test_place_to_sign_out_keeps_its_own_query(service: HostileProvider) -> None:
    service.description["end_session_endpoint"] = "https://login.example/out?tenant=1"
    assert run(service.provider.sign_out_address()) == (
        f"https://login.example/out?tenant=1&client_id={CLIENT}"
        "&post_logout_redirect_uri=https%3A%2F%2Fnode.example%2Fsign-in"
    )
