"""Decks: which questions are in play, by category and difficulty, so that dealing needs no query.

A manifest says how many ids there are, immutable pages hold them. Writing the manifest is the commit point of
seeding: its version names the pages, so nobody ever reads half of a new deck.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from google.cloud.datastore import Entity, Key

from models.question import Category, Difficulty
from models.store import Store

PAGE_LENGTH = 2_000
"""Question ids on a page."""

PAGES_PER_COMMIT = 20
"""A page is up to 210 kB, and Datastore takes 10 MiB at a time."""

_PAGE = "DeckPage"

Members = Mapping[Difficulty, Sequence[str]]
"""The ids of a deck's questions, by difficulty."""


@dataclass(frozen=True)
class Deck:
    """The manifest of one category. Some instance may still be dealing from version `previous`."""

    KIND = "Deck"

    category: Category
    version: str
    counts: Mapping[Difficulty, int] = field(hash=False)
    previous: str = ""

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        counts = {Difficulty(name): count for name, count in json.loads(entity["counts"]).items()}
        return cls(Category(entity.key.name, entity["name"]), entity["version"], counts, entity["previous"])

    @classmethod
    def all(cls, store: Store) -> list[Self]:
        """Of every category that has questions, by slug."""
        decks = [cls.from_entity(entity) for entity in store.query(cls.KIND).entities]
        return [deck for deck in decks if deck.size]

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "name": self.category.name,
            "version": self.version,
            "counts": json.dumps({str(difficulty): count for difficulty, count in self.counts.items()}),
            "previous": self.previous,
        }
        return store.entity(self.KIND, self.category.slug, properties)

    @property
    def size(self) -> int:
        return sum(self.counts.values())

    def page_key(self, store: Store, difficulty: Difficulty, number: int) -> Key:
        return store.key(_PAGE, f"{self.category.slug}-{self.version}-{difficulty}-{number}")

    def page_keys(self, store: Store, difficulty: Difficulty) -> list[Key]:
        pages = range(-(-self.counts.get(difficulty, 0) // PAGE_LENGTH))
        return [self.page_key(store, difficulty, number) for number in pages]

    def members(self, store: Store) -> Members:
        """Every id of the deck; reads all of its pages."""
        return {
            difficulty: [
                id
                for page in store.get_many(self.page_keys(store, difficulty))
                if page is not None
                for id in ids_on(page)
            ]
            for difficulty in Difficulty
        }


def ids_on(page: Entity) -> list[str]:
    return list(json.loads(page["ids"]))


def publish(store: Store, category: Category, members: Members) -> bool:
    """Puts exactly these questions in play; False where they were, under that name, already.

    The manifest comes last: interrupted anywhere, the same call does what is left.
    """
    version = _version(members)
    entity = store.get(Deck.KIND, category.slug)
    before = Deck.from_entity(entity) if entity else None
    if before and (before.version, before.category) == (version, category):
        return False
    counts = {difficulty: len(ids) for difficulty, ids in members.items() if ids}
    deck = Deck(category, version, counts, _previous(before, version))
    if before and before.previous not in ("", deck.version, deck.previous):
        store.delete_many(_pages_of_version(store, category, before.previous))
    pages = _pages(store, deck, members)
    for start in range(0, len(pages), PAGES_PER_COMMIT):
        store.put_many(pages[start : start + PAGES_PER_COMMIT])
    store.put_many([deck.to_entity(store)])
    return True


def _previous(before: Deck | None, version: str) -> str:
    """The version that some instance may still be dealing from once `version` is published."""
    if before is None:
        return ""
    return before.previous if before.version == version else before.version


def _version(members: Members) -> str:
    content = json.dumps(
        [[str(difficulty), sorted(members.get(difficulty, ()))] for difficulty in Difficulty]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _pages(store: Store, deck: Deck, members: Members) -> list[Entity]:
    return [
        store.entity(_PAGE, key.name, {"ids": json.dumps(ids[start : start + PAGE_LENGTH])})
        for difficulty in Difficulty
        if (ids := sorted(members.get(difficulty, ())))
        for key, start in zip(deck.page_keys(store, difficulty), range(0, len(ids), PAGE_LENGTH), strict=True)
    ]


def _pages_of_version(store: Store, category: Category, version: str) -> list[Key]:
    first, last = (store.key(_PAGE, f"{category.slug}-{version}{end}") for end in ("-", "."))
    found = store.query(_PAGE, [("__key__", ">", first), ("__key__", "<", last)], keys_only=True)
    return [entity.key for entity in found.entities]
