"""Finds processes by a mark in their environment: children inherit it, so none hides, whoever the parent."""

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MARK = "QUIZBOARD_STORM"


@dataclass(frozen=True)
class Seen:
    """`text`: the arguments, then the environment."""

    pid: int
    parent: int
    text: str

    def has(self, *words: str) -> bool:
        return all(word in self.text for word in words)


def marked(mark: str) -> list[Seen]:
    """Those that run, stopped ones included; the dead that nobody has collected are not counted."""
    found = _listed_by_proc() if (PROC / "self" / "environ").exists() else _listed_by_ps()
    return [seen for seen in found if seen.has(f"{MARK}={mark}") and seen.pid != os.getpid()]


def send(number: int, pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _listed_by_proc() -> list[Seen]:
    found = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            # Of the dead, the environment is empty.
            raw = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            found.append(Seen(int(folder.name), int(parent), raw.decode(errors="replace").replace("\0", " ")))
    return found


def _listed_by_ps() -> list[Seen]:
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [Seen(int(row[0]), int(row[1]), f"{row[2]} ") for row in rows if len(row) == 3]
