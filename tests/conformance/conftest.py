"""Each test is a claim about Datastore, put to every engine in a project of its own.

Every worker of the test run starts the engines that it needs, once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from google.cloud import datastore

from tests.conformance.deviations import DEVIATIONS
from tests.conformance.engines import Engine, running
from tests.emulator import NoEmulator
from tests.local_cloud.datastore.calls import entity_builder
from tests.local_cloud.datastore.conftest import a_client

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    expected = {
        (deviation.engine, test): deviation.says for deviation in DEVIATIONS for test in deviation.tests
    }
    for item in items:
        if item.path.parent != HERE or not isinstance(item, pytest.Function):
            continue
        engine = item.callspec.params.get("engine") if hasattr(item, "callspec") else None
        file = item.path.name
        # The engine is the first of a test's parameters: test_a_claim[engine-case].
        case = item.name.replace(f"[{engine}-", "[")
        names = (file, f"{file}::{item.originalname}", f"{file}::{case}")
        says = next((expected[engine, name] for name in names if (engine, name) in expected), None)
        if says is not None:
            item.add_marker(pytest.mark.xfail(reason=says, strict=True))


@pytest.fixture(scope="session", params=list(Engine), ids=str)
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(request.param)


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Engine], str]]:
    """addresses(engine) starts it, if it does not run yet."""
    with ExitStack() as stack:
        known: dict[Engine, str | NoEmulator] = {}

        def address_of(engine: Engine) -> str:
            if engine not in known:
                try:
                    known[engine] = stack.enter_context(running(engine, tmp_path_factory.mktemp(engine)))
                except NoEmulator as reason:
                    known[engine] = reason
            known_one = known[engine]
            if isinstance(known_one, NoEmulator):
                pytest.skip(f"{known_one}: the engine {engine} did not judge")
            return known_one

        yield address_of


@pytest.fixture(scope="session")
def address(engine: Engine, addresses: Callable[[Engine], str]) -> str:
    return addresses(engine)


@pytest.fixture
def client(address: str) -> Iterator[datastore.Client]:
    """Google's client, in a project that nothing was ever written to."""
    with a_client(address, f"test-{uuid.uuid4().hex[:12]}") as client:
        yield client


@pytest.fixture
def an_entity(client: datastore.Client) -> Callable[..., datastore.Entity]:
    return entity_builder(client)
