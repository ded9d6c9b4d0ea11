import json
from dataclasses import replace

import pytest

from events.delivery import ATTEMPTS, GIVEN_UP, deliver, give_up, set_aside
from events.envelope import Message, wrap
from events.subscribers import SUBSCRIBERS, TOLD_BY_PLAYERS, Subscriber
from models.dead_letter import CUT, MESSAGE_BYTES, REASON_LENGTH, DeadLetter
from models.event import CATALOGUE, BadgeEarned, Event, GameFinished
from models.patience import StoreUnavailable
from models.store import Store
from tests.events.builders import NOON, a_finish, an_event, told

FINISH = told(a_finish("ada", 500))
GARBAGE = replace(wrap(FINISH), data=b"\xff{")


class Recording:
    """A subscriber that hears finished games and writes down what it is told."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.fault: Exception | None = None

    @property
    def subscriber(self) -> Subscriber:
        return Subscriber("recording", hears=(GameFinished,), tells=(BadgeEarned,), handle=self)

    def __call__(self, store: Store, event: Event) -> list[Event]:
        self.heard.append(event)
        if self.fault:
            raise self.fault
        return [an_event("BadgeEarned")]


@pytest.fixture
def recording() -> Recording:
    return Recording()


def test_a_subscriber_hears_the_event_as_it_was_told(store: Store, recording: Recording) -> None:
    assert deliver(store, recording.subscriber, wrap(FINISH), 1, NOON) == [an_event("BadgeEarned")]
    assert recording.heard == [FINISH]


def test_what_a_subscriber_does_not_hear_is_acknowledged(store: Store, recording: Recording) -> None:
    assert deliver(store, recording.subscriber, wrap(an_event("PlayerErased")), 1, NOON) == ()
    assert recording.heard == []
    assert DeadLetter.count(store) == 0


def test_what_is_unreadable_is_set_aside_with_the_reason(store: Store, recording: Recording) -> None:
    message = wrap(replace(FINISH, version=9))
    assert deliver(store, recording.subscriber, message, 3, NOON) == ()
    assert recording.heard == []
    [letter] = DeadLetter.all(store)
    reason = "GameFinished has version 2, not 9"
    assert letter == DeadLetter("recording", FINISH.id, reason, 3, NOON, message.to_text())
    assert Message.from_text(letter.message) == message


def test_the_same_unreadable_message_is_set_aside_once(store: Store, recording: Recording) -> None:
    for attempts in (1, 2):
        deliver(store, recording.subscriber, GARBAGE, attempts, NOON)
        deliver(store, recording.subscriber, Message(b"", {}), attempts, NOON)
    assert DeadLetter.count(store) == 2


def test_two_subscribers_set_aside_the_same_message_each_for_itself(store: Store) -> None:
    for subscriber in SUBSCRIBERS.values():
        deliver(store, subscriber, GARBAGE, 1, NOON)
    assert {letter.subscriber for letter in DeadLetter.all(store)} == set(SUBSCRIBERS)


def test_what_a_subscriber_raises_goes_through_so_that_it_is_told_again(
    store: Store, recording: Recording
) -> None:
    recording.fault = RuntimeError("broken")
    with pytest.raises(RuntimeError, match="broken"):
        deliver(store, recording.subscriber, wrap(FINISH), 1, NOON)
    assert DeadLetter.count(store) == 0


class TestTheLastAttempt:
    def test_sets_aside_with_what_the_subscriber_raised(self, store: Store, recording: Recording) -> None:
        recording.fault = RuntimeError("broken")
        message = wrap(FINISH)
        with pytest.raises(RuntimeError):
            deliver(store, recording.subscriber, message, ATTEMPTS - 1, NOON)
        assert deliver(store, recording.subscriber, message, ATTEMPTS, NOON) == ()
        [letter] = DeadLetter.all(store)
        text = message.to_text()
        assert letter == DeadLetter("recording", FINISH.id, "RuntimeError: broken", ATTEMPTS, NOON, text)

    def test_may_be_a_good_one(self, store: Store, recording: Recording) -> None:
        assert deliver(store, recording.subscriber, wrap(FINISH), ATTEMPTS, NOON) == [an_event("BadgeEarned")]
        assert DeadLetter.count(store) == 0

    def test_raises_where_the_letter_cannot_be_written(
        self, store: Store, recording: Recording, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable

        recording.fault = RuntimeError("broken")
        monkeypatch.setattr(store, "put_many", away)
        with pytest.raises(StoreUnavailable):
            deliver(store, recording.subscriber, wrap(FINISH), ATTEMPTS, NOON)


class TestWhatPubSubGivesUp:
    def test_is_set_aside_with_a_general_reason(self, store: Store) -> None:
        give_up(store, "history", wrap(FINISH), 100, NOON)
        [letter] = DeadLetter.all(store)
        assert letter.reason == GIVEN_UP

    def test_leaves_a_letter_that_says_more(self, store: Store) -> None:
        set_aside(store, "history", wrap(FINISH), "broken", 100, NOON)
        give_up(store, "history", wrap(FINISH), 101, NOON)
        [letter] = DeadLetter.all(store)
        assert (letter.reason, letter.attempts) == ("broken", 100)

    def test_is_replaced_by_a_letter_that_says_more(self, store: Store) -> None:
        give_up(store, "history", wrap(FINISH), 100, NOON)
        set_aside(store, "history", wrap(FINISH), "broken", 100, NOON)
        [letter] = DeadLetter.all(store)
        assert letter.reason == "broken"


@pytest.mark.parametrize("id", ["", "a/b", "\ud800", "x" * 3000, "\x00"])
def test_a_message_with_any_id_can_be_set_aside(store: Store, recording: Recording, id: str) -> None:
    message = replace(GARBAGE, attributes={"id": id})
    deliver(store, recording.subscriber, message, 1, NOON)
    [letter] = DeadLetter.all(store)
    assert Message.from_text(letter.message) == message


def test_a_message_of_any_size_can_be_set_aside(store: Store) -> None:
    set_aside(store, "history", Message(b"\xff" * 2_000_000, {}), "\ud800" * 5000, 1, NOON)
    [letter] = DeadLetter.all(store)
    assert letter.message[MESSAGE_BYTES:] == CUT
    assert letter.is_cut
    assert letter.reason.startswith("\\ud800" * 10)
    assert len(letter.reason) == REASON_LENGTH * len("\\ud800")


def test_a_message_that_just_fits_is_kept_whole(store: Store) -> None:
    frame = len(Message(b"", {}).to_text())
    message = Message(b"x" * (MESSAGE_BYTES - frame), {})
    set_aside(store, "history", message, "broken", 1, NOON)
    [letter] = DeadLetter.all(store)
    assert not letter.is_cut
    assert Message.from_text(letter.message) == message


def test_a_letter_keeps_nothing_that_json_cannot_say(store: Store) -> None:
    set_aside(store, "history", GARBAGE, "broken", 1, NOON)
    [letter] = DeadLetter.all(store)
    assert json.loads(letter.message)["attributes"]["id"] == FINISH.id


class TestTheTableOfSubscribers:
    def test_names_everybody_once(self) -> None:
        assert {name: one.name for name, one in SUBSCRIBERS.items()} == {name: name for name in SUBSCRIBERS}
        assert set(SUBSCRIBERS) == {"leaderboard", "history", "names", "stream", "erasure"}

    def test_speaks_only_of_facts_that_are_in_the_catalogue(self) -> None:
        facts = {fact for one in SUBSCRIBERS.values() for fact in (*one.hears, *one.tells)}
        assert facts | set(TOLD_BY_PLAYERS) <= set(CATALOGUE.values())

    def test_has_somebody_who_tells_whatever_is_heard(self) -> None:
        told_by_somebody = {fact for one in SUBSCRIBERS.values() for fact in one.tells} | set(TOLD_BY_PLAYERS)
        assert {fact for one in SUBSCRIBERS.values() for fact in one.hears} <= told_by_somebody

    def test_has_no_circle(self) -> None:
        """Else one event would be told for ever."""
        reached = set(TOLD_BY_PLAYERS)
        for _ in SUBSCRIBERS:
            tells = {f for one in SUBSCRIBERS.values() if set(one.hears) & reached for f in one.tells}
            assert not tells & set(TOLD_BY_PLAYERS)
            reached = tells
        assert not any(set(one.hears) & reached for one in SUBSCRIBERS.values())
