"""Dealing ten questions from the decks: uniform within a difficulty, at a flat cost, without a query."""

import random
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, product

from google.cloud.datastore import Entity, Key

from models.deck import PAGE_LENGTH, Deck, ids_on, manifest_key
from models.question import Difficulty
from models.recent import Recent
from models.store import Store

HAND = {Difficulty.EASY: 3, Difficulty.MEDIUM: 4, Difficulty.HARD: 3}
"""Of each difficulty in one game."""

FRESH_FOR = timedelta(seconds=30)
"""How old the manifest may be that pages are made of; a game is dealt from the newest."""

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
    """Since the manifest was read, two newer versions of a deck were published."""


@dataclass(frozen=True)
class Card:
    """One question's place in the decks."""

    deck: Deck
    difficulty: Difficulty
    number: int

    def page_key(self, store: Store) -> Key:
        return self.deck.page_key(store, self.difficulty, self.number // PAGE_LENGTH)


@dataclass(frozen=True)
class Deal:
    """Ten ids, easy to hard, and what their player was asked before."""

    questions: Sequence[str]
    recent: Recent


class Dealer:
    """Keeps manifest and pages in memory; one for each process, safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._decks: Sequence[Deck] = ()
        self._read_at: datetime | None = None
        self._pages: OrderedDict[Key, list[str]] = OrderedDict()

    def decks(self, now: datetime) -> Sequence[Deck]:
        """Those that have questions; for pages to show, so they may be as old as FRESH_FOR."""
        if self._decks and self._read_at is not None and now - self._read_at <= FRESH_FOR:
            return self._decks
        return self._keep(self._store.get_many([manifest_key(self._store)])[0], now)

    def deal(self, slug: str | None, player: str, now: datetime, rng: random.Random) -> Deal:
        """From the category or (None) from all; what the player was asked lately comes last.

        One round trip; two after a deck was published, and at the very first. Raises NoSuchCategory,
        TooFewQuestions.
        """
        try:
            return self._deal(slug, player, now, rng)
        except _PageGone:
            return self._deal(slug, player, now, rng)

    def _deal(self, slug: str | None, player: str, now: datetime, rng: random.Random) -> Deal:
        """Drawn from the manifest in memory, and drawn again if the newest turns out to be another."""
        pages: dict[Key, list[str]] = {}
        cards = self._draw_from_memory(slug, rng)
        keys = [manifest_key(self._store), Recent.key(self._store, player)]
        manifest, recent = self._look_up(keys, cards, pages)
        decks = self._keep(manifest, now)
        if not cards or any(card.deck not in decks for card in cards):
            cards = draw(decks, slug, rng)
            self._look_up([], cards, pages)
        asked = Recent.of(player, recent)
        return Deal(choose(cards, self._of_each(cards, pages), asked.questions, rng), asked)

    def _draw_from_memory(self, slug: str | None, rng: random.Random) -> list[Card]:
        """Nothing where memory knows too little: the manifest may have changed since."""
        try:
            return draw(self._decks, slug, rng)
        except (NoSuchCategory, TooFewQuestions):
            return []

    def _keep(self, manifest: Entity | None, now: datetime) -> Sequence[Deck]:
        decks = [deck for deck in Deck.in_manifest(manifest) if deck.size]
        self._decks, self._read_at = decks, now
        return decks

    def _look_up(
        self, keys: Sequence[Key], cards: Sequence[Card], pages: dict[Key, list[str]]
    ) -> list[Entity | None]:
        """The entities of `keys`; the cards' pages go into `pages`, from memory where they are there."""
        wanted = dict.fromkeys(card.page_key(self._store) for card in cards)
        pages |= {key: ids for key in wanted if (ids := self._pages.get(key)) is not None}
        missing = [key for key in wanted if key not in pages]
        found = self._store.get_many([*keys, *missing]) if keys or missing else []
        for key, page in zip(missing, found[len(keys) :], strict=True):
            if page is not None:
                pages[key] = self._pages[key] = ids_on(page)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return found[: len(keys)]

    def _of_each(self, cards: Sequence[Card], pages: Mapping[Key, list[str]]) -> list[list[str]]:
        """The page of each card. Raises _PageGone."""
        try:
            return [pages[card.page_key(self._store)] for card in cards]
        except KeyError as key:
            raise _PageGone(f"the page {key.args[0].name} of a deck is gone") from None


def draw(decks: Sequence[Deck], slug: str | None, rng: random.Random) -> list[Card]:
    """Cards for one game, easy to hard, no card twice. Pure. Raises NoSuchCategory, TooFewQuestions.

    What the category lacks of a difficulty comes from its neighbours: the nearest difficulty of the same
    category, then the other categories.
    """
    own = [deck for deck in decks if slug is None or deck.category.slug == slug]
    if slug is not None and not own:
        raise NoSuchCategory(slug)
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


def choose(
    cards: Sequence[Card], pages: Sequence[Sequence[str]], recent: Sequence[str], rng: random.Random
) -> list[str]:
    """The ids of the cards; what was asked lately is exchanged for another of its page. Pure.

    For one that was not; where all were, for one of those that are longest ago: so a small deck goes round.
    """
    hand = [page[card.number % PAGE_LENGTH] for card, page in zip(cards, pages, strict=True)]
    asked = {id: place for place, id in enumerate(recent)}
    for place, id in enumerate(hand):
        if id in asked:
            others = [other for other in pages[place] if other == id or other not in hand]
            hand[place] = rng.choice(_longest_ago(others, asked))
    return hand


def _longest_ago(ids: Sequence[str], asked: Mapping[str, int]) -> Sequence[str]:
    if never := [id for id in ids if id not in asked]:
        return never
    in_order = sorted(ids, key=lambda id: asked[id])
    return in_order[: -(-len(in_order) // 2)]


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
