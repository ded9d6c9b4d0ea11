"""Puts a set of good questions into Datastore: safe to run again, safe to interrupt, the decks last."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from models.deck import Deck, Overtaken, publish
from models.image import Image
from models.patience import StoreUnavailable
from models.question import Category, Difficulty, Question
from models.store import Store

BATCH = 500
"""Questions read and written at a time."""

IMAGES_PER_COMMIT = 20
"""An image has up to 200 kB, and Datastore takes 10 MiB at a time."""

PUBLISH_ATTEMPTS = 5

Progress = Callable[[int], None]
"""Is told how many questions are done."""

ImageOf = Callable[[Question], Image]
"""Finds the image of a question that has a picture."""

_Place = tuple[Category, Difficulty]
"""Where a question stands in the decks."""


@dataclass
class Seeded:
    """How many questions were added, changed, left as they were and retired, and the decks that changed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    decks: Sequence[Category] = ()


def _no_images(question: Question) -> Image:
    raise LookupError(f"nobody brings the picture of {question.id}")


def seed(
    store: Store,
    questions: Iterable[Question],
    now: datetime,
    retire_missing_from: str | None = None,
    progress: Progress = lambda done: None,
    image_of: ImageOf = _no_images,
) -> Seeded:
    """Writes what is new or changed, then puts it in play. The questions are gone through once.

    With `retire_missing_from` the questions of that collection which are not among these go out of play.
    """
    seeded = Seeded()
    places: dict[str, _Place] = {}
    known: dict[_Place, _Place] = {}
    for batch in _batches(questions):
        _write(store, batch, seeded, image_of)
        for question in batch:
            place = question.category, question.difficulty
            # One pair for all that stand there: of a hundred thousand questions little is kept but the ids.
            places[question.id] = known.setdefault(place, place)
        progress(len(places))
    missing = _retire(store, retire_missing_from, places, seeded, now) if retire_missing_from else set()
    seeded.decks = _publish(store, places, missing)
    return seeded


def _batches(questions: Iterable[Question]) -> Iterator[list[Question]]:
    rest = iter(questions)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _write(store: Store, batch: list[Question], seeded: Seeded, image_of: ImageOf) -> None:
    """Images first: a question that is there has its picture there."""
    found = store.get_many([store.key(Question.KIND, question.id) for question in batch])
    there = [Question.from_entity(entity) if entity else None for entity in found]
    different = [new for new, old in zip(batch, there, strict=True) if new != old]
    pictured = [question for question in different if question.picture]
    for start in range(0, len(pictured), IMAGES_PER_COMMIT):
        images = map(image_of, pictured[start : start + IMAGES_PER_COMMIT])
        store.put_many(list({image.digest: image.to_entity(store) for image in images}.values()))
    store.put_many([question.to_entity(store) for question in different])
    new = there.count(None)
    seeded.added += new
    seeded.changed += len(different) - new
    seeded.unchanged += len(batch) - len(different)


def _retire(
    store: Store, collection: str, kept: Mapping[str, _Place], seeded: Seeded, now: datetime
) -> set[str]:
    """Takes out what the collection has beside the kept ones; their ids."""
    missing: set[str] = set()
    after = None
    while True:
        page = store.query(Question.KIND, [("collection", "=", collection)], limit=BATCH, after=after)
        beside = [q for q in map(Question.from_entity, page.entities) if q.id not in kept]
        active = [question for question in beside if question.retired_at is None]
        store.put_many([replace(question, retired_at=now).to_entity(store) for question in active])
        missing |= {question.id for question in beside}
        seeded.retired += len(active)
        after = page.cursor
        if len(page.entities) < BATCH:
            return missing


def _publish(store: Store, places: Mapping[str, _Place], retired: set[str]) -> Sequence[Category]:
    """The decks as they are, less what was retired or moved, plus these questions."""
    for _ in range(PUBLISH_ATTEMPTS):
        known = Deck.all(store)
        try:
            return publish(store, known, _wanted(store, known, places, retired))
        except Overtaken:
            continue
    raise StoreUnavailable("others published decks all the time")


def _wanted(
    store: Store, known: Iterable[Deck], places: Mapping[str, _Place], retired: set[str]
) -> dict[Category, dict[Difficulty, list[str]]]:
    categories = {deck.category.slug: deck.category for deck in known}
    categories |= {category.slug: category for category, _ in places.values()}
    members: dict[str, dict[Difficulty, list[str]]] = defaultdict(lambda: {d: [] for d in Difficulty})
    for deck in known:
        for difficulty, ids in deck.members(store).items():
            stay = (id for id in ids if id not in places and id not in retired)
            members[deck.category.slug][difficulty] += stay
    for id, (category, difficulty) in places.items():
        members[category.slug][difficulty].append(id)
    return {category: members[slug] for slug, category in categories.items()}
