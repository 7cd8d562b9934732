"""A hub as a process: it confines itself and works, and says so where it cannot."""

import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.hub.confinement.process import (
    first_line,
    hub_process,
    start,
    write_settings,
)
from tests.hub.confinement.traffic import Cells, all_linked, look_around, run_rounds
from tests.hub.federation import Federation

pytestmark = pytest.mark.anyio


def old_kernel(lacking: str) -> tuple[str, ...]:
    """Return the command that runs another on a kernel without this protection."""
    return (sys.executable, "-m", "tests.hub.confinement.old_kernel", lacking)


@pytest.mark.usefixtures("_landlock", "_seccomp")
async def test_hub_that_must_be_confined_is_and_says_so(
    tmp_path: Path, federation: Federation
) -> None:
    must = "require_confinement = true\n"
    async with hub_process(tmp_path / "hub", federation, settings=must) as process:
        said = (await process.hub.health())["confinement"]
    assert [protection.split()[0] for protection in said] == ["landlock", "seccomp", "freed"]


@pytest.mark.usefixtures("_seccomp")
async def test_every_thread_of_a_working_hub_is_under_the_filter_and_gains_no_privileges(
    tmp_path: Path, federation: Federation
) -> None:
    async with (
        hub_process(tmp_path / "hub", federation) as process,
        all_linked(process.hub, federation) as links,
    ):
        await run_rounds(process.hub, federation, links, Cells())
        await look_around(process.hub, federation)  # files are read in threads
        found = [protections(thread) for thread in threads(process.pid)]
    assert len(found) > 1
    _, _, around = protections(Path("/proc/self"))
    assert set(found) == {("1", "2", around + 1)}


def threads(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def protections(process: Path) -> tuple[str, str, int]:
    """Return whether it gains no privileges, its mode of seccomp (2: filters), and how many."""
    lines = (process / "status").read_text().splitlines()
    fields = dict(line.split(":\t") for line in lines if ":\t" in line)
    return fields["NoNewPrivs"], fields["Seccomp"], int(fields["Seccomp_filters"])


async def test_interrupted_hub_ends_well(tmp_path: Path, federation: Federation) -> None:
    async with hub_process(tmp_path / "hub", federation) as process:
        missing = (await process.hub.health())["confinement_missing"]
        status, said = await process.end(signal.SIGINT)
    assert status == 0
    assert said.count("\n") == (1 if missing else 0)


@pytest.mark.usefixtures("_landlock")
async def test_fault_in_a_confined_hub_is_logged_and_the_hub_goes_on(
    tmp_path: Path, own_federation: Federation
) -> None:
    link = own_federation.published / "metadata" / "9.root.json"
    link.symlink_to("/etc/passwd")
    async with hub_process(tmp_path / "hub", own_federation) as process:
        reader, writer = await process.hub.dial()
        writer.write(b"GET /v1/directory/metadata/9.root.json HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"root:" not in await reader.read()
        assert (await process.hub.health())["status"] == "ok"
        status, said = await process.end()
    assert status == 0
    assert "Traceback (most recent call last):" in said
    assert f"PermissionError: [Errno 13] Permission denied: '{link}'" in said


@pytest.mark.usefixtures("_landlock")
async def test_folder_put_in_the_place_of_the_directorys_is_not_read(
    tmp_path: Path, own_federation: Federation
) -> None:
    published = own_federation.published
    async with hub_process(tmp_path / "hub", own_federation) as process:
        shutil.copytree(published, published.with_name("copy"))
        published.rename(published.with_name("old"))
        published.with_name("copy").rename(published)
        health = await process.hub.health()
        while health["status"] == "ok":  # what was verified holds for a second
            health = await process.hub.health()
        assert health["problem"] == "directory: 1.root.json: Permission denied"


@pytest.mark.usefixtures("_landlock", "_seccomp")
@pytest.mark.parametrize("lacking", ["landlock", "seccomp"])
async def test_hub_on_an_old_kernel_says_and_shows_what_it_lacks(
    tmp_path: Path, federation: Federation, lacking: str
) -> None:
    folder = tmp_path / "hub"
    async with hub_process(folder, federation, old_kernel(lacking)) as process:
        shown = (await process.hub.health())["confinement_missing"]
        status, said = await process.end()
    assert status == 0
    assert {words.split()[0] for words in shown} - {"landlock's"} == {lacking}
    start = "whoelse-hub: not confined in full: this machine lacks "
    assert said == start + ", ".join(shown) + "\n"


@pytest.mark.usefixtures("_seccomp")
@pytest.mark.parametrize("lacking", ["landlock", "seccomp"])
async def test_hub_that_must_be_confined_does_not_start_on_an_old_kernel(
    tmp_path: Path, federation: Federation, lacking: str
) -> None:
    write_settings(tmp_path / "hub", federation, "require_confinement = true\n")
    process = await start(tmp_path / "hub", old_kernel(lacking))
    await first_line(process)
    said, _ = await process.communicate()
    assert process.returncode == 2
    assert said.startswith(b"whoelse-hub: require_confinement is set, and this machine lacks ")
    assert said.count(b"\n") == 1


async def test_port_that_is_taken_is_said_in_one_line(
    tmp_path: Path, federation: Federation
) -> None:
    port = write_settings(tmp_path / "hub", federation)
    with socket.create_server(("127.0.0.1", port)):
        process = await start(tmp_path / "hub")
        said, _ = await process.communicate()
    assert process.returncode == 2
    says = f"whoelse-hub: cannot listen on 127.0.0.1:{port}: Address already in use"
    assert said.decode().startswith(says)
    assert said.count(b"\n") == 1
