import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import dealing, deck
from models.dealing import FRESH_FOR, HAND, Card, Dealer, NoSuchCategory, TooFewQuestions, choose, draw
from models.deck import Deck, publish
from models.question import Category, Difficulty
from models.seeding import seed
from models.store import Store
from tests.builders import EASY, GEOGRAPHY, HARD, MEDIUM, MUSIC, START, a_bank, a_question

Counts = tuple[int, int, int]
ADA = "ada"
RIVERS = Category("rivers", "Rivers")
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
    slug = None if mix else decks[0].category.slug
    if sum(deck.size for deck in decks) < 10:
        with pytest.raises(TooFewQuestions):
            draw(decks, slug, rng)
        return
    cards = draw(decks, slug, rng)
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
    cards = draw([own, *enough], own.category.slug, rng)
    assert sum(card.deck == own for card in cards) == min(10, own.size)


@given(several_decks, st.booleans(), st.randoms(use_true_random=False))
def test_every_difficulty_gets_its_share_of_what_there_is_of_it(
    decks: list[Deck], mix: bool, rng: random.Random
) -> None:
    own = decks if mix else decks[:1]
    cards = draw([*decks, a_deck("enough", (10, 10, 10))], None if mix else own[0].category.slug, rng)
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
    cards = draw(decks, decks[0].category.slug, rng)
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
    cards = draw(decks, decks[0].category.slug, rng)
    assert drawn(card for card in cards if card.deck == decks[0]) == from_own
    assert drawn(card for card in cards if card.deck == decks[1]) == from_others


def test_nine_questions_are_too_few() -> None:
    with pytest.raises(TooFewQuestions, match="a game needs 10 questions, there are 9"):
        draw([a_deck("own", (3, 3, 3))], None, random.Random(7))


def test_a_category_without_a_deck_is_not_there() -> None:
    with pytest.raises(NoSuchCategory):
        draw([a_deck("own", (10, 10, 10))], "chess", random.Random(7))


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


class TestWhatWasAskedLately:
    page = [f"q{n}" for n in range(10)]  # noqa: RUF012 - it never changes

    def chosen(self, recent: Sequence[str], rng: random.Random, cards: int = 3) -> list[str]:
        deck = a_deck("own", (10, 10, 10))
        hand = [Card(deck, EASY, number) for number in rng.sample(range(10), cards)]
        return choose(hand, [self.page] * cards, recent, rng)

    @given(st.lists(st.sampled_from(page), unique=True, max_size=7), st.randoms(use_true_random=False))
    def test_comes_only_when_there_is_nothing_else(self, recent: list[str], rng: random.Random) -> None:
        hand = self.chosen(recent, rng)
        assert len(set(hand)) == 3
        assert not set(hand) & set(recent)

    @given(st.permutations(page), st.randoms(use_true_random=False))
    def test_comes_by_how_long_ago_it_was_when_all_were_asked(
        self, recent: list[str], rng: random.Random
    ) -> None:
        hand = self.chosen(recent, rng)
        assert len(set(hand)) == 3
        assert not set(hand) & set(recent[6:])

    @given(st.lists(st.sampled_from(page), unique=True), st.randoms(use_true_random=False))
    def test_is_asked_again_rather_than_nothing(self, recent: list[str], rng: random.Random) -> None:
        assert sorted(self.chosen(recent, rng, cards=10)) == self.page

    def test_leaves_the_others_equally_likely(self, rng: random.Random) -> None:
        seen = Counter(id for _ in range(3_000) for id in self.chosen(["q0", "q1"], rng))
        expected = 3_000 * 3 / 8
        assert len(seen) == 8
        # Eight questions: 7 degrees of freedom, where chi-square exceeds 24.3 once in a thousand.
        assert sum((count - expected) ** 2 / expected for count in seen.values()) < 24.3


def test_the_same_chance_deals_the_same_questions(bank: Store) -> None:
    first, second = (Dealer(bank).deal("geography", ADA, START, random.Random(5)) for _ in range(2))
    assert first == second


def test_dealt_are_ten_ids_of_the_category_easy_to_hard(bank: Store, rng: random.Random) -> None:
    ids = Dealer(bank).deal("geography", ADA, START, rng).questions
    assert len(set(ids)) == 10
    assert [id.rsplit("-", 1)[0] for id in ids] == (
        ["geography-easy"] * 3 + ["geography-medium"] * 4 + ["geography-hard"] * 3
    )


def test_a_mix_is_dealt_from_all_categories(bank: Store, rng: random.Random) -> None:
    dealer = Dealer(bank)
    ids = {id for _ in range(50) for id in dealer.deal(None, ADA, START, rng).questions}
    assert ids == {question.id for question in a_bank()}


