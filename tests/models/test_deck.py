import random
from collections.abc import Mapping

import pytest

from models import deck as deck_module
from models.deck import MOST_DECKS, PAGE_LENGTH, Deck, Members, Overtaken, TooManyDecks, ids_on, manifest_key
from models.deck import publish as publish_all
from models.question import Category, Difficulty
from models.store import Store
from tests.builders import EASY, GEOGRAPHY, HARD, MEDIUM, MUSIC

ROCK_MUSIC = Category("music-rock", "Rock")


def ids(count: int, name: str = "q") -> list[str]:
    return [f"{name}-{n:06}" for n in range(count)]


def publish(store: Store, category: Category, members: Members) -> bool:
    """One category, and whether that was new."""
    return publish_all(store, Deck.all(store), {category: members}) == [category]


def published(store: Store, slug: str = GEOGRAPHY.slug) -> Deck:
    [deck] = [deck for deck in Deck.all(store) if deck.category.slug == slug]
    return deck


def pages(store: Store) -> list[str]:
    return [page.key.name for page in store.query("DeckPage", keys_only=True).entities]


def versions(store: Store) -> set[str]:
    return {name.rsplit("-", 3)[1] for name in pages(store)}


class Journal(Store):
    """A store that notes the kinds of what is written, commit by commit; a conditional one as `{kind}!`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._client)
        self.puts: list[set[str]] = []

    def put_many(self, entities):  # type: ignore[no-untyped-def]
        self.puts.append({entity.kind for entity in entities})
        super().put_many(entities)

    def change(self, keys, verb, isolated=False):  # type: ignore[no-untyped-def]
        self.puts.append({f"{key.kind}!" for key in keys})
        return super().change(keys, verb, isolated)


def test_a_deck_is_kept_in_pages_of_two_thousand(store: Store) -> None:
    members = {EASY: ids(4_500, "e"), MEDIUM: ids(2_000, "m"), HARD: ids(1, "h")}
    assert publish(store, GEOGRAPHY, members)
    deck = published(store)
    assert deck.category == GEOGRAPHY
    assert deck.counts == {EASY: 4_500, MEDIUM: 2_000, HARD: 1}
    assert deck.size == 6_501
    assert deck.members(store) == members
    lengths = {
        difficulty: [len(ids_on(page)) for page in store.get_many(deck.page_keys(store, difficulty)) if page]
        for difficulty in Difficulty
    }
    assert lengths == {EASY: [2_000, 2_000, 500], MEDIUM: [2_000], HARD: [1]}


@pytest.mark.parametrize("count", [1, PAGE_LENGTH - 1, PAGE_LENGTH, PAGE_LENGTH + 1])
def test_no_id_is_lost_at_the_edge_of_a_page(store: Store, count: int) -> None:
    publish(store, GEOGRAPHY, {HARD: ids(count)})
    assert published(store).members(store) == {EASY: [], MEDIUM: [], HARD: ids(count)}


def test_the_order_of_the_questions_makes_no_new_version(store: Store, rng: random.Random) -> None:
    publish(store, GEOGRAPHY, {EASY: ids(4_500)})
    assert not publish(store, GEOGRAPHY, {EASY: rng.sample(ids(4_500), 4_500)})


@pytest.mark.parametrize("members", [{EASY: ids(9)}, {EASY: ids(11)}, {HARD: ids(10)}, {EASY: ids(10, "p")}])
def test_other_questions_or_difficulties_make_a_new_version(
    store: Store, members: Mapping[Difficulty, list[str]]
) -> None:
    publish(store, GEOGRAPHY, {EASY: ids(10)})
    before = published(store).version
    assert publish(store, GEOGRAPHY, members)
    assert published(store).version != before


def test_the_manifest_is_written_last(store: Store) -> None:
    journal = Journal(store)
    publish(journal, GEOGRAPHY, {EASY: ids(4_500)})
    publish(journal, GEOGRAPHY, {EASY: ids(4_501)})
    assert journal.puts == [{"DeckPage"}, {"DeckManifest!"}] * 2


def test_who_still_deals_from_the_version_before_finds_its_pages(store: Store) -> None:
    publish(store, GEOGRAPHY, {EASY: ids(4_500)})
    old = published(store)
    publish(store, GEOGRAPHY, {EASY: ids(10)})
    assert old.members(store)[EASY] == ids(4_500)


def test_pages_older_than_the_version_before_go(store: Store) -> None:
    names = []
    for count in (4_500, 10, 20, 4_000):
        publish(store, GEOGRAPHY, {EASY: ids(count)})
        names.append(published(store).version)
    assert versions(store) == set(names[-2:])


def test_going_back_to_an_earlier_version_keeps_its_pages(store: Store) -> None:
    for count in (10, 20, 10, 20):
        publish(store, GEOGRAPHY, {EASY: ids(count)})
        assert published(store).members(store)[EASY] == ids(count)
    assert len(versions(store)) == 2


def test_a_new_name_keeps_the_pages_of_both_versions_that_are_dealt_from(store: Store) -> None:
    publish(store, GEOGRAPHY, {EASY: ids(10)})
    publish(store, GEOGRAPHY, {EASY: ids(20)})
    before = published(store)
    assert publish(store, Category("geography", "The world"), {EASY: ids(20)})
    assert published(store) == Deck(
        Category("geography", "The world"), before.version, {EASY: 20}, before.previous
    )
    assert len(versions(store)) == 2


def test_a_deck_leaves_the_pages_of_a_category_with_a_longer_name_alone(store: Store) -> None:
    for count in (10, 20, 30):
        publish(store, MUSIC, {EASY: ids(count)})
        publish(store, ROCK_MUSIC, {EASY: ids(count)})
    assert published(store, "music").members(store)[EASY] == ids(30)
    assert published(store, "music-rock").members(store)[EASY] == ids(30)
    assert len(pages(store)) == 4


def test_an_empty_deck_is_still_known(store: Store) -> None:
    publish(store, GEOGRAPHY, {EASY: ids(3)})
    publish(store, GEOGRAPHY, {})
    assert published(store).size == 0


def test_several_decks_come_into_play_at_once(store: Store) -> None:
    journal = Journal(store)
    wanted = {GEOGRAPHY: {EASY: ids(3)}, MUSIC: {HARD: ids(3)}}
    assert publish_all(journal, [], wanted) == [GEOGRAPHY, MUSIC]
    assert journal.puts == [{"DeckPage"}, {"DeckPage"}, {"DeckManifest!"}]
    assert publish_all(journal, Deck.all(store), wanted) == []


def test_who_was_overtaken_publishes_nothing(store: Store) -> None:
    publish(store, MUSIC, {EASY: ids(1)})
    with pytest.raises(Overtaken):
        publish_all(store, [], {GEOGRAPHY: {EASY: ids(3)}})
    assert [deck.category for deck in Deck.all(store)] == [MUSIC]


def test_a_commit_that_nobody_saw_holds_is_no_overtaking(store: Store) -> None:
    publish_all(store, [], {GEOGRAPHY: {EASY: ids(3)}})
    assert publish_all(store, [], {GEOGRAPHY: {EASY: ids(3)}}) == [GEOGRAPHY]


def test_there_is_an_end_to_categories(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_module, "MOST_DECKS", 1)
    publish(store, MUSIC, {EASY: ids(1)})
    with pytest.raises(TooManyDecks):
        publish(store, GEOGRAPHY, {EASY: ids(1)})


def test_the_most_decks_fit_into_one_entity(store: Store) -> None:
    def a_category(n: int) -> Category:
        return Category(f"{n:040}", "ü" * 60)

    for start in (0, 1):
        known = Deck.all(store)
        publish_all(
            store, known, {a_category(n): {d: ids(1 + start) for d in Difficulty} for n in range(MOST_DECKS)}
        )
    assert len(Deck.all(store)) == MOST_DECKS
    assert store.get_many([manifest_key(store)])[0] is not None


def test_decks_come_by_slug(store: Store) -> None:
    for category in (ROCK_MUSIC, GEOGRAPHY, MUSIC):
        publish(store, category, {EASY: ids(1)})
    assert [deck.category for deck in Deck.all(store)] == [GEOGRAPHY, MUSIC, ROCK_MUSIC]


def test_more_pages_than_datastore_takes_in_one_commit_are_published(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ids = [f"{n:0>100}" for n in range(104_000)]
    publish(store, GEOGRAPHY, {EASY: long_ids})
    assert published(store).members(store)[EASY] == long_ids


def test_a_hundred_pages_are_a_few_commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_module, "PAGE_LENGTH", 1)
    journal = Journal(store)
    publish(journal, GEOGRAPHY, {EASY: ids(100)})
    assert journal.puts == [{"DeckPage"}] * 5 + [{"DeckManifest!"}]
