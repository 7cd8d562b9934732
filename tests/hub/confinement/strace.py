"""A process watched from outside: every system call it makes, in order."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

_BEGUN = re.compile(r"(\d+) +(\w+)\((.*?)(?: <unfinished \.\.\.>|\) += (.*))?$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>.*\) += (.*)$")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of one thread. `result` is empty if it was not seen to return."""

    thread: int
    name: str
    arguments: str
    result: str

    @property
    def error(self) -> str | None:
        """Return `EPERM` and the like, None if it did not fail."""
        return self.result.split(" ")[1] if self.result.startswith("-1 ") else None


def strace(log: Path) -> list[str]:
    """Return the command that watches another one, and leaves it the child that it was."""
    if shutil.which("strace") is None:
        raise FileNotFoundError("strace is missing. As root: apt-get install strace")
    return ["strace", "--daemonize", "--follow-forks", "--string-limit=0", f"--output={log}"]


def read_calls(log: Path) -> list[Call]:
    """Return all calls in the order in which they began."""
    calls: list[Call] = []
    begun: dict[int, int] = {}
    for line in log.read_text().splitlines():
        if match := _BEGUN.match(line):
            thread, name, arguments, result = match.groups()
            begun[int(thread)] = len(calls)
            calls.append(Call(int(thread), name, arguments, result or ""))
        elif match := _RESUMED.match(line):
            place = begun[int(match[1])]
            calls[place] = replace(calls[place], result=match[3])
    return calls


def confined_at(calls: Iterable[Call]) -> int:
    """Return the place of the call that installed a filter."""
    return next(
        place
        for place, call in enumerate(calls)
        if call.name == "seccomp" and "{len=" in call.arguments and call.result == "0"
    )
