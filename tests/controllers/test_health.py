import random

from controllers import create_app
from controllers.application import Quizboard
from events.publishing import Publisher
from models.dead_letter import DeadLetter
from models.seeding import seed
from models.store import Store
from tests.builders import a_bank
from tests.conftest import NOON, Clock
from tests.events.builders import a_finish, told
from tests.events.fakes import FakePubSub


def test_it_is_ready_once_a_game_can_be_started(store: Store, clock: Clock, rng: random.Random) -> None:
    client = create_app(store=store, clock=clock, rng=rng).test_client()
    empty = client.get("/health")
    waiting = {"dead_letters": 0, "outbox": 0}
    assert (empty.status_code, empty.json) == (503, {"status": "no questions", "questions": 0} | waiting)
    seed(store, a_bank(), NOON)
    ready = client.get("/health")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "questions": 30} | waiting)
    assert ready.headers["Cache-Control"] == "no-store"


def test_it_counts_what_was_set_aside_and_what_is_not_published(app: Quizboard, bank: Store) -> None:
    for subscriber in ("history", "leaderboard"):
        DeadLetter(subscriber, "e", "broken", 1, NOON, "{}").keep(bank)
    bank.put_many(told(a_finish("ada", 500)).to_entities(bank))
    report = app.test_client().get("/health").json
    assert report is not None
    assert (report["status"], report["dead_letters"], report["outbox"]) == ("ready", 2, 1)


def test_warming_up_reads_what_the_first_player_needs(
    app: Quizboard, bank: Store, pubsub: FakePubSub
) -> None:
    assert app.test_client().get("/_ah/warmup").status_code == 204
    assert pubsub.is_warm
    assert app.dealer._decks != ()


def test_warming_up_before_seeding_is_no_error(
    store: Store, clock: Clock, rng: random.Random, pubsub: FakePubSub
) -> None:
    app = create_app(store=store, clock=clock, rng=rng)
    app.publisher = Publisher(pubsub)
    assert app.test_client().get("/_ah/warmup").status_code == 204
