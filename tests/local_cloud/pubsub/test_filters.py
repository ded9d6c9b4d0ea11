"""The filter language, against a plain evaluator of the same expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.faults import Fault
from local_cloud.pubsub.filters import compile_filter

Attributes = Mapping[str, str]
Case = tuple[str, Callable[[Attributes], bool]]

KEYS = ["type", "ce-type", "a_1", "two words", 'quo"te', "AND"]
VALUES = ["", "game", "game.finished", "ünï", 'say "hi"', "back\\slash"]


def literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def key_text(key: str) -> str:
    return key if key in KEYS[:3] else literal(key)


def leaf(kind: str, key: str, value: str) -> Case:
    name = key_text(key)
    cases: dict[str, Case] = {
        "has": (f"attributes:{name}", lambda a: key in a),
        "equal": (f"attributes.{name} = {literal(value)}", lambda a: key in a and a[key] == value),
        "differs": (f"attributes.{name}!={literal(value)}", lambda a: key not in a or a[key] != value),
        "prefix": (
            f"hasPrefix( attributes.{name},{literal(value)} )",
            lambda a: key in a and a[key].startswith(value),
        ),
    }
    return cases[kind]


def negate(sign: str, case: Case) -> Case:
    return f"{sign}({case[0]})", lambda a: not case[1](a)


def combine(operator: str, cases: list[Case]) -> Case:
    text = f" {operator} ".join(f"({text})" for text, _ in cases)
    return text, lambda a: (all if operator == "AND" else any)(test(a) for _, test in cases)


leaves = st.builds(
    leaf,
    st.sampled_from(["has", "equal", "differs", "prefix"]),
    st.sampled_from(KEYS),
    st.sampled_from(VALUES),
)
expressions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(negate, st.sampled_from(["NOT ", "-"]), inner)
        | st.builds(combine, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=4,
).filter(lambda case: len(case[0].encode()) <= 256)


@given(expressions, st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_a_filter_means_what_it_says(case: Case, attributes: dict[str, str]) -> None:
    text, test = case
    assert compile_filter(text)(attributes) is test(attributes)


@given(st.text(alphabet='attributes.:="!()-,\\ xANDORNOThasPrefix', max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    with suppress(Fault):
        assert compile_filter(text)({"x": "y"}) in (True, False)


@pytest.mark.parametrize(
    ("text", "attributes", "matches"),
    [
        ("", {}, True),
        ('NOT attributes.a = "1" AND attributes:b', {"b": ""}, True),
        ('attributes:a AND attributes:b AND NOT attributes.c = "x"', {"a": "", "b": ""}, True),
        ('attributes:a AND (attributes.b = "1" OR attributes.b = "2")', {"a": "", "b": "2"}, True),
        ('attributes."iana.org/language_tag" = "en"', {"iana.org/language_tag": "en"}, True),
        (r'attributes.a = "\u00fc\x41\101\n"', {"a": "üAA\n"}, True),
        ("attributes:a\n\tAND attributes:b", {"a": ""}, False),
        ('attributes.A = "x"', {"a": "x"}, False),
    ],
)
def test_examples(text: str, attributes: dict[str, str], matches: bool) -> None:
    assert compile_filter(text)(attributes) is matches


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "attributes",
        "attributes.a",
        "attributes.a = b",
        "attributes.a = 'b'",
        'attributes.a == "b"',
        'attributes.a > "b"',
        "attributes:",
        'attributes.a = "b',
        'attributes.a = "b" AND',
        'attributes.a = "b" and attributes:c',
        'attributes.a = "b" attributes:c',
        '(attributes.a = "b"',
        'attributes.a = "b")',
        "NOT",
        'hasPrefix(attributes:a, "b")',
        'hasPrefix(attributes.a "b")',
        'hasSuffix(attributes.a, "b")',
        'data = "x"',
        "attributes:a AND attributes:b OR attributes:c",
        r'attributes.a = "\q"',
        r'attributes.a = "\UFFFFFFFF"',
        "attributes.NOT:x",
        'attributes.a.b = "x"',
    ],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(Fault) as fault:
        compile_filter(text)
    assert fault.value.code.name == "INVALID_ARGUMENT"


def test_a_filter_has_at_most_256_bytes() -> None:
    compile_filter(f'attributes.a = "{"x" * 239}"')
    with pytest.raises(Fault, match="256 bytes"):
        compile_filter(f'attributes.a = "{"ü" * 120}"')
