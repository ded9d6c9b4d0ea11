import base64
import html
import json
import unicodedata
from collections.abc import Callable
from html.entities import codepoint2name
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import opentdb
from questions.record import Record, Refused, Skipped
from tests.questions.question_files import (
    AIKEN,
    CSV,
    GIFT,
    MOODLE_XML,
    OPENTDB,
    OWN_JSON,
    counted,
    damaged,
    in_one_folder,
    is_of_the_schema,
    written,
)

TEA = {
    "type": "multiple",
    "difficulty": "easy",
    "category": "Science & Nature",
    "question": 'Which drink is made from "café" beans & isn\'t tea?',
    "correct_answer": "Coffee",
    "incorrect_answers": ["Cocoa", "Maté", "50% rock + rye"],
}
ROME = {
    "type": "boolean",
    "difficulty": "hard",
    "category": "History",
    "question": "Rome was built in a day.",
    "correct_answer": "False",
    "incorrect_answers": ["True"],
}


def in_entities(text: str) -> str:
    """As the API does by default: quotes by number, letters by name."""
    text = html.escape(text).replace("&#x27;", "&#039;")
    return "".join(
        f"&{codepoint2name[ord(letter)]};"
        if letter not in '&"<>' and ord(letter) in codepoint2name
        else letter
        for letter in text
    )


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_url3986(text: str) -> str:
    return quote(text, safe="")


ENCODINGS = [in_entities, in_base64, quote_plus, in_url3986]


def encoded(result: dict[str, Any], encoding: Callable[[str], str]) -> dict[str, Any]:
    return {
        name: [encoding(text) for text in value] if isinstance(value, list) else encoding(value)
        for name, value in result.items()
    }


def read(folder: Path, content: Any) -> list[Record | Skipped | Refused]:
    data = content if isinstance(content, str | bytes) else json.dumps(content)
    return list(opentdb.read(written(folder, data)))


def fields(folder: Path, content: Any) -> list[dict[str, Any]]:
    return [item.fields for item in read(folder, content) if isinstance(item, Record)]


def envelope(*results: Any) -> dict[str, Any]:
    return {"response_code": 0, "results": list(results)}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_question_is_read_in_each_encoding(tmp_path: Path, encoding: Callable[[str], str]) -> None:
    content = envelope(encoded(TEA, encoding), encoded(ROME, encoding))
    path = tmp_path / "world-history.txt"
    assert read(tmp_path, content) == [
        Record(
            f'{path}, question 1 (Which drink is made from "café" beans & isn\'t tea?)',
            ("science-nature", "Science & Nature"),
            {
                "type": "single",
                "difficulty": "easy",
                "prompt": 'Which drink is made from "café" beans & isn\'t tea?',
                "choices": ["Coffee", "Cocoa", "Maté", "50% rock + rye"],
                "answer": "Coffee",
            },
        ),
        Record(
            f"{path}, question 2 (Rome was built in a day.)",
            ("history", "History"),
            {"type": "boolean", "difficulty": "hard", "prompt": "Rome was built in a day.", "answer": False},
        ),
    ]


def test_of_a_realistic_file_every_question_is_played() -> None:
    items = list(opentdb.read(OPENTDB))
    assert counted(iter(items)) == (10, 0, 0)
    assert all(is_of_the_schema(item) for item in items if isinstance(item, Record))


def test_what_is_encoded_is_decoded_exactly_once() -> None:
    records = [item for item in opentdb.read(OPENTDB) if isinstance(item, Record)]
    assert records[2].fields["prompt"] == "Which HTML entity is written &amp;amp; in a page's source?"
    assert records[2].fields["choices"] == ["&amp;", "&lt;", "&gt;", "&nbsp;"]


@pytest.mark.parametrize("encoding", ENCODINGS[1:])
def test_what_is_not_encoded_with_entities_keeps_them(tmp_path: Path, encoding: Callable[[str], str]) -> None:
    [found] = fields(tmp_path, [encoded(TEA | {"question": "What is &amp; in HTML?"}, encoding)])
    assert found["prompt"] == "What is &amp; in HTML?"


