import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from controllers.application import Quizboard
from controllers.pubsub import BODY_BYTES, DELIVERY_COUNT, SOURCE_SUBSCRIPTION
from events import push
from events.delivery import ATTEMPTS
from events.envelope import Message, wrap
from events.publishing import Publisher
from events.push import Doorkeeper
from models.dead_letter import DeadLetter
from models.event import Event
from models.history import History
from models.leaderboard import LeaderboardEntry
from models.patience import StoreUnavailable
from models.player import Player
from models.store import Store
from tests.conftest import NOON
from tests.events.builders import a_finish, an_event, told
from tests.events.fakes import FakePubSub
from tests.events.tokens import Certificates, a_token

FINISH = told(a_finish("ada", 500))


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> Certificates:
    served = Certificates()
    monkeypatch.setattr(push, "Request", lambda: served)
    return served


@pytest.fixture
def events_app(app: Quizboard, certificates: Certificates) -> Quizboard:
    """Its doorkeeper knows our certificates; Ada has played."""
    app.doorkeeper = Doorkeeper(app.store.project)
    app.store.put_many([Player("ada", "Ada", NOON).to_entity(app.store)])
    return app


def a_body(message: Message, **more: Any) -> dict[str, Any]:
    """As Pub/Sub posts it."""
    return {
        "message": {
            "data": b64encode(message.data).decode(),
            "attributes": dict(message.attributes),
            "messageId": "7",
            "message_id": "7",
            "publishTime": "2026-11-23T12:00:00Z",
            "publish_time": "2026-11-23T12:00:00Z",
        },
        "subscription": "projects/quiz/subscriptions/quizboard-history",
        **more,
    }


def post(
    app: Quizboard, to: str, body: Any, token: str | None = "good", headers: Mapping[str, str] | None = None
) -> TestResponse:
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Bearer {a_token(app.store.project) if token == 'good' else token}"
    return app.test_client().post(f"/pubsub/{to}", json=body, headers=sent)


