"""Our Datastore and Google's emulators: how each is started, and what that takes."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from google.cloud import datastore

from benchmarks.cloud import ROOT
from tests.emulator import NoEmulator, googles_emulator

OURS = "ours"
IN_PROCESS = "ours in process"
PROJECT = "benchmark"

Server: TypeAlias = Callable[[], AbstractContextManager[tuple[str, int]]]
"""Its address and process id, for as long as it runs."""


class Start(NamedTuple):
    """Until the first call is answered; in the same process: what a program with Google's client adds."""

    seconds: float
    mb: float


@contextmanager
def ours() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "local_cloud.datastore", "--port", str(port)]
    # As where it is installed: compiled once.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


@contextmanager
def googles(service: str, folder: Path, *options: str) -> Iterator[tuple[str, int]]:
    with googles_emulator(service, folder, *options) as address:
        yield address, java_of(address)


def java_of(address: str) -> int:
    """The process that gcloud has started: the one that was told this port."""
    port = address.rpartition(":")[2]
    for process in Path("/proc").glob("[0-9]*"):
        words = (process / "cmdline").read_bytes().split(b"\0") if (process / "cmdline").exists() else []
        if words[0].endswith(b"java") and f"--port={port}".encode() in words:
            return int(process.name)
    raise LookupError(f"no Java listens at {address}")


def servers(folder: Path) -> dict[str, Server]:
    """By name. They keep nothing."""
    memory_only = (
        f"--data-dir={folder}/data",
        "--no-store-on-disk",
        "--consistency=1.0",
        f"--project={PROJECT}",
    )
    return {
        OURS: ours,
        "Datastore emulator": lambda: googles("datastore", folder, *memory_only),
        "Firestore emulator": lambda: googles("firestore", folder, "--database-mode=datastore-mode"),
    }


def available(folder: Path) -> Iterator[str]:
    for name, server in servers(folder).items():
        try:
            with server():
                yield name
        except NoEmulator as reason:
            print(f"without {name}: {reason}")


def client_at(address: str) -> datastore.Client:
    os.environ["DATASTORE_EMULATOR_HOST"] = address
    return datastore.Client(project=PROJECT)


def started(server: Server) -> Start:
    begun = time.perf_counter()
    with server() as (address, pid):
        client = client_at(address)
        client.get(client.key("A", 1))
        return Start(time.perf_counter() - begun, resident_mb(pid))


def started_in_process() -> Start:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_start_here)


def client_in_process() -> datastore.Client:
    # Their import is part of the start.
    from local_cloud.datastore.engine import Engine
    from local_cloud.datastore.in_process import client_of

    engine = Engine(None)
    engine.open()
    return client_of(engine, PROJECT)


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _start_here() -> Start:
    before, begun = resident_mb(os.getpid()), time.perf_counter()
    client = client_in_process()
    client.get(client.key("A", 1))
    return Start(time.perf_counter() - begun, resident_mb(os.getpid()) - before)