def test_stray_spaces_and_invisible_marks_are_dropped() -> None:
    records = [item for item in opentdb.read(OPENTDB) if isinstance(item, Record)]
    assert records[3].fields["choices"] == ["Écharpe", "Crucifixion", "Chapeau", "Gant"]
    assert records[3].fields["answer"] == "Écharpe"


def test_letters_are_composed_and_what_joins_them_stays(tmp_path: Path) -> None:
    [found] = fields(tmp_path, [TEA | {"question": "Cafe\u0301 \u200b👩\u200d🔬 or not?"}])
    assert found["prompt"] == "Café 👩\u200d🔬 or not?"


def test_percent_and_plus_signs_of_a_plain_text_stay(tmp_path: Path) -> None:
    [found] = fields(tmp_path, [TEA | {"question": "Is %20 of 1+1 much?", "correct_answer": "a+b%41"}])
    assert (found["prompt"], found["answer"]) == ("Is %20 of 1+1 much?", "a+b%41")


def test_a_category_keeps_its_whole_name_and_an_unescaped_ampersand(tmp_path: Path) -> None:
    [item] = read(tmp_path, [TEA | {"category": "Entertainment: Anime & Manga"}])
    assert isinstance(item, Record)
    assert item.category == ("entertainment-anime-manga", "Entertainment: Anime & Manga")


def test_the_bare_list_and_the_envelope_are_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, [TEA, ROME]) == read(tmp_path, envelope(TEA, ROME))
    assert read(tmp_path, [TEA, ROME]) == read(tmp_path, {"results": [TEA, ROME]})


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert len(fields(tmp_path, b"\xef\xbb\xbf" + json.dumps([TEA]).encode())) == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"response_code": 1, "results": []}, "response_code is not 0: there were not enough questions"),
        ({"response_code": 2, "results": []}, "response_code is not 0: a parameter of the request"),
        ({"response_code": 3, "results": []}, "response_code is not 0: the session token is not known"),
        ({"response_code": 4, "results": []}, "response_code is not 0: the session token has given all"),
        ({"response_code": 5, "results": []}, "response_code is not 0: there were too many requests"),
        ({"response_code": [9], "results": [TEA]}, "response_code is not 0: what it is, opentdb.com does"),
        ({"response_code": 0}, "neither an object with a list named results nor such a list alone"),
        ({"response_code": 0, "results": {}}, "neither an object with a list named results"),
        (7, "neither an object with a list named results"),
        (envelope(), "there is no question in it"),
        ([], "there is no question in it"),
        ("", "not JSON at line 1, column 1: Expecting value"),
        ('[\n{"type":}]', "not JSON at line 2, column 9: Expecting value"),
        ('{"results": [], "results": []}', "a field is there twice in one object, among 'results'"),
        ('{"a": [' + "9" * 5_000 + "]}", "Exceeds the limit (4300 digits)"),
        ("[" * 100_000, "nested too deeply"),
        (b"[\n\xff\xfe\x81]", "line 2: neither UTF-8 nor cp1252"),
    ],
)
def test_a_file_that_is_none_is_refused_once(tmp_path: Path, content: Any, fault: str) -> None:
    [item] = read(tmp_path, content)
    assert isinstance(item, Refused)
    assert item.place == str(tmp_path / "world-history.txt")
    assert item.faults[0].startswith(fault)


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (7, "a question must be an object"),
        (TEA | {"question": None}, "question must be there, as a string"),
        ({name: TEA[name] for name in TEA if name != "difficulty"}, "difficulty must be there, as a string"),
        (TEA | {"incorrect_answers": "Cocoa"}, "incorrect_answers must be there, as a list of strings"),
        (TEA | {"incorrect_answers": ["Cocoa", 1]}, "incorrect_answers must be there, as a list of strings"),
        (TEA | {"type": "bXVsdGlwbGU="}, "the type is in base64, and this is not: 'Science & Nature'"),
        (
            encoded(TEA, in_base64) | {"question": in_base64("é")[:-1]},
            "the type is in base64, and this is not: 'w6k'",
        ),
        (encoded(TEA, quote_plus) | {"question": "caf%E9"}, "percent-encoded, but not as UTF-8: 'caf%E9'"),
        (TEA | {"question": "half \ud800"}, "half of a surrogate pair is no character: 'half \\ud800'"),
        (ROME | {"correct_answer": "No"}, "the answers must be True and False, not ['No', 'True']"),
        (
            ROME | {"incorrect_answers": ["False"]},
            "the answers must be True and False, not ['False', 'False']",
        ),
    ],
)
def test_a_broken_question_is_refused_and_the_others_are_read(
    tmp_path: Path, result: Any, fault: str
) -> None:
    refused, played = read(tmp_path, envelope(result, ROME))
    assert isinstance(refused, Refused)
    assert refused.faults == (fault,)
    assert refused.place.startswith(f"{tmp_path / 'world-history.txt'}, question 1")
    assert refused.place.encode()
    assert isinstance(played, Record)


