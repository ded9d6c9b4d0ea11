from datetime import timedelta

import pytest

from controllers.application import Quizboard
from events.publishing import OLD_AFTER
from models.event import Event
from models.store import Store
from tests.conftest import NOON, Clock
from tests.events.builders import a_finish, told
from tests.events.fakes import FakePubSub

CRON = {"X-Appengine-Cron": "true"}


def left_behind(store: Store, clock: Clock, *players: str) -> None:
    finishes = [a_finish(player, 500, finished_at=NOON) for player in players]
    store.put_many([row for finish in finishes for row in told(finish).to_entities(store)])
    clock.tick((OLD_AFTER + timedelta(seconds=1)).total_seconds())


def test_the_outbox_is_published(app: Quizboard, bank: Store, clock: Clock, pubsub: FakePubSub) -> None:
    left_behind(bank, clock, "ada", "bob")
    answer = app.test_client().get("/cron/outbox", headers=CRON)
    assert (answer.status_code, answer.json) == (200, {"published": 2})
    assert len(pubsub.taken) == 2
    assert bank.query(Event.OUTBOX).entities == []
    assert app.test_client().get("/cron/outbox", headers=CRON).json == {"published": 0}


def test_what_cannot_be_published_stays(
    app: Quizboard, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    pubsub.fails = True
    left_behind(bank, clock, "ada")
    assert app.test_client().get("/cron/outbox", headers=CRON).status_code == 503
    assert len(bank.query(Event.OUTBOX).entities) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Appengine-Cron": "false"}, {"X-Appengine-Cron": ""}])
def test_nobody_but_cron_may_call(
    app: Quizboard, bank: Store, clock: Clock, pubsub: FakePubSub, headers: dict[str, str]
) -> None:
    left_behind(bank, clock, "ada")
    assert app.test_client().get("/cron/outbox", headers=headers).status_code == 403
    assert pubsub.batches == []
