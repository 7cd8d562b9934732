"""Who asks through a case system: the token of each question says it."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from node.accounts.systems import Systems, SystemUser
from node.errors import TokenError
from node.web.api.problems import ApiProblem

BEARER = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description=(
        "One token for each request, signed (Ed25519 or ES256) with the key that the council has "
        "registered for the case system, whose name stands in the header's `kid` and in `iss`. "
        "Claims: `iss`, `aud` (`whoelse:` and the member's id), `sub` (the system's own id of the "
        "user), `iat`, `exp` (120 seconds later at most), `jti` (drawn anew), `name`, `telephone`, "
        "`team`, `role` (`practitioner`, `team_manager` or `duty_officer`)."
    ),
)


class TokenDoor:
    """Lets in who brings a token that was not used before."""

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    async def __call__(
        self, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> SystemUser:
        if shown is None:
            raise ApiProblem(401, "token", "Say who asks: send a token of the case system")
        try:
            return await run_in_threadpool(self._systems.user_of, shown.credentials)
        except TokenError as error:
            raise ApiProblem(401, "token", str(error)) from None