def test_a_player_meets_the_whole_category_before_anything_comes_again(
    bank: Store, rng: random.Random
) -> None:
    dealer = Dealer(bank)
    first = dealer.deal("geography", ADA, START, rng)
    bank.put_many([first.recent.asked(first.questions).to_entity(bank)])
    second = dealer.deal("geography", ADA, START, rng)
    assert second.recent.questions == tuple(first.questions)
    # Of five easy, five medium and five hard ones, three, four and three were asked.
    assert len(set(first.questions) & set(second.questions)) == 1 + 3 + 1
    assert not dealer.deal("geography", "grace", START, rng).recent.questions


def test_every_question_of_a_deck_of_many_pages_can_be_dealt(
    store: Store, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deck, "PAGE_LENGTH", 2)
    monkeypatch.setattr(dealing, "PAGE_LENGTH", 2)
    monkeypatch.setattr(dealing, "PAGES_KEPT", 3)
    seed(store, a_bank(), START)
    dealer = Dealer(store)
    hands = [dealer.deal(None, ADA, START, rng).questions for _ in range(60)]
    assert {id for hand in hands for id in hand} == {question.id for question in a_bank()}
    assert all(len(set(hand)) == 10 for hand in hands)


def test_a_deal_costs_one_lookup_and_no_query(bank: Store, rng: random.Random) -> None:
    store = Counting(bank)
    dealer = Dealer(store)
    assert store.since(lambda: dealer.deal(None, ADA, START, rng)) == (2, 0), "the manifest has to come first"
    for slug in (None, "geography", "music"):
        assert store.since(lambda slug=slug: dealer.deal(slug, ADA, START, rng)) == (1, 0)


def test_of_many_pages_a_deal_reads_only_those_it_needs_and_at_once(store: Store, rng: random.Random) -> None:
    publish(store, [], {GEOGRAPHY: {EASY: [f"e-{n}" for n in range(12_000)]}})
    counting = Counting(store)
    dealer = Dealer(counting)
    dealer.decks(START)
    for _ in range(10):
        assert counting.since(lambda: dealer.deal("geography", ADA, START, rng)) == (1, 0)


def test_pages_show_new_decks_after_thirty_seconds(bank: Store) -> None:
    store = Counting(bank)
    dealer = Dealer(store)
    assert len(dealer.decks(START)) == 2
    seed(bank, a_bank((RIVERS,)), START)
    assert store.since(lambda: dealer.decks(START + FRESH_FOR)) == (0, 0)
    assert len(dealer.decks(START + FRESH_FOR + A_MOMENT)) == 3


def test_new_questions_are_dealt_at_once(bank: Store, rng: random.Random) -> None:
    dealer = Dealer(bank)
    dealer.deal(None, ADA, START, rng)
    seed(bank, a_bank((RIVERS,)), START)
    assert all(id.startswith("rivers-") for id in dealer.deal("rivers", ADA, START, rng).questions)
    seed(bank, [a_question("geography-new")], START)
    hands = [dealer.deal("geography", ADA, START, rng).questions for _ in range(20)]
    assert "geography-new" in {id for hand in hands for id in hand}


def test_what_was_retired_is_dealt_no_more(bank: Store, rng: random.Random) -> None:
    dealer = Dealer(bank)
    dealer.deal(None, ADA, START, rng)
    seed(bank, a_bank((MUSIC,)), START, retire_missing_from="test")
    with pytest.raises(NoSuchCategory):
        dealer.deal("geography", ADA, START, rng)
    assert all(id.startswith("music-") for id in dealer.deal(None, ADA, START, rng).questions)


def test_the_first_questions_are_in_play_at_once(store: Store, rng: random.Random) -> None:
    dealer = Dealer(store)
    with pytest.raises(TooFewQuestions):
        dealer.deal(None, ADA, START, rng)
    seed(store, a_bank(), START)
    assert len(dealer.deal(None, ADA, START, rng).questions) == 10


def test_a_deck_whose_page_is_lost_has_too_few_questions(bank: Store, rng: random.Random) -> None:
    pages = bank.query("DeckPage", keys_only=True).entities
    bank.delete_many([page.key for page in pages])
    with pytest.raises(TooFewQuestions, match="is gone"):
        Dealer(bank).deal("geography", ADA, START, rng)


def test_threads_may_share_a_dealer(bank: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "PAGES_KEPT", 1)
    dealer = Dealer(bank)
    hands: list[Sequence[str]] = []

    def deal(number: int) -> None:
        rng = random.Random(number)
        hands.extend(dealer.deal(None, ADA, START, rng).questions for _ in range(10))

    threads = [threading.Thread(target=deal, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hands) == 40
    assert all(len(set(hand)) == 10 for hand in hands)
