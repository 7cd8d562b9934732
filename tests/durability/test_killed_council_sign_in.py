"""A node killed while people sign in at the council's own service: who was let in is in."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from deploy.demo.ports import free_port
from node.web.signing_in import ATTEMPT_COOKIE, COOKIE
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.polling import poll
from tests.durability.processes import OFTEN, Running, start
from tests.durability.remains import Remains
from tests.durability.visiting import Visitor
from tests.durability.world import copy_node
from tests.node.accounts.council_service import running_service, settings_text, sign_in_there


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running_service() as address:
        yield address


@pytest.mark.parametrize("plan", plans(Story.COUNCIL_SIGN_IN), ids=str)
def test_who_was_let_in_by_a_killed_node_is_in(
    plan: Plan, federation: Federation, service: str, tmp_path: Path
) -> None:
    folder, port = _node_with_service(federation, service, tmp_path)
    killed = start(tmp_path / "killed.log", "run", folder, kill=plan.kill, haste=OFTEN)
    cookies = _sign_in_until_killed(port, killed)
    assert killed.wait() == -signal.SIGKILL, killed.said()
    Remains(copy_node(folder, tmp_path / "remains")).assert_whole()
    restarted = start(tmp_path / "restarted.log", "run", folder)
    try:
        with closing(Visitor(port)) as visitor:
            poll("the pages", lambda: _is_served(port))
            for cookie in [*cookies, *_sign_in(port)]:
                visitor.use(cookie)
                assert "Sign out Robin Sedge" in visitor.get("/about").text
    finally:
        restarted.stop()
    assert plan.kill is not None
    assert len(cookies) == plan.kill.occurrence - 1
    assert set(killed.points() + restarted.points()) <= set(POINTS)


def _node_with_service(federation: Federation, service: str, folder: Path) -> tuple[Path, int]:
    node, port = copy_node(federation.template, folder / "node"), free_port()
    address = f"http://127.0.0.1:{port}"
    with (node / "node.toml").open("a") as settings:
        settings.write(f"web_port = {port}\n")
        settings.write(settings_text(service, address, folder / "secret"))
    return node, port


def _sign_in_until_killed(port: int, node: Running) -> list[str]:
    """Sign in again and again; return the cookies of those who were let in."""
    cookies: list[str] = []
    poll("the pages", lambda: _is_served(port))
    while node.is_alive:
        try:
            cookies += _sign_in(port)
        except httpx.TransportError:
            break
    return cookies


def _sign_in(port: int) -> list[str]:
    """Go to the service and come back; return the session's cookie."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser:
        begun = browser.get("/sign-in/council")
        back = sign_in_there(begun.headers["location"])
        kept = {"Cookie": f"{ATTEMPT_COOKIE}={begun.cookies[ATTEMPT_COOKIE]}"}
        return [browser.get(back, headers=kept).cookies[COOKIE]]


def _is_served(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/about").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
