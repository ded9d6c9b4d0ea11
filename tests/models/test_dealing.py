import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import dealing, deck
from models.dealing import FRESH_FOR, HAND, Card, Dealer, NoSuchCategory, TooFewQuestions, draw
from models.deck import Deck, publish
from models.question import Category, Difficulty
from models.seeding import seed
from models.store import Store
from tests.builders import EASY, GEOGRAPHY, HARD, MEDIUM, MUSIC, START, a_bank, a_question

Counts = tuple[int, int, int]
A_MOMENT = timedelta(milliseconds=1)


def a_deck(slug: str, counts: Counts) -> Deck:
    return Deck(Category(slug, slug.title()), "v1", dict(zip(Difficulty, counts, strict=True)))


def drawn(cards: Iterable[Card]) -> Counts:
    numbers = Counter(card.difficulty for card in cards)
    return numbers[EASY], numbers[MEDIUM], numbers[HARD]


several_decks = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=4).map(
    lambda decks: [a_deck(f"category-{n}", counts) for n, counts in enumerate(decks)]
)


class Counting(Store):
    """A store that counts the round trips of its reads."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._client)
        self.lookups = self.queries = 0

    def get_many(self, keys):  # type: ignore[no-untyped-def]
        self.lookups += 1
        return super().get_many(keys)

    def query(self, *arguments, **options):  # type: ignore[no-untyped-def]
        self.queries += 1
        return super().query(*arguments, **options)

    def since(self, act: Callable[[], object]) -> tuple[int, int]:
        """Lookups and queries that `act` costs."""
        before = self.lookups, self.queries
        act()
        return self.lookups - before[0], self.queries - before[1]


@given(several_decks, st.booleans(), st.randoms(use_true_random=False))
def test_a_hand_is_ten_cards_that_exist_easy_to_hard_and_none_twice(
    decks: list[Deck], mix: bool, rng: random.Random
) -> None:
    category = None if mix else decks[0].category
    if sum(deck.size for deck in decks) < 10:
        with pytest.raises(TooFewQuestions):
            draw(decks, category, rng)
        return
    cards = draw(decks, category, rng)
    assert len(cards) == 10
    assert len({(card.deck.category, card.difficulty, card.number) for card in cards}) == 10
    assert all(card.deck in decks and 0 <= card.number < card.deck.counts[card.difficulty] for card in cards)
    order = [list(Difficulty).index(card.difficulty) for card in cards]
    assert order == sorted(order)


@given(several_decks, st.randoms(use_true_random=False))
def test_other_categories_help_only_when_the_own_one_is_used_up(
    decks: list[Deck], rng: random.Random
) -> None:
    own, *others = decks
    enough = [*others, a_deck("enough", (10, 10, 10))]
    cards = draw([own, *enough], own.category, rng)
    assert sum(card.deck == own for card in cards) == min(10, own.size)


@given(several_decks, st.booleans(), st.randoms(use_true_random=False))
def test_every_difficulty_gets_its_share_of_what_there_is_of_it(
    decks: list[Deck], mix: bool, rng: random.Random
) -> None:
    own = decks if mix else decks[:1]
    cards = draw([*decks, a_deck("enough", (10, 10, 10))], None if mix else own[0].category, rng)
    for difficulty, share in HAND.items():
        there = sum(deck.counts[difficulty] for deck in own)
        assert sum(card.difficulty == difficulty for card in cards) >= min(share, there)


@pytest.mark.parametrize(
    ("own", "hand"),
    [
        ((10, 10, 10), (3, 4, 3)),
        ((3, 4, 3), (3, 4, 3)),
        ((0, 10, 10), (0, 7, 3)),
        ((10, 0, 10), (7, 0, 3)),
        ((10, 10, 0), (3, 7, 0)),
        ((1, 10, 1), (1, 8, 1)),
        ((0, 5, 10), (0, 5, 5)),
        ((10, 5, 0), (5, 5, 0)),
        ((4, 0, 10), (4, 0, 6)),
        ((10, 0, 0), (10, 0, 0)),
        ((0, 10, 0), (0, 10, 0)),
        ((0, 0, 10), (0, 0, 10)),
    ],
)
def test_what_a_category_lacks_comes_from_its_nearest_difficulty(
    own: Counts, hand: Counts, rng: random.Random
) -> None:
    decks = [a_deck("own", own), a_deck("other", (10, 10, 10))]
    cards = draw(decks, decks[0].category, rng)
    assert drawn(cards) == hand
    assert {card.deck.category.slug for card in cards} == {"own"}


@pytest.mark.parametrize(
    ("own", "others", "from_own", "from_others"),
    [
        ((1, 1, 1), (10, 10, 10), (1, 1, 1), (2, 3, 2)),
        ((0, 0, 5), (10, 10, 10), (0, 0, 5), (1, 4, 0)),
        ((0, 9, 0), (10, 10, 10), (0, 9, 0), (0, 0, 1)),
        ((0, 0, 0), (10, 10, 10), (0, 0, 0), (3, 4, 3)),
        ((2, 4, 3), (0, 0, 9), (2, 4, 3), (0, 0, 1)),
    ],
)
def test_what_the_whole_category_lacks_comes_from_the_others(
    own: Counts, others: Counts, from_own: Counts, from_others: Counts, rng: random.Random
) -> None:
    decks = [a_deck("own", own), a_deck("other", others)]
    cards = draw(decks, decks[0].category, rng)
    assert drawn(card for card in cards if card.deck == decks[0]) == from_own
    assert drawn(card for card in cards if card.deck == decks[1]) == from_others


def test_nine_questions_are_too_few() -> None:
    with pytest.raises(TooFewQuestions, match="a game needs 10 questions, there are 9"):
        draw([a_deck("own", (3, 3, 3))], None, random.Random(7))


def test_without_decks_there_are_too_few_questions() -> None:
    with pytest.raises(TooFewQuestions):
        draw([], None, random.Random(7))


@pytest.mark.parametrize(
    ("difficulty", "counts", "of_each_hand"),
    [
        (MEDIUM, [(10, 3, 10), (10, 9, 10)], 4),
        (EASY, [(7, 10, 10), (0, 10, 10), (5, 10, 10)], 3),
        # The three hard cards that are lacking are medium ones, drawn after the first four.
        (MEDIUM, [(10, 12, 0)], 7),
    ],
)
def test_every_card_of_a_difficulty_is_as_likely_as_any_other(
    difficulty: Difficulty, counts: list[Counts], of_each_hand: int, rng: random.Random
) -> None:
    decks = [a_deck(f"category-{n}", some) for n, some in enumerate(counts)]
    hands = 3_000
    seen = Counter(
        (card.deck.category.slug, card.number)
        for _ in range(hands)
        for card in draw(decks, None, rng)
        if card.difficulty == difficulty
    )
    # Twelve cards: 11 degrees of freedom, where chi-square exceeds 31.3 once in a thousand.
    expected = hands * of_each_hand / 12
    assert len(seen) == 12
    assert sum((count - expected) ** 2 / expected for count in seen.values()) < 31.3


def test_the_same_chance_deals_the_same_questions(bank: Store) -> None:
    first, second = (Dealer(bank).deal(GEOGRAPHY, START, random.Random(5)) for _ in range(2))
    assert first == second


def test_dealt_are_ten_ids_of_the_category_easy_to_hard(bank: Store, rng: random.Random) -> None:
    ids = Dealer(bank).deal(GEOGRAPHY, START, rng)
    assert len(set(ids)) == 10
    assert [id.rsplit("-", 1)[0] for id in ids] == (
        ["geography-easy"] * 3 + ["geography-medium"] * 4 + ["geography-hard"] * 3
    )


def test_a_mix_is_dealt_from_all_categories(bank: Store, rng: random.Random) -> None:
    dealer = Dealer(bank)
    ids = {id for _ in range(50) for id in dealer.deal(None, START, rng)}
    assert ids == {question.id for question in a_bank()}


def test_every_question_of_a_deck_of_many_pages_can_be_dealt(
    store: Store, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deck, "PAGE_LENGTH", 2)
    monkeypatch.setattr(dealing, "PAGE_LENGTH", 2)
    monkeypatch.setattr(dealing, "PAGES_KEPT", 3)
    seed(store, a_bank(), START)
    dealer = Dealer(store)
    hands = [dealer.deal(None, START, rng) for _ in range(60)]
    assert {id for hand in hands for id in hand} == {question.id for question in a_bank()}
    assert all(len(set(hand)) == 10 for hand in hands)


def test_a_deal_costs_one_lookup_and_once_its_pages_are_there_nothing(
    bank: Store, rng: random.Random
) -> None:
    store = Counting(bank)
    dealer = Dealer(store)
    assert store.since(lambda: dealer.decks(START)) == (0, 1)
    assert store.since(lambda: dealer.deal(None, START, rng)) == (1, 0)
    dealer.deal(GEOGRAPHY, START, rng)
    dealer.deal(MUSIC, START, rng)
    assert store.since(lambda: [dealer.deal(None, START, rng) for _ in range(20)]) == (0, 0)


def test_of_many_pages_a_deal_reads_only_those_it_needs_and_at_once(store: Store, rng: random.Random) -> None:
    publish(store, GEOGRAPHY, {EASY: [f"e-{n}" for n in range(12_000)]})
    counting = Counting(store)
    dealer = Dealer(counting)
    dealer.decks(START)
    for _ in range(10):
        lookups, queries = counting.since(lambda: dealer.deal(GEOGRAPHY, START, rng))
        assert lookups <= 1
        assert queries == 0


def test_new_questions_are_in_play_after_thirty_seconds(bank: Store, rng: random.Random) -> None:
    store = Counting(bank)
    dealer = Dealer(store)
    dealer.decks(START)
    rivers = Category("rivers", "Rivers")
    seed(bank, a_bank((rivers,)), START)
    assert store.since(lambda: dealer.decks(START + FRESH_FOR)) == (0, 0)
    with pytest.raises(NoSuchCategory):
        dealer.category("rivers", START + FRESH_FOR)
    later = START + FRESH_FOR + A_MOMENT
    assert dealer.category("rivers", later) == rivers
    assert all(id.startswith("rivers-") for id in dealer.deal(rivers, later, rng))


def test_reading_the_decks_again_keeps_the_pages_that_did_not_change(bank: Store, rng: random.Random) -> None:
    store = Counting(bank)
    dealer = Dealer(store)
    dealer.deal(GEOGRAPHY, START, rng)
    later = START + 2 * FRESH_FOR
    assert store.since(lambda: dealer.deal(GEOGRAPHY, later, rng)) == (0, 1)


def test_the_first_questions_are_in_play_at_once(store: Store, rng: random.Random) -> None:
    dealer = Dealer(store)
    with pytest.raises(TooFewQuestions):
        dealer.deal(None, START, rng)
    seed(store, a_bank(), START)
    assert len(dealer.deal(None, START, rng)) == 10


def test_a_category_without_a_deck_is_not_there(bank: Store) -> None:
    with pytest.raises(NoSuchCategory):
        Dealer(bank).category("chess", START)


def test_decks_published_once_more_do_not_disturb_who_deals_from_those_before(
    bank: Store, rng: random.Random
) -> None:
    dealer = Dealer(bank)
    dealer.decks(START)
    seed(bank, [a_question("geography-new")], START)
    hands = [dealer.deal(GEOGRAPHY, START, rng) for _ in range(20)]
    assert "geography-new" not in {id for hand in hands for id in hand}


def test_decks_published_twice_within_thirty_seconds_are_read_at_once_when_the_old_pages_are_gone(
    bank: Store, rng: random.Random
) -> None:
    dealer = Dealer(bank)
    dealer.decks(START)
    for id in ("geography-new", "geography-newer"):
        seed(bank, [a_question(id)], START)
    hands = [dealer.deal(GEOGRAPHY, START, rng) for _ in range(20)]
    assert "geography-newer" in {id for hand in hands for id in hand}


def test_a_deck_whose_page_is_lost_has_too_few_questions(bank: Store, rng: random.Random) -> None:
    pages = bank.query("DeckPage", keys_only=True).entities
    bank.delete_many([page.key for page in pages])
    with pytest.raises(TooFewQuestions, match="is gone"):
        Dealer(bank).deal(GEOGRAPHY, START, rng)


def test_threads_may_share_a_dealer(bank: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "PAGES_KEPT", 1)
    dealer = Dealer(bank)
    hands: list[list[str]] = []

    def deal(number: int) -> None:
        rng = random.Random(number)
        hands.extend(dealer.deal(None, START + n * FRESH_FOR, rng) for n in range(10))

    threads = [threading.Thread(target=deal, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hands) == 40
    assert all(len(set(hand)) == 10 for hand in hands)
