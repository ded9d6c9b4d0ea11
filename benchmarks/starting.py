"""Starting a game among few and many questions: round trips, and time as a ratio to the fewest.

`python -m benchmarks.starting [SIZE ...]`; more than 100,000 takes minutes to fill.
"""

import random
import secrets
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from statistics import median

from google.cloud import datastore

from benchmarks.cloud import Counted, local_datastore
from models import play
from models.dealing import Dealer
from models.deck import publish
from models.game import MIX, Pace
from models.question import Category, Difficulty, Question
from models.store import Store

SIZES = (100, 1_000, 10_000, 100_000)
CATEGORIES = [Category(f"category-{n}", f"Category {n}") for n in range(12)]
GAMES = 100
FILL = 500
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def a_question(n: int) -> Question:
    return Question(
        id=f"q-{n:07}",
        collection="benchmark",
        category=CATEGORIES[n % len(CATEGORIES)],
        difficulty=list(Difficulty)[n // len(CATEGORIES) % 3],
        type="single",
        prompt=f"Which is number {n}?",
        choices=("this", "that", "these", "those"),
        answer="this",
    )


def filled(size: int) -> Store:
    client = datastore.Client(project=f"benchmark-{size}")
    store = Store(client)
    members: dict[Category, dict[Difficulty, list[str]]] = {
        category: {difficulty: [] for difficulty in Difficulty} for category in CATEGORIES
    }
    for start in range(0, size, FILL):
        questions = [a_question(n) for n in range(start, min(start + FILL, size))]
        store.put_many([question.to_entity(store) for question in questions])
        for question in questions:
            members[question.category][question.difficulty].append(question.id)
    publish(store, [], members)
    return store


def measured(store: Store) -> tuple[float, Counter[str]]:
    """Seconds of a start, the median; the calls of the last one."""
    counted = Counted(store._client._datastore_api)
    store._client._datastore_api_internal = counted
    dealer, rng = Dealer(store), random.Random(1)
    seconds = []
    for n in range(GAMES):
        wish = play.Start("Ada", MIX, Pace.TIMED, key=secrets.token_hex(), player=f"player-{n % 10}")
        counted.calls.clear()
        begun = time.perf_counter()
        play.start(store, dealer, wish, NOW, rng)
        seconds.append(time.perf_counter() - begun)
    return median(seconds), counted.calls


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    with local_datastore():
        stores = {size: filled(size) for size in sizes}
        # From the fewest to the most and back, so that a machine that slows down favours none.
        runs = [(size, *measured(stores[size])) for size in (*sizes, *reversed(sizes))]
    print(f"{'questions':>10}  {'ms a start':>10}  {'ratio':>6}  calls of a start")
    best = {size: min(seconds for other, seconds, _ in runs if other == size) for size in sizes}
    for size in sizes:
        calls = next(calls for other, _, calls in reversed(runs) if other == size)
        said = ", ".join(f"{count} {name}" for name, count in calls.items())
        ratio = best[size] / best[sizes[0]]
        print(f"{size:>10,}  {1000 * best[size]:>10.2f}  {ratio:>6.2f}  {said}")


if __name__ == "__main__":
    main()
