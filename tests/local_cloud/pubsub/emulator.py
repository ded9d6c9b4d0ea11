"""Google's own Pub/Sub emulator, where this machine has it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 10


class NoEmulator(Exception):
    """Why there is none."""


@contextmanager
def googles_emulator(folder: Path) -> Iterator[str]:
    """Its address."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        raise NoEmulator("gcloud is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [gcloud, "--quiet", "beta", "emulators", "pubsub", "start"]
    log = folder / "emulator.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, f"--host-port={address}", f"--data-dir={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(process, address, log)
        yield address
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
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise NoEmulator(f"Google's Pub/Sub emulator does not start: {log.read_text()[-500:]}")
