"""One server for all tests, a project of its own for each: what one test writes no other can see."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.cloud import datastore

from local_cloud.datastore import DatastoreServer
from local_cloud.datastore.engine import Engine
from local_cloud.datastore.storage import Storage
from tests.local_cloud.datastore.calls import entity_builder

INDEX_FILE = Path(__file__).parent / "index.yaml"


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


_environment = threading.Lock()
"""Is one for all threads: two that change it at once would leave it as neither has found it."""


@contextmanager
def a_client(address: str, project: str, **options: Any) -> Iterator[datastore.Client]:
    """Google's own client, talking to that server."""
    with _environment, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATASTORE_EMULATOR_HOST", address)
        client = datastore.Client(project=project, **options)
        api = client._datastore_api
    try:
        yield client
    finally:
        api.transport.close()


@contextmanager
def a_server(
    folder: Path | None = None, port: int = 0, index_file: Path | None = None
) -> Iterator[DatastoreServer]:
    server = DatastoreServer(folder, port, index_file)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[DatastoreServer]:
    with a_server(index_file=INDEX_FILE) as server:
        yield server


@pytest.fixture
def storage() -> Iterator[Storage]:
    engine = Engine(None)
    engine.open()
    assert engine.storage is not None
    yield engine.storage
    engine.close()


@pytest.fixture
def project() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def client(server: DatastoreServer, project: str) -> Iterator[datastore.Client]:
    with a_client(server.address, project) as client:
        yield client


@pytest.fixture
def another_client(server: DatastoreServer, project: str) -> Iterator[datastore.Client]:
    """Somebody else, working on the same data."""
    with a_client(server.address, project) as client:
        yield client


@pytest.fixture
def an_entity(client: datastore.Client) -> Callable[..., datastore.Entity]:
    return entity_builder(client)
