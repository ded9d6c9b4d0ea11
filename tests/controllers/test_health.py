import random

from controllers import create_app
from controllers.application import Quizboard
from models.seeding import seed
from models.store import Store
from tests.builders import a_bank
from tests.conftest import NOON, Clock


def test_it_is_ready_once_a_game_can_be_started(store: Store, clock: Clock, rng: random.Random) -> None:
    client = create_app(store=store, clock=clock, rng=rng).test_client()
    empty = client.get("/health")
    assert (empty.status_code, empty.json) == (503, {"status": "no questions", "questions": 0})
    seed(store, a_bank(), NOON)
    ready = client.get("/health")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "questions": 30})
    assert ready.headers["Cache-Control"] == "no-store"


def test_warming_up_reads_what_the_first_player_needs(app: Quizboard, bank: Store) -> None:
    assert app.test_client().get("/_ah/warmup").status_code == 204
    app.dealer._store = None  # type: ignore[assignment]
    assert app.test_client().get("/health").status_code == 200


def test_warming_up_before_seeding_is_no_error(store: Store, clock: Clock, rng: random.Random) -> None:
    app = create_app(store=store, clock=clock, rng=rng)
    assert app.test_client().get("/_ah/warmup").status_code == 204
