"""Every test has a store, a clock and chance of its own, on the real local Datastore."""

import itertools
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.cloud import datastore
from hypothesis import settings

from controllers import create_app
from controllers.application import Quizboard
from events.publishing import Publisher
from local_cloud.datastore import DatastoreServer
from models.seeding import seed
from models.store import Store
from tests.builders import a_bank
from tests.events.fakes import AtOnce

# No test times anything, so none may fail because the machine is busy.
settings.register_profile("quizboard", deadline=None)
settings.load_profile("quizboard")

ROOT = Path(__file__).parent.parent
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest comes first: at the end, only one worker of the test run would have something to do."""
    items.sort(key=lambda item: item.path.name != "test_storm.py")


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture(scope="session")
def datastore_address() -> Iterator[str]:
    server = DatastoreServer(None, index_file=ROOT / "index.yaml")
    server.start()
    before = os.environ.get("DATASTORE_EMULATOR_HOST")
    os.environ["DATASTORE_EMULATOR_HOST"] = server.address
    yield server.address
    server.stop()
    if before is None:
        del os.environ["DATASTORE_EMULATOR_HOST"]
    else:
        os.environ["DATASTORE_EMULATOR_HOST"] = before


@pytest.fixture
def store(datastore_address: str) -> Iterator[Store]:
    client = datastore.Client(project=f"test-{next(_numbers)}")
    yield Store(client)
    client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


@pytest.fixture
def bank(store: Store) -> Store:
    """The store with a small bank in play: two categories, each with more than a game needs."""
    seed(store, a_bank(), NOON)
    return store


@pytest.fixture
def app(bank: Store, clock: Clock, rng: random.Random) -> Quizboard:
    app = create_app(store=bank, clock=clock, rng=rng)
    app.publisher = Publisher(AtOnce(bank, clock))
    return app
