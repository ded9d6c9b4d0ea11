import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import datastore

from models import seeding
from models.dealing import Dealer
from models.deck import MANIFEST, Deck
from models.patience import StoreUnavailable
from models.question import Category, Question
from models.seeding import Seeded, seed
from models.store import Store
from tests.builders import EASY, GEOGRAPHY, HARD, MUSIC, START, a_bank, a_question

LATER = START + timedelta(minutes=5)
RIVERS = Category("rivers", "Rivers")

_numbers = itertools.count(1)


@pytest.fixture
def a_store(datastore_address: str) -> Iterator[Callable[[], Store]]:
    """Makes empty stores."""
    clients: list[datastore.Client] = []

    def make() -> Store:
        clients.append(datastore.Client(project=f"seeding-{next(_numbers)}"))
        return Store(clients[-1])

    yield make
    for client in clients:
        client.close()


class Faltering(Store):
    """A store whose Datastore goes away after so many writes."""

    def __init__(self, store: Store, writes: int) -> None:
        super().__init__(store._client)
        self._left = writes

    def put_many(self, entities):  # type: ignore[no-untyped-def]
        self._spend(entities)
        super().put_many(entities)

    def delete_many(self, keys):  # type: ignore[no-untyped-def]
        self._spend(keys)
        super().delete_many(keys)

    def change(self, keys, verb, isolated=False):  # type: ignore[no-untyped-def]
        def spend(found):  # type: ignore[no-untyped-def]
            change = verb(found)
            self._spend(change.puts)
            return change

        return super().change(keys, spend, isolated)

    def _spend(self, items: Sequence[object]) -> None:
        if items and not self._left:
            raise StoreUnavailable("gone")
        self._left -= bool(items)


def everything(store: Store) -> dict[Any, dict[str, Any]]:
    """All that seeding writes, by key without the project."""
    kinds = ("Question", MANIFEST, "DeckPage")
    return {entity.key.flat_path: dict(entity) for kind in kinds for entity in store.query(kind).entities}


def in_play(store: Store) -> dict[str, set[str]]:
    return {
        deck.category.slug: {id for ids in deck.members(store).values() for id in ids}
        for deck in Deck.all(store)
        if deck.size
    }


def question(store: Store, id: str) -> Question:
    entity = store.get(Question.KIND, id)
    assert entity is not None
    return Question.from_entity(entity)


def seeded(added: int = 0, changed: int = 0, unchanged: int = 0, retired: int = 0) -> tuple[int, ...]:
    return added, changed, unchanged, retired


def counts(result: Seeded) -> tuple[int, ...]:
    return result.added, result.changed, result.unchanged, result.retired


def test_new_questions_are_written_and_put_in_play(store: Store) -> None:
    result = seed(store, a_bank(), START)
    assert counts(result) == seeded(added=30)
    assert result.decks == [GEOGRAPHY, MUSIC]
    assert {deck.category: deck.size for deck in Deck.all(store)} == {GEOGRAPHY: 15, MUSIC: 15}
    assert [question(store, each.id) for each in a_bank()] == a_bank()


def test_a_second_time_nothing_is_written(bank: Store) -> None:
    before = everything(bank)
    result = seed(Faltering(bank, writes=0), list(reversed(a_bank())), LATER, retire_missing_from="test")
    assert counts(result) == seeded(unchanged=30)
    assert result.decks == []
    assert everything(bank) == before


def test_an_edited_question_is_changed_under_its_id_and_the_decks_are_as_they_were(bank: Store) -> None:
    edited = replace(a_bank()[0], prompt="Which city is right?", time_limit_seconds=30)
    result = seed(bank, [edited, *a_bank()[1:]], LATER)
    assert counts(result) == seeded(changed=1, unchanged=29)
    assert result.decks == []
    assert question(bank, edited.id) == edited


def test_questions_that_are_not_named_stay_in_play(bank: Store) -> None:
    assert counts(seed(bank, [a_question("new")], LATER)) == seeded(added=1)
    assert len(in_play(bank)["geography"]) == 16
    assert len(in_play(bank)["music"]) == 15


def test_a_new_category_leaves_the_other_decks_alone(bank: Store) -> None:
    assert seed(bank, a_bank((RIVERS,)), LATER).decks == [RIVERS]


def test_a_question_moves_between_decks_with_its_category(bank: Store) -> None:
    moved = replace(a_bank()[0], category=MUSIC)
    assert seed(bank, [moved], LATER).decks == [GEOGRAPHY, MUSIC]
    assert moved.id not in in_play(bank)["geography"]
    assert moved.id in in_play(bank)["music"]


def test_a_question_moves_within_its_deck_with_its_difficulty(bank: Store) -> None:
    moved = replace(a_bank()[0], difficulty=HARD)
    assert seed(bank, [moved], LATER).decks == [GEOGRAPHY]
    [deck] = [deck for deck in Deck.all(bank) if deck.category == GEOGRAPHY]
    members = deck.members(bank)
    assert moved.id not in members[EASY]
    assert moved.id in members[HARD]


