"""Starts the Datastore stub of Google's App Engine SDK, which needs packages that ours does not.

They are in a virtual environment of their own, which is made once and kept for as long as its pins stay.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.emulator import NoEmulator, free_address, served

HERE = Path(__file__).parent
BRIDGE = HERE / "app_engine_bridge.py"
REQUIREMENTS = HERE / "app_engine_requirements.txt"
CACHE = HERE.parent.parent / ".app-engine-sdk"
INSTALL_SECONDS = 300


@contextmanager
def app_engine_stub(folder: Path) -> Iterator[str]:
    """Its address; its log is in the folder."""
    python = _python()
    address = free_address()
    port = address.rpartition(":")[2]
    with served([python, BRIDGE, port], address, folder / "app-engine.log"):
        yield address


def _python() -> Path:
    """That of the environment, which is made if need be, by one worker of the test run."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    environment = CACHE / pins
    python = environment / "bin" / "python"
    ready = environment / "ready"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _install(environment, python)
            ready.touch()
    return python


def _install(environment: Path, python: Path) -> None:
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--retries=1"]
    try:
        for command in ([sys.executable, "-m", "venv", "--clear", environment], [*pip, "-r", REQUIREMENTS]):
            subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        raise NoEmulator("the App Engine SDK (appengine-python-standard) cannot be installed") from failure
