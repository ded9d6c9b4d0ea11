import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Message, unwrap, wrap
from events.schemas import Unreadable
from models.event import ClosedTurn, Event, GameFinished
from tests.events.builders import NOON, a_finish, an_event, of_version_1, told

ids = st.from_regex(r"[A-Za-z0-9_.:-]{1,200}", fullmatch=True)
times = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda when: when.replace(tzinfo=UTC))
turns = st.builds(
    ClosedTurn,
    fraction=st.floats(0, 1),
    chosen=st.none() | st.booleans() | st.lists(st.integers(0, 9)),
)
finishes = st.builds(
    a_finish,
    player=ids,
    points=st.integers(-(2**53), 2**53),
    category=st.none() | st.text(),
    finished_at=times,
    answers=st.lists(turns, max_size=3),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
texts = st.text(st.characters(), max_size=30)


def pushed(message: Message) -> dict[str, Any]:
    """The body that Pub/Sub posts."""
    data = b64encode(message.data).decode()
    return {"message": {"data": data, "attributes": dict(message.attributes)}, "subscription": "s"}


@given(finish=finishes, id=ids, time=times, cause=st.none() | ids)
def test_an_event_comes_out_of_a_push_as_it_went_in(
    finish: Any, id: str, time: datetime, cause: str | None
) -> None:
    event = replace(finish.to_event(id, time), causation_id=cause)
    body = json.loads(json.dumps(pushed(wrap(event))))
    assert unwrap(Message.from_push(body)) == event


def test_an_event_of_the_past_comes_out_in_the_newest_version() -> None:
    event = unwrap(wrap(of_version_1(an_event("GameFinished"))))
    assert event.version == GameFinished.VERSION
    assert len(GameFinished.from_event(event).answers) == 10


def test_the_attributes_are_those_of_cloudevents() -> None:
    message = wrap(replace(an_event("PlayerErased"), causation_id="cause"))
    assert message.attributes == {
        "id": "PlayerErased-1",
        "type": "PlayerErased",
        "source": "quizboard",
        "specversion": "1.0",
        "time": "2026-11-23T12:00:00+00:00",
        "datacontenttype": "application/json",
        "dataschema": "quizboard/PlayerErased/1",
        "causationid": "cause",
    }
    assert message.data == b'{"player": "ada"}'


def test_what_has_no_cause_names_none() -> None:
    assert "causationid" not in wrap(an_event("PlayerErased")).attributes


@given(data=st.binary(), attributes=st.dictionaries(texts, texts))
def test_a_message_comes_back_from_its_text_as_it_was(data: bytes, attributes: dict[str, str]) -> None:
    message = Message(data, attributes)
    assert message.to_text().isascii()
    assert Message.from_text(message.to_text()) == message


def read(body: Any) -> Event | None:
    """None where it is unreadable; whatever else is raised is a fault of ours."""
    try:
        return unwrap(Message.from_push(body))
    except Unreadable:
        return None


@given(body=json_values)
def test_a_body_that_is_no_push_is_unreadable(body: Any) -> None:
    assert read(body) is None


@given(message=json_values, data=json_values, attributes=json_values)
def test_a_push_of_anything_is_unreadable(message: Any, data: Any, attributes: Any) -> None:
    assert read({"message": message}) is None
    assert read({"message": {"data": data, "attributes": attributes}}) is None


@given(data=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_an_event_with_other_data_is_unreadable(data: bytes) -> None:
    assert read(pushed(replace(wrap(an_event("GameFinished")), data=data))) is None


@given(
    name=st.sampled_from(["id", "type", "time", "dataschema"]),
    value=texts
    | st.sampled_from(["", "/", "quizboard/GameFinished/", "quizboard/GameFinished/99", "9" * 5000]),
)
def test_an_event_with_one_other_attribute_is_unreadable_or_readable(name: str, value: str) -> None:
    message = wrap(an_event("GameFinished"))
    event = read(pushed(replace(message, attributes=message.attributes | {name: value})))
    assert event is None or event.time.tzinfo is not None


@pytest.mark.parametrize("name", ["id", "type", "time", "dataschema"])
def test_an_event_that_lacks_an_attribute_is_unreadable(name: str) -> None:
    message = wrap(an_event("GameFinished"))
    attributes = {other: value for other, value in message.attributes.items() if other != name}
    assert read(pushed(replace(message, attributes=attributes))) is None


@pytest.mark.parametrize("id", ["", "a/b", "a b", "é", "\ud800", "x" * 201, "a\n"])
def test_an_event_whose_id_no_key_should_hold_is_unreadable(id: str) -> None:
    assert read(pushed(wrap(replace(an_event("PlayerErased"), id=id)))) is None


def test_an_event_whose_time_says_nothing_of_its_zone_is_unreadable() -> None:
    event = replace(an_event("PlayerErased"), time=NOON.replace(tzinfo=None))
    assert read(pushed(wrap(event))) is None


@pytest.mark.parametrize("depth", [10, 300, 500, 700, 800, 900, 950, 990, 10_000])
def test_data_nested_beyond_reason_is_unreadable(depth: int) -> None:
    for data in (b"[" * depth + b"]" * depth, b'{"player": ' + b"[" * depth + b"]" * depth + b"}"):
        assert read(pushed(replace(wrap(an_event("PlayerErased")), data=data))) is None


class TestTheNameOfAMessage:
    def test_is_the_id_of_its_event(self) -> None:
        assert wrap(an_event("PlayerErased")).name == "PlayerErased-1"

    def test_is_made_of_what_it_says_where_it_has_no_good_id(self) -> None:
        names = {Message(data, {"id": id}).name for data in (b"a", b"b") for id in ("", "a/b", "x" * 201)}
        assert len(names) == 6
        assert all(name.startswith("unreadable-") and len(name) < 40 for name in names)

    def test_stays_when_pubsub_gives_up_on_it(self) -> None:
        message = Message(b"garbage", {"type": "GameFinished"})
        added = {"CloudPubSubDeadLetterSourceDeliveryCount": "5"}
        assert replace(message, attributes=message.attributes | added).name == message.name


def test_a_finish_with_any_script_is_told_in_utf_8() -> None:
    assert "música".encode() in wrap(told(a_finish("ada", 1, category="música"))).data
