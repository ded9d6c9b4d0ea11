"""Puts a set of good questions into Datastore: safe to run again, safe to interrupt, the decks last."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.deck import Deck, publish
from models.question import Category, Difficulty, Question
from models.store import Store

BATCH = 500
"""Questions read and written at a time."""

Progress = Callable[[int], None]
"""Is told how many questions are done."""


@dataclass(frozen=True)
class Seeded:
    """How many questions were added, changed, left as they were and retired, and the decks that changed."""

    added: int
    changed: int
    unchanged: int
    retired: int
    decks: Sequence[Category]


def seed(
    store: Store,
    questions: Sequence[Question],
    now: datetime,
    retire_missing_from: str | None = None,
    progress: Progress = lambda done: None,
) -> Seeded:
    """Writes what is new or changed, then puts it in play.

    With `retire_missing_from` the questions of that collection which are not among these go out of play.
    """
    added = changed = 0
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        found = store.get_many([store.key(Question.KIND, question.id) for question in batch])
        there = [Question.from_entity(entity) if entity else None for entity in found]
        different = [new for new, old in zip(batch, there, strict=True) if new != old]
        store.put_many([question.to_entity(store) for question in different])
        added += there.count(None)
        changed += len(different) - there.count(None)
        progress(start + len(batch))
    missing = _missing(store, questions, retire_missing_from) if retire_missing_from else []
    active = [question for question in missing if question.retired_at is None]
    store.put_many([replace(question, retired_at=now).to_entity(store) for question in active])
    decks = _publish_decks(store, questions, {question.id for question in missing})
    return Seeded(added, changed, len(questions) - added - changed, len(active), decks)


def _missing(store: Store, questions: Iterable[Question], collection: str) -> list[Question]:
    """What the collection has in Datastore beside these."""
    kept = {question.id for question in questions}
    found = store.query(Question.KIND, [("collection", "=", collection)]).entities
    return [question for question in map(Question.from_entity, found) if question.id not in kept]


def _publish_decks(store: Store, questions: Iterable[Question], retired: set[str]) -> list[Category]:
    """The decks as they are, less what was retired or moved, plus these questions."""
    questions = list(questions)
    moved = retired | {question.id for question in questions}
    categories: dict[str, Category] = {}
    members: dict[str, dict[Difficulty, list[str]]] = defaultdict(lambda: {d: [] for d in Difficulty})
    for deck in Deck.all(store):
        categories[deck.category.slug] = deck.category
        for difficulty, ids in deck.members(store).items():
            members[deck.category.slug][difficulty] += [id for id in ids if id not in moved]
    for question in questions:
        categories[question.category.slug] = question.category
        members[question.category.slug][question.difficulty].append(question.id)
    return [category for slug, category in categories.items() if publish(store, category, members[slug])]
