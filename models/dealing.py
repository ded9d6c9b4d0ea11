"""Dealing ten questions from the decks: uniform within a difficulty, at a flat cost."""

import random
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, product

from google.cloud.datastore import Key

from models.deck import PAGE_LENGTH, Deck, ids_on
from models.question import Category, Difficulty
from models.store import Store

HAND = {Difficulty.EASY: 3, Difficulty.MEDIUM: 4, Difficulty.HARD: 3}
"""Of each difficulty in one game."""

FRESH_FOR = timedelta(seconds=30)
"""How old the manifests in memory may be: new questions are in play within a minute on every instance."""

PAGES_KEPT = 200
"""Pages kept in memory, at most. They never change, so any of them may be dropped at any time."""

_NEAREST = {
    Difficulty.EASY: (Difficulty.EASY, Difficulty.MEDIUM, Difficulty.HARD),
    Difficulty.MEDIUM: (Difficulty.MEDIUM, Difficulty.EASY, Difficulty.HARD),
    Difficulty.HARD: (Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY),
}


class NoSuchCategory(Exception):
    """No deck has that slug."""


class TooFewQuestions(Exception):
    """All decks together do not hold enough questions for a game."""


class _PageGone(TooFewQuestions):
    """Since the manifests were read, two newer versions of a deck were published."""


@dataclass(frozen=True)
class Card:
    """One question's place in the decks."""

    deck: Deck
    difficulty: Difficulty
    number: int


class Dealer:
    """Keeps manifests and pages in memory; one for each process, safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._decks: Sequence[Deck] = ()
        self._read_at: datetime | None = None
        self._pages: OrderedDict[Key, list[str]] = OrderedDict()

    def decks(self, now: datetime) -> Sequence[Deck]:
        """The manifests, read again when they are older than FRESH_FOR, and as long as there are none."""
        if not self._decks or self._read_at is None or now - self._read_at > FRESH_FOR:
            self._decks, self._read_at = Deck.all(self._store), now
        return self._decks

    def category(self, slug: str, now: datetime) -> Category:
        """Raises NoSuchCategory."""
        for deck in self.decks(now):
            if deck.category.slug == slug:
                return deck.category
        raise NoSuchCategory(slug)

    def deal(self, category: Category | None, now: datetime, rng: random.Random) -> list[str]:
        """The ids of ten questions, easy to hard, from the category or (None) from all.

        Raises TooFewQuestions. One round trip where a page is not in memory, else none.
        """
        try:
            return self._ids(category, now, rng)
        except _PageGone:
            self._read_at = None
            return self._ids(category, now, rng)

    def _ids(self, category: Category | None, now: datetime, rng: random.Random) -> list[str]:
        cards = draw(self.decks(now), category, rng)
        pages = self._read_pages([self._page_key(card) for card in cards])
        return [pages[self._page_key(card)][card.number % PAGE_LENGTH] for card in cards]

    def _page_key(self, card: Card) -> Key:
        return card.deck.page_key(self._store, card.difficulty, card.number // PAGE_LENGTH)

    def _read_pages(self, keys: Iterable[Key]) -> dict[Key, list[str]]:
        wanted = list(dict.fromkeys(keys))
        pages = {key: ids for key in wanted if (ids := self._pages.get(key)) is not None}
        missing = [key for key in wanted if key not in pages]
        for key, page in zip(missing, self._store.get_many(missing) if missing else (), strict=True):
            if page is None:
                raise _PageGone(f"the page {key.name} of a deck is gone")
            pages[key] = self._pages[key] = ids_on(page)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return pages


def draw(decks: Sequence[Deck], category: Category | None, rng: random.Random) -> list[Card]:
    """Cards for one game, easy to hard, no card twice. Pure. Raises TooFewQuestions.

    What the category lacks of a difficulty comes from its neighbours: the nearest difficulty of the same
    category, then the other categories.
    """
    own = [deck for deck in decks if category is None or deck.category.slug == category.slug]
    others = [deck for deck in decks if deck not in own]
    drawn: list[Card] = []
    lacking = dict(HAND)
    for source, nearness, difficulty in product((own, others), range(len(Difficulty)), HAND):
        cards = _sample(source, _NEAREST[difficulty][nearness], lacking[difficulty], drawn, rng)
        lacking[difficulty] -= len(cards)
        drawn += cards
    if any(lacking.values()):
        raise TooFewQuestions(f"a game needs {sum(HAND.values())} questions, there are {len(drawn)}")
    return sorted(drawn, key=lambda card: list(Difficulty).index(card.difficulty))


def _sample(
    decks: Sequence[Deck], difficulty: Difficulty, wanted: int, taken: Sequence[Card], rng: random.Random
) -> list[Card]:
    """So many cards of that difficulty, or as many as there are, each as likely as any other."""
    ends = list(accumulate(deck.counts.get(difficulty, 0) for deck in decks))
    total = ends[-1] if ends else 0
    places = rng.sample(range(total), min(total, wanted + len(taken))) if wanted else []
    cards = [_card_at(place, decks, ends, difficulty) for place in places]
    return [card for card in cards if card not in taken][:wanted]


def _card_at(place: int, decks: Sequence[Deck], ends: Sequence[int], difficulty: Difficulty) -> Card:
    """The card at that place in the decks laid end to end."""
    deck = bisect_right(ends, place)
    return Card(decks[deck], difficulty, place - (ends[deck - 1] if deck else 0))
