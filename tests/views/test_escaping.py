from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from views.escaping import escaped, html


class Heading:
    def __html__(self) -> str:
        return "<h1>"


class Shouted(str):
    def __str__(self) -> str:
        return self.upper()


texts = st.text(st.sampled_from("<>&'\"aé🟩")) | st.text()
anything = st.one_of(
    *(texts, texts.map(Markup), texts.map(Shouted), texts.map(html)),
    *(st.integers(), st.booleans(), st.floats(), st.none(), st.lists(texts), st.just(Heading())),
)


@given(anything)
def test_anything_is_escaped_as_markupsafe_does(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


@given(texts)
def test_what_is_marked_as_html_is_not_escaped_again(text: str) -> None:
    assert html(text) == Markup(text)
    assert type(html(text)) is Markup
    assert escaped(html(text)) == text
