"""The command: a hub's folder, and a hub as a process of its own that says nothing of rounds."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from deploy.demo.ports import free_port
from hub import cli
from hub.settings import load_settings
from protocol.encoding import encode_base64url
from protocol.messages.link import FrameType
from tests.hub.confinement.process import first_line
from tests.hub.federation import Council, Federation, make_round
from tests.hub.running import RunningHub, asked, linked, receive_frame, send_frame

PYTHON = (sys.executable, "-c", "from hub.cli import main; main()")


def init(folder: Path, federation: Federation, port: int = 8000) -> list[str]:
    return [
        "init", str(folder), "--hub-id=hub-1", f"--port={port}",
        f"--directory={federation.published}", f"--root={federation.root}",
    ]  # fmt: skip


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], object]:
    """Run the command in this process and return its status."""

    def run(arguments: list[str]) -> object:
        monkeypatch.setattr(sys, "argv", ["whoelse-hub", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return run


def test_init_makes_a_folder_that_loads(
    federation: Federation, tmp_path: Path, command: Callable[[list[str]], object]
) -> None:
    assert command(init(tmp_path / "hub", federation)) == 0
    settings = load_settings(tmp_path / "hub")
    assert settings.directory == federation.published
    assert settings.root.read_bytes() == federation.root.read_bytes()


@pytest.mark.parametrize(
    ("spoil", "says"), [("hub.toml", "hub.toml is missing"), ("root.json", "directory: root.json")]
)
def test_run_refuses_in_one_line_and_with_status_2(
    federation: Federation,
    tmp_path: Path,
    command: Callable[[list[str]], object],
    capsys: pytest.CaptureFixture[str],
    spoil: str,
    says: str,
) -> None:
    command(init(tmp_path, federation))
    (tmp_path / spoil).unlink()
    capsys.readouterr()
    assert command(["run", str(tmp_path)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("whoelse-hub: ")
    assert says in output.err
    assert output.err.count("\n") == 1


def test_init_overwrites_no_hub(
    federation: Federation,
    tmp_path: Path,
    command: Callable[[list[str]], object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    command(init(tmp_path, federation))
    capsys.readouterr()
    assert command(init(tmp_path, federation, 9000)) == 2
    assert "exists already" in capsys.readouterr().err
    assert load_settings(tmp_path).port == 8000


@pytest.mark.anyio
async def test_process_writes_nothing_of_a_round_anywhere(
    federation: Federation, tmp_path: Path
) -> None:
    folder = tmp_path / "hub"
    answering, declining, silent = federation.councils
    question = federation.ask()
    replies = []
    async with _process(folder, federation) as (hub, process, said):
        async with (
            linked(hub, answering) as link,
            linked(hub, declining) as other,
            asked(hub, question.bundle) as lines,
        ):
            frame = await receive_frame(link)
            replies.append(answering.reply(frame.content))
            await send_frame(link, FrameType.REPLY, frame, replies[0])
            await send_frame(other, FrameType.DECLINED, await receive_frame(other))
            assert sorted([line.type async for line in lines]) == [
                "end", "failure", "failure", "reply",
            ]  # fmt: skip
            await other.send("garbage")
        for bundle in (b"garbage", make_round(Council.make(silent.id), [answering]).bundle):
            assert (await hub.post(bundle)).status_code in {400, 403}
        written = {path.name for path in folder.iterdir()}
        process.terminate()
        output, _ = await process.communicate()
    assert written == {"hub.toml", "root.json"}
    assert said.startswith("Hub hub-1 listens on 127.0.0.1:")
    assert output == b""
    for secret in (
        question.round_id,
        *(sent.envelope for sent in question.sent.values()),
        *replies,
    ):
        for form in (secret, secret.hex().encode(), encode_base64url(secret).encode()):
            assert form[:16] not in output
    for member in (federation.asker, *federation.councils):
        assert member.id.encode() not in output


@asynccontextmanager
async def _process(
    folder: Path, federation: Federation
) -> AsyncIterator[tuple[RunningHub, asyncio.subprocess.Process, str]]:
    port = free_port()
    making = await asyncio.create_subprocess_exec(
        *PYTHON, *init(folder, federation, port), stdout=asyncio.subprocess.DEVNULL
    )
    assert await making.wait() == 0
    process = await asyncio.create_subprocess_exec(
        *PYTHON, "run", str(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False
        ) as client:
            unused = uvicorn.Server(uvicorn.Config(lambda: None))
            hub = RunningHub(port, client, unused, [])
            said = await first_line(process)
            await hub.health()
            yield hub, process, said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