class TestAPush:
    def test_is_handled_by_its_subscriber_alone(self, events_app: Quizboard, bank: Store) -> None:
        answer = post(events_app, "leaderboard", a_body(wrap(FINISH)))
        assert (answer.status_code, answer.get_data()) == (204, b"")
        assert len(bank.query(LeaderboardEntry.KIND).entities) == 4
        assert bank.query(History.KIND).entities == []

    def test_publishes_what_the_subscriber_tells(
        self, events_app: Quizboard, bank: Store, pubsub: FakePubSub
    ) -> None:
        assert post(events_app, "history", a_body(wrap(FINISH))).status_code == 204
        assert pubsub.ids == ["first-game-ada"]
        assert pubsub.taken[0].attributes["causationid"] == FINISH.id
        assert bank.query(Event.OUTBOX).entities == []

    def test_is_acknowledged_although_nothing_can_be_published(
        self, events_app: Quizboard, bank: Store, pubsub: FakePubSub
    ) -> None:
        pubsub.fails = True
        assert post(events_app, "history", a_body(wrap(FINISH))).status_code == 204
        assert len(bank.query(Event.OUTBOX).entities) == 1

    def test_may_come_twice(self, events_app: Quizboard, bank: Store) -> None:
        for _ in range(2):
            assert post(events_app, "history", a_body(wrap(FINISH))).status_code == 204
        [history] = bank.query(History.KIND).entities
        assert history["games"] == 1

    def test_of_what_the_subscriber_does_not_hear_is_acknowledged(
        self, events_app: Quizboard, bank: Store
    ) -> None:
        assert post(events_app, "history", a_body(wrap(an_event("PlayerErased")))).status_code == 204
        assert DeadLetter.count(bank) == 0

    def test_that_is_unreadable_is_acknowledged_and_set_aside(
        self, events_app: Quizboard, bank: Store
    ) -> None:
        message = replace(wrap(FINISH), data=b"{}")
        assert post(events_app, "history", a_body(message, deliveryAttempt=4)).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert (letter.name, letter.attempts, letter.set_aside_at) == (f"history-{FINISH.id}", 4, NOON)
        assert "'game' is a required property" in letter.reason
        assert Message.from_text(letter.message) == message

    @pytest.mark.parametrize("attempts", [True, "x", None, 0, -1, 2**70, 1.5, []])
    def test_with_an_odd_count_of_attempts_is_as_good(
        self, events_app: Quizboard, bank: Store, attempts: Any
    ) -> None:
        body = a_body(replace(wrap(FINISH), data=b"{}"), deliveryAttempt=attempts)
        assert post(events_app, "history", body).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert letter.attempts == 1

    @pytest.mark.parametrize("body", [7, [], {}, {"message": 1}, {"message": {"data": "*"}}])
    def test_that_is_none_is_a_bad_request(self, events_app: Quizboard, bank: Store, body: Any) -> None:
        assert post(events_app, "history", body).status_code == 400
        assert DeadLetter.count(bank) == 0

    def test_to_nobody_is_not_found(self, events_app: Quizboard) -> None:
        assert post(events_app, "statistics", a_body(wrap(FINISH))).status_code == 404

    def test_that_is_too_large_is_refused(self, events_app: Quizboard, bank: Store) -> None:
        fits = Message(b"x" * (BODY_BYTES // 2), {})
        assert post(events_app, "history", a_body(fits)).status_code == 204
        too_large = Message(b"x" * BODY_BYTES, {})
        assert post(events_app, "history", a_body(too_large)).status_code == 413
        assert DeadLetter.count(bank) == 1

    def test_is_to_be_told_again_when_the_store_is_away(
        self, events_app: Quizboard, bank: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(bank, "change", away)
            assert post(events_app, "history", a_body(wrap(FINISH))).status_code == 503
        assert DeadLetter.count(bank) == 0
        assert post(events_app, "history", a_body(wrap(FINISH))).status_code == 204

    def test_that_fails_for_the_last_time_is_acknowledged_and_set_aside_with_the_reason(
        self, events_app: Quizboard, bank: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a wire is loose")

        monkeypatch.setattr(bank, "change", broken)
        body = a_body(wrap(FINISH), deliveryAttempt=ATTEMPTS - 1)
        assert post(events_app, "history", body).status_code == 500
        assert DeadLetter.count(bank) == 0
        body = a_body(wrap(FINISH), deliveryAttempt=ATTEMPTS)
        assert post(events_app, "history", body).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert (letter.reason, letter.attempts) == ("RuntimeError: a wire is loose", ATTEMPTS)

    def test_that_fails_for_the_last_time_is_left_to_pubsub_where_no_letter_can_be_written(
        self, events_app: Quizboard, bank: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable

        for call in ("change", "put_many"):
            monkeypatch.setattr(bank, call, away)
        body = a_body(wrap(FINISH), deliveryAttempt=ATTEMPTS)
        assert post(events_app, "history", body).status_code == 503


class TestTheDeadLetters:
    def test_leave_a_letter_that_knows_the_reason(self, events_app: Quizboard, bank: Store) -> None:
        message = replace(wrap(FINISH), data=b"{}")
        post(events_app, "history", a_body(message))
        source = {SOURCE_SUBSCRIPTION: "quizboard-history", DELIVERY_COUNT: "100"}
        message = replace(message, attributes=message.attributes | source)
        assert post(events_app, "dead-letters", a_body(message)).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert "'game' is a required property" in letter.reason

    def test_keep_the_reason_the_count_and_the_subscriber(self, events_app: Quizboard, bank: Store) -> None:
        source = {SOURCE_SUBSCRIPTION: "quizboard-history", DELIVERY_COUNT: "100"}
        message = wrap(FINISH)
        message = replace(message, attributes=message.attributes | source)
        for _ in range(2):
            assert post(events_app, "dead-letters", a_body(message)).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert (letter.subscriber, letter.event, letter.attempts) == ("history", FINISH.id, 100)
        assert letter.reason.startswith("too many attempts")

    @pytest.mark.parametrize("count", ["", "x", "-1", "1e9", "9" * 5000])
    def test_take_what_does_not_say_where_it_came_from(
        self, events_app: Quizboard, bank: Store, count: str
    ) -> None:
        message = Message(b"", {DELIVERY_COUNT: count})
        assert post(events_app, "dead-letters", a_body(message)).status_code == 204
        [letter] = DeadLetter.all(bank)
        assert (letter.subscriber, letter.attempts) == ("unknown", 0)

    def test_are_behind_the_same_door(self, events_app: Quizboard, bank: Store) -> None:
        assert post(events_app, "dead-letters", a_body(wrap(FINISH)), token=None).status_code == 401
        assert DeadLetter.count(bank) == 0


class TestTheDoor:
    @pytest.mark.parametrize("token", [None, "x", "a.b.c"])
    def test_is_closed_without_a_token(self, events_app: Quizboard, bank: Store, token: str | None) -> None:
        for to in ("history", "leaderboard", "statistics"):
            assert post(events_app, to, a_body(wrap(FINISH)), token).status_code == 401
        assert bank.query(History.KIND).entities == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"aud": "another"},
            {"email": "somebody@example.com"},
            {"iss": "https://accounts.example"},
            {"exp": 1_000_000_000, "iat": 999_996_400},
            {"kid": "of-another-key"},
        ],
        ids=str,
    )
    def test_is_closed_to_another_token(self, events_app: Quizboard, wrong: dict[str, Any]) -> None:
        token = a_token(events_app.store.project, **wrong)
        assert post(events_app, "history", a_body(wrap(FINISH)), token).status_code == 401

    def test_cannot_be_judged_without_certificates(
        self, events_app: Quizboard, certificates: Certificates
    ) -> None:
        certificates.is_away = True
        answer = post(events_app, "history", a_body(wrap(FINISH)))
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]

    def test_is_closed_before_a_large_body_is_read(self, events_app: Quizboard) -> None:
        answer = post(events_app, "history", a_body(Message(b"x" * BODY_BYTES, {})), token=None)
        assert answer.status_code == 401

    def test_is_closed_to_a_browser(self, events_app: Quizboard) -> None:
        client = events_app.test_client()
        client.set_cookie("player", "x")
        form = {"message": json.dumps(a_body(wrap(FINISH)))}
        for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 401), ("none", 401)):
            answer = client.post("/pubsub/history", data=form, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == status
        assert client.get("/pubsub/history", headers={"Sec-Fetch-Site": "none"}).status_code == 405

    def test_takes_no_players_token(self, events_app: Quizboard) -> None:
        from tests.controllers.board_builders import token_of

        token = token_of(events_app, "ada")
        assert post(events_app, "history", a_body(wrap(FINISH)), token).status_code == 401


def test_a_stopped_subscriber_catches_up_exactly(events_app: Quizboard, bank: Store) -> None:
    events_app.publisher = Publisher(FakePubSub())
    finishes = [told(a_finish("ada", points, minute)) for minute, points in enumerate((500, 900, 700))]
    for event in (*finishes, *reversed(finishes)):
        assert post(events_app, "leaderboard", a_body(wrap(event))).status_code == 204
    assert {row["points"] for row in bank.query(LeaderboardEntry.KIND).entities} == {900}
