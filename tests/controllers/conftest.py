import random
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from google.cloud import datastore
from google.cloud.datastore import Entity

from controllers import create_app
from controllers.application import Quizboard
from events.publishing import Publisher
from models import patience
from models.deck import MANIFEST
from models.memory import Memory
from models.question import Question
from models.seeding import seed
from models.store import Store
from tests.builders import a_bank
from tests.conftest import NOON, Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser
from tests.events.fakes import FakePubSub

SEEDED = (Question.KIND, MANIFEST, "DeckPage")


@pytest.fixture(scope="session")
def seeded_store(datastore_address: str) -> Iterator[Store]:
    """The small bank, seeded once for all."""
    with closing(datastore.Client(project="seeded")) as client:
        store = Store(client)
        seed(store, a_bank(), NOON)
        yield store


@pytest.fixture(scope="session")
def seeded(seeded_store: Store) -> list[Entity]:
    return [entity for kind in SEEDED for entity in seeded_store.query(kind).entities]


@pytest.fixture
def bank(store: Store, seeded: list[Entity]) -> Store:
    """As everywhere, but copied in one write: there are many of these tests."""
    copies = []
    for entity in seeded:
        copy = Entity(store.key(entity.kind, entity.key.name), tuple(entity.exclude_from_indexes))
        copy.update(entity)
        copies.append(copy)
    store.put_many(copies)
    return store


@pytest.fixture
def pubsub() -> FakePubSub:
    """What the app publishes lands here; `hand_on` tells it to the subscribers."""
    return FakePubSub()


@pytest.fixture(scope="session")
def built_app() -> Quizboard:
    return create_app()


@pytest.fixture
def app(built_app: Quizboard, bank: Store, clock: Clock, rng: random.Random, pubsub: FakePubSub) -> Quizboard:
    """As everywhere, but built only once: that, and compiling the pages, takes longer than most tests."""
    for remembered in ("dealer", "signing_key"):
        vars(built_app).pop(remembered, None)
    built_app.pages, built_app.tops = Memory(kept_for=timedelta(0)), Memory(kept_for=timedelta(0))
    built_app.store, built_app.clock, built_app.rng = bank, clock, rng
    built_app.publisher = Publisher(pubsub)
    return built_app


@pytest.fixture(scope="session")
def shared_app(seeded_store: Store) -> Quizboard:
    """For tests that nothing of what others leave behind can disturb."""
    return create_app(store=seeded_store, clock=lambda: NOON, rng=random.Random(7))


class BrokenStore:
    def __getattr__(self, name: str) -> object:
        raise RuntimeError(f"secret detail of {name} in /srv/quizboard")


@pytest.fixture
def broken_app(clock: Clock, rng: random.Random) -> Quizboard:
    return create_app(store=BrokenStore(), clock=clock, rng=rng)  # type: ignore[arg-type]


@pytest.fixture
def cut_off_app(clock: Clock, rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> Quizboard:
    """Its Datastore is at a port where nobody listens."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setattr(patience.READ_RETRY, "_timeout", 0.05)
    monkeypatch.setattr(patience, "CALL_SECONDS", 0.05)
    client = datastore.Client(project="cut-off")
    return create_app(store=Store(client), clock=clock, rng=rng)


@pytest.fixture
def api(app: Quizboard) -> ApiClient:
    """A newcomer's program."""
    return ApiClient(app)


@pytest.fixture
def browser(app: Quizboard) -> Browser:
    """A newcomer's browser."""
    return Browser(app)
