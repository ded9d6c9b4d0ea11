"""The Datastore engines: ours, and Google's own, which judge it. Each answers at an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path

from local_cloud.datastore import DatastoreServer
from tests.conformance.app_engine import app_engine_stub
from tests.conformance.random_calls import random_indexes
from tests.emulator import googles_emulator

INDEX_FILE = Path(__file__).parent / "index.yaml"


class Engine(StrEnum):
    OURS = "ours"
    # The classic Datastore: what `gcloud beta emulators datastore` starts.
    CLASSIC = "classic"
    # Firestore in Datastore mode, as Google runs new databases: `gcloud beta emulators firestore`.
    FIRESTORE = "firestore"
    # The classic Datastore once more, in Python, for tests: the App Engine SDK's stub.
    APP_ENGINE = "app-engine"


def running(engine: Engine, folder: Path) -> AbstractContextManager[str]:
    """Its address, for as long as the block lasts. NoEmulator says what this machine lacks."""
    return _STARTERS[engine](folder)


@contextmanager
def _ours(folder: Path) -> Iterator[str]:
    indexes = folder / "index.yaml"
    indexes.write_text(INDEX_FILE.read_text() + random_indexes())
    server = DatastoreServer(None, index_file=indexes)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def _classic(folder: Path) -> AbstractContextManager[str]:
    data = folder / "data"
    options = (f"--data-dir={data}", "--no-store-on-disk", "--consistency=1.0", "--project=judge")
    return googles_emulator("datastore", folder, *options)


def _firestore(folder: Path) -> AbstractContextManager[str]:
    return googles_emulator("firestore", folder, "--database-mode=datastore-mode")


_STARTERS: dict[Engine, Callable[[Path], AbstractContextManager[str]]] = {
    Engine.OURS: _ours,
    Engine.CLASSIC: _classic,
    Engine.FIRESTORE: _firestore,
    Engine.APP_ENGINE: app_engine_stub,
}
