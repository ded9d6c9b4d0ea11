import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.cloud.datastore import Entity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.envelope import Message, unwrap
from events.schemas import Unreadable
from events.stream import SETTLED, Poison, fetch, keys, read
from models.event import Event
from models.patience import StoreUnavailable
from models.position import Position
from models.store import Store
from tests.events.builders import NOON, a_finish, an_event, of_version_1, told

IDS = st.text("abcdefXYZ0189_.:-", min_size=1, max_size=8)
MOMENTS = st.integers(0, 20).map(lambda microseconds: NOON + timedelta(microseconds=microseconds))
"""So few that many events happen at the same time."""

SECONDS = st.integers(0, 1_000).map(lambda seconds: timedelta(seconds=seconds))

one_store = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def at(time: datetime, id: str) -> Event:
    return replace(an_event("PlayerRenamed"), id=id, time=time)


def keep(store: Store, *events: Event) -> None:
    store.put_many([event.to_entities(store)[0] for event in events])


def all_of(store: Store) -> list[Event | Poison]:
    return list(read(store, Position.START, NOON + timedelta(days=1), page=3))


def empty(store: Store) -> Store:
    for rows in store.pages(Event.KIND, [], 100, keys_only=True):
        store.delete_many([row.key for row in rows])
    return store


class TestReading:
    @given(
        events=st.lists(st.builds(at, MOMENTS, IDS), unique_by=lambda event: event.id, max_size=30),
        after=st.builds(lambda time, id: Position.of(at(time, id)), MOMENTS, IDS),
        until=MOMENTS,
        page=st.integers(1, 4),
    )
    @one_store
    def test_gives_what_a_sorted_list_gives(
        self, store: Store, events: list[Event], after: Position, until: datetime, page: int
    ) -> None:
        keep(empty(store), *events)
        wanted = sorted(
            (event for event in events if Position.of(event) > after and event.time <= until),
            key=lambda event: (event.time, event.id),
        )
        assert list(read(store, after, until, page)) == wanted
        found = list(keys(store, after, until, page))
        assert [Position.from_key_name(key.name) for key in found] == [Position.of(event) for event in wanted]
        assert fetch(store, found) == wanted

    @given(
        commits=st.lists(st.tuples(SECONDS, st.integers(0, 299)), max_size=10),
        looks=st.lists(SECONDS, max_size=5).map(sorted),
    )
    @one_store
    def test_misses_nothing_that_lands_late_and_gives_nothing_twice(
        self, store: Store, commits: list[tuple[timedelta, int]], looks: list[timedelta]
    ) -> None:
        """Whoever goes on from where they were, each time up to what is settled by then."""
        empty(store)
        events = {f"e{n}": NOON + happened for n, (happened, _) in enumerate(commits)}
        lands_at = {
            f"e{n}": NOON + happened + timedelta(seconds=late) for n, (happened, late) in enumerate(commits)
        }
        seen: list[Event | Poison] = []
        position, before = Position.START, datetime.min.replace(tzinfo=NOON.tzinfo)
        for now in [*(NOON + look for look in looks), NOON + timedelta(days=1)]:
            keep(store, *(at(events[id], id) for id, landing in lands_at.items() if before < landing <= now))
            for event in read(store, position, now - SETTLED, page=2):
                seen.append(event)
                position = Position.of(event)
            before = now
        assert seen == sorted((at(time, id) for id, time in events.items()), key=Position.of)

    def test_of_an_empty_stream_gives_nothing(self, store: Store) -> None:
        assert all_of(store) == []

    def test_takes_no_more_than_a_page_of_each_range_at_a_time(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(store, *(at(NOON + timedelta(seconds=n), f"e{n}") for n in range(100)))
        found: list[int] = []
        query = store.query

        def counted(*arguments: Any, **options: Any) -> Any:
            page = query(*arguments, **options)
            found.append(len(page.entities))
            return page

        monkeypatch.setattr(store, "query", counted)
        given_out = 0
        for given_out, _ in enumerate(read(store, Position.START, NOON + timedelta(days=1), page=2), 1):
            assert sum(found) - given_out <= 2 * len(Event.RANGES)
        assert given_out == 100

    def test_goes_on_where_datastore_went_away(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        events = [at(NOON + timedelta(seconds=n), f"e{n:02}") for n in range(60)]
        keep(store, *events)
        query, calls = store.query, itertools.count()

        def unsteady(*arguments: Any, **options: Any) -> Any:
            if next(calls) % 19 == 18:
                raise StoreUnavailable
            return query(*arguments, **options)

        monkeypatch.setattr(store, "query", unsteady)
        seen: list[Event | Poison] = []
        position, interruptions = Position.START, 0
        while len(seen) < len(events):
            try:
                for event in read(store, position, NOON + timedelta(days=1), page=2):
                    seen.append(event)
                    position = Position.of(event)
            except StoreUnavailable:
                interruptions += 1
        assert seen == events
        assert interruptions


class TestAnEventInTheStream:
    def test_of_an_older_version_is_read_in_the_newest(self, store: Store) -> None:
        event = told(a_finish("ada", 500))
        keep(store, of_version_1(event))
        assert all_of(store) == [event]

    @pytest.mark.parametrize(
        ("damage", "reason"),
        [
            ({"type": "Forgotten"}, "no event has the type 'Forgotten'"),
            ({"version": 9}, "GameFinished has version 2, not 9"),
            ({"data": "{"}, "not an event: JSONDecodeError"),
            ({"data": None}, "not an event: TypeError"),
            ({"data": "[]"}, "GameFinished: $: [] is not of type 'object'"),
            ({"data": "[" * 100_000}, "not an event: RecursionError"),
            ({"time": "noon"}, "not an event: TypeError"),
            ({"time": NOON + timedelta(days=1)}, "its time or id is not that of its key"),
            ({"id": "another"}, "its time or id is not that of its key"),
            ({"type": ["x"]}, "its type is no text, or its version no number"),
            ({"version": "2"}, "its type is no text, or its version no number"),
        ],
    )
    def test_that_cannot_be_read_comes_with_the_reason_and_stops_nothing(
        self, store: Store, damage: dict[str, Any], reason: str
    ) -> None:
        before, bad, after = (told(a_finish("ada", 500, minute)) for minute in range(3))
        keep(store, before, after)
        entity = bad.to_entities(store)[0]
        entity.update(damage)
        store.put_many([entity])
        first, poison, last = all_of(store)
        assert (first, last) == (before, after)
        assert isinstance(poison, Poison)
        assert Position.of(poison) == Position.of(bad)
        assert reason in poison.reason
        assert poison.message.name == bad.id

    def test_with_nothing_in_it_comes_with_the_reason(self, store: Store) -> None:
        store.put_many([Entity(store.key(Event.KIND, told(a_finish("ada", 500)).key_name))])
        [poison] = all_of(store)
        assert isinstance(poison, Poison)
        assert poison.reason == "not an event: KeyError('id')"
        assert poison.type == ""

    def test_that_is_newer_than_the_code_can_be_told_again_once_the_code_is_new(self, store: Store) -> None:
        event = told(a_finish("ada", 500))
        keep(store, replace(event, version=9))
        [poison] = all_of(store)
        assert isinstance(poison, Poison)
        message = Message.from_text(poison.message.to_text())
        with pytest.raises(Unreadable, match="not 9"):
            unwrap(message)
        as_we_know_it = message.attributes["dataschema"].replace("/9", "/2")
        mended = replace(message, attributes={**message.attributes, "dataschema": as_we_know_it})
        assert unwrap(mended) == event
