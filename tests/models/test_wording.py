import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.wording import FORGIVING_LENGTH, has_words, is_one_of

words = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x24F), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ("lima", "Lima"),
        ("  LIMA ", "Lima"),
        ("Bogota", "Bogotá"),
        ("bogotá", "Bogota"),
        ("the beatles", "The Beatles"),
        ("beatles", "The Beatles"),
        ("Lord of Rings", "The Lord of the Rings"),
        ("new york", "New York"),
        ("newyork", "New York"),
        ("e mail", "e-mail"),
        ("email", "e-mail"),
        ("obrien", "O’Brien"),
        ("O'Brien", "O’Brien"),
        ("USA", "U.S.A."),
        ("tom & jerry", "Tom and Jerry"),
        ("strasse", "Straße"),
        ("Kobenhavn", "København"),
        ("Lodz", "Łódź"),
        ("CO2", "CO₂"),
        ("m2", "m²"),
        ("Ｌｉｍａ", "Lima"),
        ("Αθηνα", "Αθήνα"),
        ("еж", "ёж"),
        ("שלום", "שָׁלוֹם"),
        ("vitamin a", "Vitamin A"),
        ("a", "A"),
        ("c#", "C#"),
        ("What?", "what"),
    ],
)
def test_what_does_not_matter_does_not_matter(typed: str, accepted: str) -> None:
    assert is_one_of(typed, [accepted])


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ("", "Lima"),
        ("   ", "Lima"),
        ("?", "Lima"),
        ("Quito", "Lima"),
        ("Lim", "Lima"),
        ("Lina", "Lima"),
        ("vitamin", "Vitamin A"),
        ("vitamin B", "Vitamin A"),
        ("C", "C#"),
        ("C++", "C#"),
        ("1916", "1915"),
        ("boeing747", "boeing737"),
        ("100000", "100001"),
        ("か", "が"),
        ("the", "The Beatles"),
        ("Mississippi river", "Mississippi"),
        ("Shakespear e", "Shakespeares"),
    ],
)
def test_another_thing_is_another_thing(typed: str, accepted: str) -> None:
    assert not is_one_of(typed, [accepted])


@pytest.mark.parametrize("slip", ["Shakespear", "Shakespeare", "Shakespaere", "Shakespearre", "Shokespeare"])
def test_one_slip_in_a_long_word_is_forgiven(slip: str) -> None:
    assert is_one_of(slip, ["Shakespeare"])
    assert is_one_of(f"william {slip}", ["William Shakespeare"])


@pytest.mark.parametrize("slips", ["Shakespaer", "Shakspear", "Shekaspeare", "Skahespeaer"])
def test_two_slips_are_not(slips: str) -> None:
    assert not is_one_of(slips, ["Shakespeare"])


def test_any_of_the_alternatives_will_do() -> None:
    assert is_one_of("everest", ["Mount Everest", "Everest", "Chomolungma"])


@given(words, st.integers(0, 11), st.sampled_from("qxz"))
def test_a_slip_counts_from_six_letters_on(word: str, place: int, letter: str) -> None:
    slipped = word[:place] + letter + word[place + 1 :]
    plain = "".join(character for character in word if character.isascii())
    if plain == word and place < len(word) and slipped.casefold() != word.casefold():
        assert is_one_of(slipped, [word]) == (len(word) >= FORGIVING_LENGTH)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_can_be_compared_either_way_round(one: str, other: str) -> None:
    assert is_one_of(one, [one]) == has_words(one)
    if is_one_of(one, [other]):
        assert has_words(one)
        assert has_words(other)
