"""Google's own emulators, where this machine has them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 10


class NoEmulator(Exception):
    """What is missing."""


class EmulatorFailed(Exception):
    """It is installed and does not run."""


@contextmanager
def googles_emulator(service: str, folder: Path, *options: str) -> Iterator[str]:
    """The address of `gcloud beta emulators SERVICE start`; its log is in the folder."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        raise NoEmulator("gcloud is not installed")
    # Otherwise gcloud would try to download it.
    if not any((Path(gcloud).resolve().parent.parent / "platform").glob(f"*{service}-emulator")):
        raise NoEmulator(f"gcloud's component for the {service} emulator is not installed")
    if shutil.which("java") is None:
        raise NoEmulator("java is not installed")
    address = free_address()
    command = [gcloud, "--quiet", "beta", "emulators", service, "start", f"--host-port={address}", *options]
    with served(command, address, folder / f"{service}-emulator.log"):
        yield address


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def served(command: Sequence[str | Path], address: str, log: Path) -> Iterator[None]:
    """The command runs, and listens at the address, for as long as the block lasts."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(process, address, log)
        yield
    finally:
        # gcloud starts a shell, and that Java: the whole group goes.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


def _wait_until_it_listens(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, _, port = address.rpartition(":")
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        else:
            return
    raise EmulatorFailed(log.read_text()[-500:])
