import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.numeral import NUMERAL_LENGTH, read_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1500", 1500),
        (" 1500 ", 1500),
        ("1,500", 1500),
        ("1,500,000", 1_500_000),
        ("1.500.000", 1_500_000),
        ("1 500 000", 1_500_000),
        ("1\u00a0500", 1500),
        ("1’500", 1500),
        ("1_500", 1500),
        ("1.500", 1.5),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("2,50", 2.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("-4", -4),
        ("−4", -4),
        ("+4", 4),
        (".5", 0.5),
        ("5.", 5),
        ("0", 0),
        ("٣", 3),
        ("١٥٣٥", 1535),
        ("۱۵۳۵", 1535),
        ("१५३५", 1535),
        ("١٬٥٠٠", 1500),
        ("٢٫٥", 2.5),
        ("1535\u200e", 1535),
        ("５", 5),
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed: str, number: float) -> None:
    read = read_number(typed)
    assert read == number
    assert type(read) is type(number)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x", "5 km", "1,2,3", "1.2.3", "1e5", "nan", "inf", "--4", "4-", "1 5", "½", "0x10", "9" * 41],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


@given(st.integers(-(10**15), 10**15))
def test_every_whole_number_is_read_as_it_is_written(number: int) -> None:
    assert read_number(str(number)) == number
    assert read_number(f"{number:,}") == number
    assert read_number(f"{number:,}".replace(",", " ")) == number


@given(st.text(max_size=NUMERAL_LENGTH + 5))
def test_no_text_is_too_strange(typed: str) -> None:
    read_number(typed)
