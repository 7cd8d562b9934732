"""A sign-in service that can be told to say anything."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from node.accounts.claims import Person
from node.accounts.provider import Begun, Provider
from node.settings import SignInSettings
from tests.node.small_federation import STORE_KEY, FakeClock

Result = TypeVar("Result")

ISSUER = "https://login.example"
CLIENT = "whoelse"
SETTINGS = SignInSettings(
    issuer=ISSUER,
    client_id=CLIENT,
    address="https://node.example",
    roles={"WhoElse.Ask": "practitioner", "WhoElse.Manage": "team_manager"},
    multi_factor_claim="amr",
    multi_factor_values=("mfa",),
)
CLAIMS: dict[str, Any] = {
    "sub": "made-up-subject",
    "name": "Pat Ashgrove",
    "phone_number": "01632 960111",
    "team": "Front door",
    "roles": ["WhoElse.Ask"],
    "amr": ["pwd", "mfa"],
}
"""Of somebody who may ask."""


class HostileProvider:
    """Says what its attributes hold."""

    def __init__(self, clock: FakeClock, **settings: Any) -> None:
        self.clock = clock
        self.settings = SETTINGS.model_copy(update=settings)
        self.key = ECKey.generate_key("P-256", {"kid": "first"})
        self.published: Any = KeySet([self.key]).as_dict(private=False)
        self.description: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
        }
        self.claims: dict[str, Any] = {**CLAIMS}
        """Without those that are of the attempt, which are right unless they stand here."""
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "first"}
        self.signs_with: ECKey | OctKey = self.key
        self.token_status = 200
        self.token_answer: dict[str, Any] | None = None
        self.redeemed: list[tuple[dict[str, str], str]] = []
        """What was sent for each code, and the header that says who sent it."""
        self.asked: list[str] = []
        """The paths that were asked for."""
        self.query: dict[str, str] = {}
        """What the last attempt came with."""
        self._app = self._make_app()
        self.provider = Provider(self.settings, STORE_KEY, clock, httpx.ASGITransport(self._app))

    def begin(self) -> Begun:
        begun = run(self.provider.begin())
        self.query = {
            name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()
        }
        return begun

    def let_in(self, **back: str) -> Person:
        """Go there and come back, with these words in the address beside or instead of the right
        ones."""
        begun = self.begin()
        query = {"code": "a code", "state": self.query["state"]} | back
        return run(self.provider.finish(begun.attempt, query))

    def token(self) -> str:
        seconds = self.clock() // 1000
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "iat": seconds,
            "exp": seconds + 300,
            "nonce": self.query["nonce"],
        } | self.claims
        left = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(self.header, left, self.signs_with, [self.header["alg"]])

    def _make_app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def note(request: Request, call_next: Any) -> Response:
            self.asked.append(request.url.path)
            response: Response = await call_next(request)
            return response

        @app.get("/.well-known/openid-configuration")
        async def description() -> Response:
            return JSONResponse(self.description)

        @app.get("/jwks")
        async def jwks() -> Response:
            return JSONResponse(self.published)

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form()).items()}
            self.redeemed.append((form, request.headers.get("authorization", "")))
            answer = self.token_answer
            if answer is None:
                answer = {"id_token": self.token(), "access_token": "x", "token_type": "Bearer"}
            return JSONResponse(answer, self.token_status)

        return app


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)
