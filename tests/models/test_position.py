import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.event import Event
from models.position import Position
from tests.events.builders import NOON
from tests.events.test_stream import IDS, MOMENTS, at


class TestAPosition:
    @given(one=st.builds(at, MOMENTS, IDS), other=st.builds(at, MOMENTS, IDS))
    def test_orders_as_its_text_does(self, one: Event, other: Event) -> None:
        here, there = Position.of(one), Position.of(other)
        assert (here < there) == (str(here) < str(there)) == ((one.time, one.id) < (other.time, other.id))

    @given(st.builds(at, MOMENTS, IDS))
    def test_comes_back_from_its_text_and_from_the_name_of_a_key(self, event: Event) -> None:
        position = Position.of(event)
        assert Position.from_text(str(position)) == position
        assert Position.from_key_name(event.key_name) == position
        assert position.time == event.time

    def test_at_the_start_is_before_all_others(self) -> None:
        assert Position.from_text(str(Position.START)) == Position.START
        assert Position.START < Position.before(NOON) < Position.of(at(NOON, "a"))

    @pytest.mark.parametrize("text", ["", "yesterday", "-"])
    def test_is_not_made_of_any_text(self, text: str) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            Position.from_text(text)
