import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import markup
from questions.formats.markup import Unplayable, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("What is 1 &lt; 2?", "What is 1 < 2?"),
        ("Is 1 < 2, and 2 > 1?", "Is 1 < 2, and 2 > 1?"),
        ("x<y", "x<y"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("caf&eacute; &#233; &#xE9; &quot;&#039;&rsquo;", "café é é \"'’"),
        ("Which entity is &amp;amp;?", "Which entity is &amp;?"),
        ("Which tag is &lt;b&gt;?", "Which tag is <b>?"),
        ("10&nbsp;km &nbsp; away", "10 km away"),
        ("Donau&shy;dampf&#8203;schiff", "Donaudampfschiff"),
    ],
)
def test_entities_are_decoded_exactly_once(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ('<p dir="ltr" style="text-align: left;">One<br></p>\r\n<p><br></p>\n', "One"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("Fruit:<ul><li>Apple</li><li>Pear</li></ul>Choose.", "Fruit:\nApple\nPear\nChoose."),
        ("<ol><li>Apple<li>Pear</ol>", "1. Apple\n2. Pear"),
        ("<ol><li>A<ul><li>a</li></ul></li><li>B</li></ol>", "1. A\na\n2. B"),
        ("  One \n\t two ", "One two"),
        ("<b>b</b><i>ol</i><span>d</span>", "bold"),
        ("<pre>if x:\n    y = 1\n</pre>", "if x:\n    y = 1"),
        ("<pre><code>\ta  b</code></pre>a  b", "a  b\na b"),
        ("He said <q>no</q>.", "He said “no”."),
    ],
)
def test_blocks_become_lines_and_spaces_are_gathered(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>3</sup>", "10³"),
        ("10<sup>-3</sup> m", "10⁻³ m"),
        ("10<sup>−12</sup>", "10⁻¹²"),
        ("H<sub>2</sub>SO<sub>4</sub>", "H₂SO₄"),
        ("x<sup>n+1</sup>", "xⁿ⁺¹"),
        ("x<sup>1/2</sup>", "x^(1/2)"),
        ("x<sup>n + 1</sup>", "x^(n + 1)"),
        ("log<sub>B</sub>", "log_(B)"),
        ("2<sup>3<sup>2</sup></sup>", "2^(3²)"),
        ("<sup><b>1</b>4</sup>C", "¹⁴C"),
        ("x<sup>2", "x²"),
        ("x<sup></sup>y", "xy"),
        ("x</sup>y</sub>", "xy"),
        ("x<sup>2<sub>3</sup>4</sub>", "x^(2₃)4"),
    ],
)
def test_what_is_raised_or_lowered_never_stands_on_the_line(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "Yes<script>alert('<p>no</p>')</script>",
        "<style>p { color: red }</style>Yes",
        "<!-- no -->Yes<!-- <p>no</p> -->",
        "<html><head><title>No</title><meta charset='x'></head><body>Yes</body></html>",
        "<?xml:namespace prefix = o />Yes<o:p></o:p>",
    ],
)
def test_what_no_reader_sees_is_left_out(html: str) -> None:
    assert plain(html) == "Yes"


def test_the_address_of_a_link_is_kept() -> None:
    assert plain('See <a href="https://a.example/b">here</a>.') == "See here (https://a.example/b)."
    assert plain('See <a href="https://a.example">a.example</a>.') == "See a.example."
    assert plain('<a name="x">Here</a>') == "Here"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ('<p>Who? <img src="@@PLUGINFILE@@/a.png" alt="A face"></p>', "a picture"),
        ("<IMG SRC='data:image/png;base64,AAAA'>", "a picture"),
        ("<svg><path d='M0'/></svg>", "a picture"),
        ("<table><tr><td>1</td></tr></table>", "a table"),
        ("<audio controls><source src='a.mp3'></audio>", "audio"),
        ("<video src='a.mp4'></video>", "video"),
        ("<iframe src='https://a.example'></iframe>", "an embedded object"),
        ("<object data='a.swf'></object>", "an embedded object"),
        ("<math><mi>x</mi></math>", "MathML"),
        (r"<p>Solve \(x^2 = 4\).</p>", "LaTeX"),
        (r"\[ \frac12 \]", "LaTeX"),
        ("$$x$$", "LaTeX"),
        ("$<b>$x$</b>$", "LaTeX"),
        (r"\begin{align}x\end{align}", "LaTeX"),
        ("[tex]x[/tex]", "LaTeX"),
        ("<del>5</del> 6", "struck-out text"),
        ("<ol start='3'><li>A</li></ol>", "a list with numbers of its own"),
        ("<ol><li value='3'>A</li></ol>", "a list with numbers of its own"),
        ("<ol type='a'><li>A</li></ol>", "a list with numbers of its own"),
        ("<a href='@@PLUGINFILE@@/a.pdf'>A</a>", "a link to a file"),
        ("<input type='text'>", "a form"),
        ("if x<y and y>z", "the element <y>"),
        ("if a<b and c>d", "the element <b and>"),
        ("<![CDATA[x]]>", "the declaration <![CDATA[x"),
        ("<sup>" * 101, "more than 100 elements in one another"),
        ("x" * 50_001, "a text of more than 50000 characters"),
    ],
)
def test_what_plain_text_cannot_say_is_named(html: str, reason: str) -> None:
    with pytest.raises(Unplayable) as raised:
        plain(html)
    assert str(raised.value) == reason


@pytest.mark.parametrize("text", [r"\( opens a group", "It costs $5 or $$", "[tex] x", r"C:\[x"])
def test_half_a_formula_is_text(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!--",
        "<a",
        "<![",
        "<!",
        "&",
        "</",
        "<p",
        "<?",
        "<a b='",
        "<a b=",
        "a=",
        "a ",
        "\\(",
        " <b ",
        "$$",
        "&#",
    ],
)
def test_hostile_markup_takes_no_time(piece: str) -> None:
    start = time.process_time()
    for end in ("", ">", "-->"):
        with contextlib.suppress(Unplayable):
            plain(piece * (markup.MARKUP_LENGTH // len(piece) - 1) + end)
    assert time.process_time() - start < 2


TAGS = ["p", "br", "sup", "sub", "li", "ol", "ul", "pre", "script", "a", "q", "img", "math"]
SIGNS = [
    "<!--",
    "-->",
    "<![",
    "<!",
    "<?",
    ">",
    "<",
    "&amp;",
    "&#0;",
    "&#xD800;",
    "&#9999999999;",
    "\\(",
    "\\)",
]
pieces = st.sampled_from([*SIGNS, *(f"{start}{tag}>" for tag in TAGS for start in ("<", "</"))])


@given(st.lists(pieces | st.text(max_size=5)).map("".join))
def test_whatever_the_markup_is_there_is_text_or_a_reason(html: str) -> None:
    with contextlib.suppress(Unplayable):
        assert "\n\n" not in plain(html)


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\u00ad\u200b\ufeff\\$[<&")
    )
)
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert plain(text) == text
