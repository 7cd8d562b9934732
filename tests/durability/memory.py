"""How much memory a process has, as the kernel counts it."""

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process that are in memory, and the most that ever were."""

    resident: int
    peak: int


def memory_of(pid: int) -> Memory:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kibibytes = {name: int(value.split()[0]) for name, _, value in map(_split, lines) if value}
    return Memory(kibibytes["VmRSS"] * 1024, kibibytes["VmHWM"] * 1024)


def _split(line: str) -> tuple[str, str, str]:
    name, colon, value = line.partition(":")
    return name, colon, value if value.endswith("kB") else ""