def test_a_renamed_category_has_its_new_name_in_play(bank: Store) -> None:
    world = Category("geography", "The world")
    renamed = [replace(each, category=world) for each in a_bank((GEOGRAPHY,))]
    assert seed(bank, renamed, LATER).decks == [world]
    assert [deck.category.name for deck in Deck.all(bank)] == ["The world", "Music"]


def test_a_question_that_is_missing_goes_out_of_play_but_is_kept(bank: Store) -> None:
    missing, *kept = a_bank()
    assert counts(seed(bank, kept, LATER, retire_missing_from="test")) == seeded(unchanged=29, retired=1)
    assert question(bank, missing.id) == replace(missing, retired_at=LATER)
    assert missing.id not in in_play(bank)["geography"]


def test_without_being_asked_nothing_is_retired(bank: Store) -> None:
    seed(bank, a_bank()[1:], LATER)
    assert len(in_play(bank)["geography"]) == 15


def test_retiring_stays_within_its_collection(bank: Store) -> None:
    ours = [a_question("ours-1", collection="ours"), a_question("ours-2", collection="ours")]
    seed(bank, ours, START)
    assert counts(seed(bank, ours[:1], LATER, retire_missing_from="ours")) == seeded(unchanged=1, retired=1)
    assert in_play(bank)["geography"] == {each.id for each in a_bank((GEOGRAPHY,))} | {"ours-1"}


def test_what_was_retired_keeps_its_time_and_is_not_counted_again(bank: Store) -> None:
    missing, *kept = a_bank()
    seed(bank, kept, START, retire_missing_from="test")
    result = seed(Faltering(bank, writes=0), kept, LATER, retire_missing_from="test")
    assert counts(result) == seeded(unchanged=29)
    assert question(bank, missing.id).retired_at == START


def test_a_retired_question_that_is_there_again_is_back_in_play(bank: Store) -> None:
    before = in_play(bank)
    seed(bank, a_bank()[1:], START, retire_missing_from="test")
    assert counts(seed(bank, a_bank(), LATER)) == seeded(changed=1, unchanged=29)
    assert question(bank, a_bank()[0].id).retired_at is None
    assert in_play(bank) == before


def test_a_category_whose_questions_all_retire_is_not_in_play(bank: Store) -> None:
    seed(bank, a_bank((MUSIC,)), LATER, retire_missing_from="test")
    assert list(in_play(bank)) == ["music"]
    result = seed(Faltering(bank, writes=0), a_bank((MUSIC,)), LATER, retire_missing_from="test")
    assert result.decks == []
    assert seed(bank, a_bank(), LATER).decks == [GEOGRAPHY]
    assert list(in_play(bank)) == ["geography", "music"]


def test_progress_is_told_until_all_is_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "BATCH", 12)
    done: list[int] = []
    seed(store, a_bank(), START, progress=done.append)
    assert done == [12, 24, 30]


def test_an_interrupted_seeding_ends_as_if_it_had_not_been(
    a_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "BATCH", 8)
    straight = a_store()
    prepare(straight)
    seed(straight, the_next_bank(), LATER, retire_missing_from="test")
    for writes in itertools.count():
        store = a_store()
        prepare(store)
        before = Dealer(store)
        before.decks(START)
        try:
            seed(Faltering(store, writes), the_next_bank(), LATER, retire_missing_from="test")
        except StoreUnavailable:
            assert_playable(store, Dealer(store))
            assert_playable(store, before)
            seed(store, the_next_bank(), LATER, retire_missing_from="test")
        else:
            break
        assert everything(store) == everything(straight), f"interrupted after {writes} writes"
    assert writes > 10, "the interruptions are too few to prove anything"


def prepare(store: Store) -> None:
    """Two versions of the decks, so that the next one has old pages to clear away."""
    seed(store, a_bank()[1:], START)
    seed(store, a_bank(), START)


def the_next_bank() -> list[Question]:
    """Of the bank, some questions are edited, moved, missing or new, and a category is new."""
    edited, moved, harder, _missing, *rest = a_bank()
    return [
        replace(edited, prompt="Which city is right?"),
        replace(moved, category=MUSIC),
        replace(harder, difficulty=HARD),
        *rest,
        *(a_question(f"new-{n}") for n in range(5)),
        *a_bank((RIVERS,)),
    ]


def assert_playable(store: Store, dealer: Dealer) -> None:
    rng = random.Random(7)
    for slug in (None, "geography", "music"):
        ids = dealer.deal(slug, "ada", START, rng).questions
        assert len(ids) == 10
        found = store.get_many([store.key(Question.KIND, id) for id in ids])
        assert [Question.from_entity(entity).id for entity in found if entity] == ids
