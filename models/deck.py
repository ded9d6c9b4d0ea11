"""Decks: which questions are in play, by category and difficulty, so that dealing needs no query.

Immutable pages hold the ids, and one manifest says which pages count. Writing it is the commit point of
seeding, of all categories together: nobody ever reads half of what is new.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from google.cloud.datastore import Entity, Key

from models.question import Category, Difficulty
from models.store import Change, Store

PAGE_LENGTH = 2_000
"""Question ids on a page."""

PAGES_PER_COMMIT = 20
"""A page is up to 210 kB, and Datastore takes 10 MiB at a time."""

MOST_DECKS = 2_000
"""All manifests fit into one entity, which holds 1 MiB."""

MANIFEST = "DeckManifest"
_MANIFEST_NAME = "all"
_PAGE = "DeckPage"

Members = Mapping[Difficulty, Sequence[str]]
"""The ids of a deck's questions, by difficulty."""


class Overtaken(Exception):
    """Somebody else has published since the decks were read."""


class TooManyDecks(Exception):
    """The manifest has no room for so many categories."""


@dataclass(frozen=True)
class Deck:
    """One category. Some instance may still be dealing from version `previous`."""

    category: Category
    version: str
    counts: Mapping[Difficulty, int] = field(hash=False)
    previous: str = ""

    @classmethod
    def all(cls, store: Store) -> list[Self]:
        """Of every category that has questions or had some, by slug; one lookup."""
        return cls.in_manifest(store.get_many([manifest_key(store)])[0])

    @classmethod
    def in_manifest(cls, entity: Entity | None) -> list[Self]:
        return [cls._from_json(deck) for deck in json.loads(entity["decks"])] if entity else []

    @classmethod
    def _from_json(cls, deck: dict[str, Any]) -> Self:
        counts = {Difficulty(name): count for name, count in deck["counts"].items()}
        return cls(Category(deck["slug"], deck["name"]), deck["version"], counts, deck["previous"])

    def to_json(self) -> dict[str, Any]:
        return {
            "slug": self.category.slug,
            "name": self.category.name,
            "version": self.version,
            "counts": {str(difficulty): count for difficulty, count in self.counts.items()},
            "previous": self.previous,
        }

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


def manifest_key(store: Store) -> Key:
    return store.key(MANIFEST, _MANIFEST_NAME)


def ids_on(page: Entity) -> list[str]:
    return list(json.loads(page["ids"]))


def publish(store: Store, known: Sequence[Deck], wanted: Mapping[Category, Members]) -> list[Category]:
    """Puts exactly these questions in play in each of these categories; returns those where that is new.

    `known` is what `wanted` was made from. The manifest comes last: interrupted anywhere, the same call does
    what is left. Raises Overtaken, TooManyDecks.
    """
    before = {deck.category.slug: deck for deck in known}
    decks = [_deck(before.get(category.slug), category, members) for category, members in wanted.items()]
    changed = [deck for deck in decks if deck != before.get(deck.category.slug)]
    if len(before.keys() | {deck.category.slug for deck in changed}) > MOST_DECKS:
        raise TooManyDecks(f"there are more than {MOST_DECKS} categories")
    for deck in changed:
        _drop_pages(store, deck, before.get(deck.category.slug))
        _write_pages(store, deck, wanted[deck.category])
    if changed:
        _write_manifest(store, known, changed)
    return [deck.category for deck in changed]


def _deck(before: Deck | None, category: Category, members: Members) -> Deck:
    version = _version(members)
    counts = {difficulty: len(ids) for difficulty, ids in members.items() if ids}
    if before is None:
        return Deck(category, version, counts)
    previous = before.previous if before.version == version else before.version
    return Deck(category, version, counts, previous)


def _version(members: Members) -> str:
    content = json.dumps(
        [[str(difficulty), sorted(members.get(difficulty, ()))] for difficulty in Difficulty]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _drop_pages(store: Store, deck: Deck, before: Deck | None) -> None:
    """Of the version that nobody can be dealing from any more."""
    if before and before.previous not in ("", deck.version, deck.previous):
        first, last = (store.key(_PAGE, f"{deck.category.slug}-{before.previous}{end}") for end in ("-", "."))
        found = store.query(_PAGE, [("__key__", ">", first), ("__key__", "<", last)], keys_only=True)
        store.delete_many([entity.key for entity in found.entities])


def _write_pages(store: Store, deck: Deck, members: Members) -> None:
    pages = [
        store.entity(_PAGE, key.name, {"ids": json.dumps(ids[start : start + PAGE_LENGTH])})
        for difficulty in Difficulty
        if (ids := sorted(members.get(difficulty, ())))
        for key, start in zip(deck.page_keys(store, difficulty), range(0, len(ids), PAGE_LENGTH), strict=True)
    ]
    for start in range(0, len(pages), PAGES_PER_COMMIT):
        store.put_many(pages[start : start + PAGES_PER_COMMIT])


def _write_manifest(store: Store, known: Sequence[Deck], changed: Sequence[Deck]) -> None:
    decks = {deck.category.slug: deck for deck in (*known, *changed)}
    by_slug = [decks[slug].to_json() for slug in sorted(decks)]
    text = json.dumps(by_slug, ensure_ascii=False)

    def replace(found: list[Entity | None]) -> Change[None]:
        if found[0] is not None and found[0]["decks"] == text:
            return Change(None)
        if Deck.in_manifest(found[0]) != list(known):
            raise Overtaken
        return Change(None, puts=[store.entity(MANIFEST, _MANIFEST_NAME, {"decks": text})])

    store.change([manifest_key(store)], replace)
