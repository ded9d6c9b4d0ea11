from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields, replace
from datetime import datetime, timedelta

import pytest

from models.answer import Chosen
from models.event import CATALOGUE, LIFE, BestBeaten, ClosedTurn, Event, Fact, GameFinished
from models.game import LENGTH
from models.position import Position
from models.store import Store
from tests.builders import a_game, a_statement
from tests.events.builders import NOON, a_finish, a_played_game, an_event, told

MAY_BE_TOLD: Mapping[str, object] = {
    "answers": list[ClosedTurn],
    "badge": str,
    "before": dict[str, int],
    "category": str | None,
    "challenge": str | None,
    "correct": int,
    "elapsed_ms": int,
    "finished_at": datetime,
    "game": str,
    "mode": str,
    "pace": str,
    "player": str,
    "points": int,
    "question": str,
    "reason": str,
    "rule_version": int,
    "started_at": datetime,
}
"""Every field of every fact: ids, our own words, numbers and times. Nothing that a person typed."""

MAY_BE_TOLD_OF_A_TURN: Mapping[str, object] = {
    "category": str,
    "chosen": Chosen,
    "difficulty": str,
    "elapsed_ms": int,
    "fraction": float,
    "late": bool,
    "points": int,
    "question": str,
}


@pytest.mark.parametrize("fact", CATALOGUE.values(), ids=CATALOGUE)
def test_a_fact_has_nothing_that_a_person_typed(fact: type[Fact]) -> None:
    assert {field.name: field.type for field in fields(fact)}.items() <= MAY_BE_TOLD.items()


def test_what_is_told_of_a_turn_has_nothing_that_a_person_typed() -> None:
    assert {field.name: field.type for field in fields(ClosedTurn)} == MAY_BE_TOLD_OF_A_TURN
    assert Chosen == list[int] | bool | None


def test_a_choice_is_told_by_its_place_in_the_question_as_written() -> None:
    game = a_played_game()
    for turn, told_of in zip(game.turns, GameFinished.of(game).answers, strict=True):
        assert turn.verdict is not None
        text = turn.choices[turn.verdict.answer]
        assert told_of.chosen == [turn.question.choices.index(text)]


@pytest.mark.parametrize("answer", [True, False, None])
def test_of_a_statement_it_is_told_whether_it_was_called_true(answer: bool | None) -> None:
    game = a_game(questions=[a_statement(f"s{n}") for n in range(LENGTH)]).answered(0, answer, NOON)
    assert ClosedTurn.of(game.turns[0]).chosen is answer


def test_a_late_answer_is_told_and_a_turn_without_one_tells_null() -> None:
    late = NOON + timedelta(hours=1)
    assert ClosedTurn.of(a_game().answered(0, 0, late).turns[0]).chosen == [a_game().turns[0].shuffle[0]]
    assert ClosedTurn.of(a_game().answered(0, None, NOON).turns[0]).chosen is None
    assert ClosedTurn.of(a_game().revealing(1, late).turns[0]).chosen is None


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_what_happened_does_not_change(type_name: str) -> None:
    event = an_event(type_name)
    with pytest.raises(FrozenInstanceError):
        event.id = "another"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        CATALOGUE[type_name].from_event(event).player = "another"  # type: ignore[attr-defined]


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_fact_comes_back_from_its_event_as_it_was(type_name: str) -> None:
    event = an_event(type_name)
    fact = CATALOGUE[type_name].from_event(event)
    assert fact.to_event(event.id, event.time) == event
    assert (event.type, event.version) == (type_name, CATALOGUE[type_name].VERSION)


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_an_event_comes_back_from_datastore_as_it_was(store: Store, type_name: str) -> None:
    event = replace(an_event(type_name), causation_id="its-cause")
    store.put_many(event.to_entities(store))
    entity = store.get(Event.KIND, event.key_name)
    assert entity is not None
    assert Event.from_entity(entity) == event


def test_an_event_has_a_row_in_the_outbox_under_the_same_name(store: Store) -> None:
    kept, waiting = told(a_finish("ada", 500)).to_entities(store)
    assert (kept.kind, waiting.kind) == (Event.KIND, Event.OUTBOX)
    assert kept.key.name == waiting.key.name
    assert dict(waiting) == {}


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_finished_game_is_kept_for_ever_and_all_else_says_when_it_may_go(
    store: Store, type_name: str
) -> None:
    event = an_event(type_name)
    expires_at = event.to_entities(store)[0].get("expires_at")
    assert expires_at == (None if type_name == "GameFinished" else NOON + LIFE)


def test_an_event_names_its_cause() -> None:
    cause = told(a_finish("ada", 500))
    assert BestBeaten("g", "ada", 1, {}).to_event("x", NOON, cause).causation_id == cause.id
    assert cause.causation_id is None


def test_the_key_of_an_event_spreads_and_tells_the_time() -> None:
    events = [told(a_finish(f"p{n}", 1)) for n in range(200)]
    assert {event.key_name[0] for event in events} == set("0123456789abcdef")
    assert Position.from_key_name(events[0].key_name).time == NOON


def test_within_a_range_the_keys_are_in_order_of_time() -> None:
    events = [told(a_finish("ada", 1, minute, game=f"g{minute}")) for minute in range(200)]
    names = sorted(event.key_name for event in events if event.key_name[0] == "0")
    assert len(names) > 3
    times = [Position.from_key_name(name).time for name in names]
    assert times == sorted(times)


def test_a_mix_has_no_category() -> None:
    assert GameFinished.from_event(an_event("GameFinished")).category is None