def test_all_faults_of_a_question_are_found_at_once(tmp_path: Path) -> None:
    [item] = read(tmp_path, [{}])
    assert isinstance(item, Refused)
    assert len(item.faults) == 6


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (TEA | {"type": "essay"}, "a question of the type 'essay'"),
        (TEA | {"incorrect_answers": list("abcdef")}, "7 choices, of which 6 at most can be shown"),
    ],
)
def test_what_cannot_be_played_is_skipped(tmp_path: Path, result: Any, why: str) -> None:
    [item] = read(tmp_path, [result])
    assert isinstance(item, Skipped)
    assert item.why == why


@pytest.mark.parametrize(
    "content",
    [
        OPENTDB.read_text(),
        json.dumps([TEA]),
        json.dumps({"response_code": 5, "results": []}),
        "\n [" + json.dumps(TEA),
    ],
)
def test_it_is_recognised_by_its_content(content: str) -> None:
    assert opentdb.recognises(content)


@pytest.mark.parametrize("content", ["", AIKEN.read_text(), GIFT.read_text(), OWN_JSON, CSV, MOODLE_XML])
def test_other_formats_are_not_claimed(content: str) -> None:
    assert not opentdb.recognises(content)


@in_one_folder
@given(damaged(OPENTDB.read_text()))
def test_each_question_of_a_damaged_file_is_one_item(tmp_path: Path, content: str) -> None:
    items = read(tmp_path, content)
    if any(item.place == str(tmp_path / "world-history.txt") for item in items):
        assert len(items) == 1
    else:
        assert len(items) == len(json.loads(content)["results"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@in_one_folder
@given(
    st.lists(
        json_values | st.builds(lambda name, value: TEA | {name: value}, st.sampled_from([*TEA]), json_values)
    )
)
def test_whatever_a_question_is_it_is_one_item(tmp_path: Path, results: list[Any]) -> None:
    assert len(read(tmp_path, envelope(*results))) == max(1, len(results))


@in_one_folder
@given(st.binary(max_size=200))
def test_no_bytes_make_an_error(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content)


texts = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" &%+;"), min_size=1
    )
    .map(lambda text: unicodedata.normalize("NFC", text).strip())
    .filter(bool)
)
results = st.fixed_dictionaries(
    {
        "type": st.just("multiple"),
        "difficulty": st.sampled_from(["easy", "medium", "hard"]),
        # With a space: what has none anywhere may be percent-encoded or not.
        "category": texts.map(lambda text: f"About {text}"),
        "question": texts,
        "correct_answer": texts,
        "incorrect_answers": st.lists(texts, min_size=3, max_size=3),
    }
)


@in_one_folder
@given(st.lists(results, min_size=1, max_size=3), st.sampled_from(ENCODINGS))
def test_what_is_written_is_read(
    tmp_path: Path, results: list[dict[str, Any]], encoding: Callable[[str], str]
) -> None:
    records = [
        item
        for item in read(tmp_path, envelope(*(encoded(result, encoding) for result in results)))
        if isinstance(item, Record)
    ]
    assert [(record.category[1], record.fields) for record in records] == [
        (
            " ".join(result["category"].split()),
            {
                "type": "single",
                "difficulty": result["difficulty"],
                "prompt": result["question"],
                "choices": [result["correct_answer"], *result["incorrect_answers"]],
                "answer": result["correct_answer"],
            },
        )
        for result in results
    ]
