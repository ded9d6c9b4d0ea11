"""`python -m local_cloud.datastore`, the server alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.cloud import datastore

from .conftest import a_client

LIMIT_SECONDS = 60
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "local_cloud.datastore", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    match = re.fullmatch(r"export DATASTORE_EMULATOR_HOST=(\S+)\n", process.stdout.readline())
    assert match
    return match[1]


def test_it_says_where_it_is_and_keeps_its_data_until_ctrl_c(start: Start, tmp_path: Path) -> None:
    for known in (False, True):
        server = start("--data", tmp_path)
        with a_client(address_of(server), "p") as client:
            assert (client.get(client.key("A", 1)) is not None) == known
            client.put(datastore.Entity(client.key("A", 1)))
        server.send_signal(signal.SIGINT)
        _, complaints = server.communicate(timeout=LIMIT_SECONDS)
        assert (server.returncode, complaints) == (0, "")


def test_what_keeps_it_from_starting_is_one_sentence(start: Start, tmp_path: Path) -> None:
    port = address_of(start("--data", tmp_path / "taken")).rpartition(":")[2]
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "cloud.sqlite3").write_text("something else altogether" * 10)
    for arguments in (
        ("--port", port),
        ("--data", tmp_path / "taken"),
        ("--data", tmp_path / "foreign"),
        ("--index-file", tmp_path / "nowhere.yaml"),
    ):
        _, complaints = (refused := start(*arguments)).communicate(timeout=LIMIT_SECONDS)
        assert refused.returncode == 1
        assert complaints.count("\n") == 1, complaints


def test_transactions_may_be_optimistic(start: Start) -> None:
    with a_client(address_of(start("--optimistic")), "p") as client:
        client.put(datastore.Entity(client.key("A", 1)))
        with client.transaction():
            client.get(client.key("A", 1))
        transaction = client.transaction()
        transaction.begin()
        client.get(client.key("A", 1), transaction=transaction)
        # Nobody waits for somebody who has only read.
        entity = datastore.Entity(client.key("A", 1))
        entity["n"] = 1
        client.put(entity)
        transaction.rollback()
