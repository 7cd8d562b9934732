"""A federation on this machine: one directory, hubs and councils' nodes, each its own process.

Everything goes through the three commands, as an operator would type them.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.ports import free_ports
from node.running import RunningFile

READY_SECONDS = 60.0
MEMORY = Path("/dev/shm")  # noqa: S108
BIN = Path(sys.executable).parent


class FederationError(Exception):
    """A step that failed; the message is the command's own."""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One council of the federation."""

    id: str
    name: str
    supplier: str
    host: str
    duty_line: str
    out_of_hours_line: str
    declared_records: int
    keyholder: bool = True
    web_port: int | None = None
    """Where its pages are, if it has any."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account at one of the councils."""

    username: str
    password: str
    name: str
    telephone: str
    team: str
    role: str


class Federation:
    """Starts, steers and stops the processes. Everything lives in one folder."""

    def __init__(self, folder: Path, keys: Path, plans: Sequence[NodePlan], hubs: int = 1) -> None:
        """`keys` is where the store keys are: on memory, not on the folder's disk."""
        self.folder = folder
        self.plans = tuple(plans)
        self._keys = keys
        self.environment: Mapping[str, str] | None = None
        """What every process gets instead of this one's own."""
        self.working_folder: Path | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.hub_urls = {
            f"hub-{number + 1}": f"http://127.0.0.1:{port}"
            for number, port in enumerate(free_ports(hubs))
        }

    @property
    def directory(self) -> Path:
        return self.folder / "directory"

    def node_folder(self, plan: NodePlan) -> Path:
        return self.folder / plan.name.lower()

    def make(self, threshold: int = 3, post_interval_seconds: int = 1) -> None:
        """Make the directory, the hubs' and the nodes' folders, and publish version 1."""
        hubs = [f"--hub={hub_id}={url}" for hub_id, url in self.hub_urls.items()]
        self.command(
            "whoelse-directory", "init", self.directory, "--federation=demo", "--practice", *hubs,
            f"--threshold={threshold}", f"--post-interval-seconds={post_interval_seconds}",
        )  # fmt: skip
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._make_node, self.plans))
        for options in (["--keyholder"], []):
            files = [
                self.node_folder(plan) / "registration.json"
                for plan in self.plans
                if plan.keyholder == bool(options)
            ]
            if files:
                self.command("whoelse-directory", "admit", self.directory, *files, *options)
        self.command("whoelse-directory", "ceremony", self.directory)
        self.command("whoelse-directory", "publish", self.directory)
        for hub_id, url in self.hub_urls.items():
            self.command(
                "whoelse-hub", "init", self.folder / hub_id, f"--hub-id={hub_id}",
                f"--port={url.rsplit(':', 1)[1]}", f"--directory={self.directory / 'public'}",
                f"--root={self._root}",
            )  # fmt: skip

    def start(self) -> None:
        """Start every process and wait until each node is linked to each hub."""
        for hub_id in self.hub_urls:
            self.start_hub(hub_id)
        for hub_id in self.hub_urls:
            self._wait(f"{hub_id} to answer", lambda: self._is_healthy(hub_id))  # noqa: B023
        for plan in self.plans:
            self.start_node(plan)
        for plan in self.plans:
            self.wait_until_linked(plan)

    def start_hub(self, hub_id: str) -> None:
        self.start_process(hub_id, "whoelse-hub", "run", self.folder / hub_id)

    def start_node(self, plan: NodePlan) -> None:
        self.start_process(plan.id, "whoelse-node", "run", self.node_folder(plan))

    def wait_until_linked(self, plan: NodePlan) -> None:
        self._wait(f"{plan.name} to link", lambda: self._is_linked(plan))

    def wait_for_pages(self, plan: NodePlan) -> None:
        self._wait(f"the pages of {plan.name}", lambda: _is_served(plan))

    def hold_ceremony(self) -> None:
        """Wait for the keyholders' ceremony, have it certified, and for all to hold the key."""
        keyholders = [plan for plan in self.plans if plan.keyholder]
        certificate = self.node_folder(keyholders[0]) / "ceremony-certificate"
        self._wait("the key ceremony", certificate.exists)
        self.command("whoelse-directory", "certify", self.directory, certificate)
        self.command("whoelse-directory", "publish", self.directory)
        for plan in keyholders:
            ceremony = self.node_folder(plan) / "ceremony.sealed"
            self._wait(
                f"{plan.name} to erase its ceremony keys",
                lambda: not ceremony.exists(),  # noqa: B023
            )

    def load(self, plan: NodePlan, file: Path, progress: Callable[[str], None]) -> str:
        """Import a file at a council; return what the command printed.

        `progress` gets each line as it is printed.

        Raises:
            FederationError: it failed; with what it said.
        """
        said = []
        with subprocess.Popen(
            [BIN / "whoelse-node", "import", self.node_folder(plan), file],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.working_folder,
            env=self.environment,
        ) as process:
            for line in process.stdout or ():
                said.append(line)
                progress(line.strip())
        if process.returncode != 0:
            raise FederationError("".join(said).strip())
        return "".join(said)

    def status(self, plan: NodePlan) -> dict[str, Any]:
        output = self.command("whoelse-node", "status", self.node_folder(plan), "--json")
        status: dict[str, Any] = json.loads(output)
        return status

    def ask(self, plan: NodePlan, enquiry: Mapping[str, Any]) -> "subprocess.Popen[str]":
        """Start a question; its answers come as JSON lines on the process's standard output."""
        process = subprocess.Popen(
            [BIN / "whoelse-node", "ask", self.node_folder(plan), "--file", "-", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.working_folder,
            env=self.environment,
        )
        if process.stdin is not None:
            # What is typed about a child is in no argument and in no file.
            with process.stdin as typed:
                json.dump(enquiry, typed)
            process.stdin = None
        return process

    def command(self, *arguments: str | Path, typed: str | None = None) -> str:
        """Run one of the three commands, with what is typed into it; return what it printed.

        Raises:
            FederationError: it failed; with what it said.
        """
        return run_command(*arguments, cwd=self.working_folder, env=self.environment, typed=typed)

    def add_account(self, plan: NodePlan, sign_in: SignIn) -> None:
        """Let somebody sign in at a council's pages."""
        run_command(
            "whoelse-node", "account", "add", self.node_folder(plan), sign_in.username,
            f"--name={sign_in.name}", f"--telephone={sign_in.telephone}",
            f"--team={sign_in.team}", f"--role={sign_in.role}",
            cwd=self.working_folder, env=self.environment, typed=sign_in.password + "\n",
        )  # fmt: skip

    def start_process(self, name: str, *arguments: str | Path) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self._processes[name] = subprocess.Popen(
            [BIN / arguments[0], *arguments[1:]],
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=self.working_folder,
            env=self.environment,
        )
        log.close()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process by hub or member id, and wait until it is gone."""
        process = self._processes.pop(name)
        process.send_signal(number)
        process.wait(timeout=20)

    def runs(self, name: str) -> bool:
        return name in self._processes

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def stop(self) -> None:
        """End every process."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        shutil.rmtree(self._keys, ignore_errors=True)

    @property
    def _root(self) -> Path:
        return self.directory / "public" / "metadata" / "1.root.json"

    def _make_node(self, plan: NodePlan) -> None:
        hubs = [f"--hub={url}" for url in self.hub_urls.values()]
        keyholder = ["--keyholder"] if plan.keyholder else []
        pages = [f"--web-port={plan.web_port}"] if plan.web_port else []
        self.command(
            "whoelse-node", "init", self.node_folder(plan), f"--id={plan.id}",
            f"--name={plan.name}", *hubs, f"--root={self._root}",
            f"--store-key={self._keys / plan.id}", f"--duty-line={plan.duty_line}",
            f"--out-of-hours-line={plan.out_of_hours_line}", f"--supplier={plan.supplier}",
            f"--host={plan.host}", f"--declared-records={plan.declared_records}",
            "--directory-refresh-seconds=1", *keyholder, *pages,
        )  # fmt: skip
        with (self.node_folder(plan) / "node.toml").open("a") as settings:
            if plan.web_port:
                settings.write(f'web_address = "http://localhost:{plan.web_port}"\n')
            else:
                # Nobody there gives details, and what keyholders count is the questions alone.
                settings.write("adding_seconds = 0\n")

    def _is_healthy(self, hub_id: str) -> bool:
        try:
            return httpx.get(f"{self.hub_urls[hub_id]}/v1/health").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _is_linked(self, plan: NodePlan) -> bool:
        said = RunningFile(self.node_folder(plan)).read()
        return said is not None and set(said.hubs_linked) == set(self.hub_urls)

    def wait(self, what: str, done: Any, seconds: float = READY_SECONDS) -> None:
        """Poll until `done()` holds.

        Raises:
            FederationError: not in time, or a process has ended; with the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not done():
            for name, process in self._processes.items():
                if process.poll() is not None:
                    tail = (self.folder / f"{name}.log").read_text()[-2000:]
                    raise FederationError(f"{name} ended while waiting for {what}:\n{tail}")
            if time.monotonic() > deadline:
                raise FederationError(f"waited {seconds:.0f} s for {what}")
            time.sleep(0.05)

    _wait = wait


def _is_served(plan: NodePlan) -> bool:
    try:
        about = httpx.get(f"http://127.0.0.1:{plan.web_port}/about")
    except httpx.HTTPError:
        return False
    return about.status_code == httpx.codes.OK


def run_command(
    name: str | Path,
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    typed: str | None = None,
) -> str:
    """Run one of the three commands, with what is typed into it; return what it printed.

    Raises:
        FederationError: it failed; with what it said.
    """
    done = subprocess.run(
        [BIN / name, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=cwd,
        env=env,
        input=typed,
    )
    if done.returncode != 0:
        raise FederationError(done.stderr.strip() or done.stdout.strip())
    return done.stdout


def memory_folder(name: str) -> Path:
    """Return a fresh folder on memory for store keys, private to this user.

    Raises:
        FederationError: this machine has none.
    """
    if not os.access(MEMORY, os.W_OK):
        raise FederationError(f"{MEMORY} is needed, to keep the store keys off the disk")
    folder = MEMORY / f"{name}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    return folder
