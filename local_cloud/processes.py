"""Commands that run beside the launcher and do not outlive it, each in a session of its own under a guard."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.signals import StopRequests

POLL_SECONDS = 0.05
STOP_SECONDS = 10.0
GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True)
class Command:
    """`environment` comes on top of what all commands get."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Process:
    def __init__(
        self, command: Command, environment: Mapping[str, str], *, reads_stdin: bool = False
    ) -> None:
        self.name = command.name
        self._status: int | None = None
        read_end, self._lifeline = os.pipe()
        # Isolated and without site-packages, the guard starts in a few milliseconds.
        guarded = [sys.executable, "-I", "-S", str(GUARD), str(read_end), *command.arguments]
        try:
            self._guard = subprocess.Popen(  # noqa: S603 - the commands are the caller's own
                guarded,
                env={**environment, **command.environment},
                stdin=None if reads_stdin else subprocess.DEVNULL,
                pass_fds=[read_end],
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    def poll(self) -> int | None:
        """The exit status once the command has ended (128 + n for signal n), else None."""
        if self._status is None and (status := self._guard.poll()) is not None:
            # What the command started may still run, and may have chosen to ignore SIGTERM.
            self.send(signal.SIGKILL)
            os.close(self._lifeline)
            self._status = status if status >= 0 else 128 - status
        return self._status

    def send(self, number: int) -> None:
        """To the command and everything in its process group."""
        if self._status is None:
            # A group that is empty (Linux) or only holds the dead (macOS) refuses signals.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._guard.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._guard.wait()
        self.poll()


def stop_all(processes: Sequence[Process], requests: StopRequests, number: int = signal.SIGTERM) -> None:
    """End them gently, by this signal; after a while, or when asked once more, by force."""
    asked = len(requests.received)
    for process in processes:
        process.send(number)
    deadline = time.monotonic() + STOP_SECONDS
    while (
        any(process.poll() is None for process in processes)
        and len(requests.received) == asked
        and time.monotonic() < deadline
    ):
        time.sleep(POLL_SECONDS)
    for process in processes:
        process.kill()
