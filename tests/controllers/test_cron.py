from datetime import timedelta

import pytest

from controllers.application import Quizboard
from events.publishing import OLD_AFTER
from models.event import Event
from models.store import Store
from tests.conftest import NOON, Clock
from tests.events.builders import a_finish, a_round, told
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


def test_the_stream_is_counted_although_no_push_came(app: Quizboard, bank: Store, clock: Clock) -> None:
    bank.put_many([told(a_round("ada")).to_entities(bank)[0]])
    answer = app.test_client().get("/cron/stream", headers=CRON)
    assert (answer.status_code, answer.json) == (200, {"counted": 1})
    assert app.test_client().get("/cron/stream", headers=CRON).json == {"counted": 0}


def test_where_more_is_left_to_count_cron_comes_again(
    app: Quizboard, bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.counting.BATCH", 1)
    monkeypatch.setattr("controllers.cron.COUNTING_SECONDS", 0.0)
    bank.put_many([told(a_round(player)).to_entities(bank)[0] for player in ("ada", "bob")])
    assert app.test_client().get("/cron/stream", headers=CRON).status_code == 503
    assert app.test_client().get("/cron/stream", headers=CRON).status_code == 503
    assert app.test_client().get("/cron/stream", headers=CRON).json == {"counted": 0}


@pytest.mark.parametrize("headers", [{}, {"X-Appengine-Cron": "false"}, {"X-Appengine-Cron": ""}])
def test_nobody_but_cron_may_call(
    app: Quizboard, bank: Store, clock: Clock, pubsub: FakePubSub, headers: dict[str, str]
) -> None:
    left_behind(bank, clock, "ada")
    assert app.test_client().get("/cron/outbox", headers=headers).status_code == 403
    assert pubsub.batches == []
