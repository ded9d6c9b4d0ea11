import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions import reading
from questions.formats import text
from questions.record import Record, Refused

GOOD_QUESTION = {
    "id": "capital-of-peru",
    "type": "single",
    "difficulty": "easy",
    "prompt": "What is the capital of Peru?",
    "choices": ["Lima", "Quito", "Bogotá", "La Paz"],
    "answer": "Lima",
    "explanation": "Lima has been the capital since 1535.",
    "source": "An atlas",
    "time_limit_seconds": 20,
}
GOOD_STATEMENT = {
    "type": "boolean",
    "difficulty": "hard",
    "prompt": "Lake Titicaca is in Peru only.",
    "answer": False,
}
GOOD_FILE = {
    "$schema": "../question-file.schema.json",
    "category": {"slug": "south-america", "name": "South America"},
    "questions": [GOOD_QUESTION, GOOD_STATEMENT],
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "file.json"
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(data)
    return path


def read(path: Path) -> tuple[list[Record], list[Refused]]:
    items = list(reading.read(path, "json"))
    records = [item for item in items if isinstance(item, Record)]
    refused = [item for item in items if isinstance(item, Refused)]
    assert len(records) + len(refused) == len(items)
    return records, refused


def faults_of(folder: Path, content: Any) -> list[str]:
    """What is wrong with the file, its path left out."""
    _, refused = read(written(folder, content))
    said = [f"{item.place}: {fault}" for item in refused for fault in item.faults]
    return [fault.removeprefix(str(folder / "file.json")) for fault in said]


def a_file(*questions: Any, **changes: Any) -> dict[str, Any]:
    return GOOD_FILE | {"questions": list(questions)} | changes


def changed(**changes: Any) -> dict[str, Any]:
    """The good question with other fields; None takes one away."""
    fields = GOOD_QUESTION | changes
    return {name: value for name, value in fields.items() if value is not None}


def test_a_good_file_is_read_with_the_place_of_each_question(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD_FILE)
    category = ("south-america", "South America")
    assert read(path) == (
        [
            Record(f"{path}, question 1 (capital-of-peru)", category, GOOD_QUESTION),
            Record(f"{path}, question 2 (Lake Titicaca is in Peru only.)", category, GOOD_STATEMENT),
        ],
        [],
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_that_can_be_told_is_read(tmp_path: Path, encoding: str) -> None:
    content = json.dumps(GOOD_FILE, ensure_ascii=False).encode(encoding)
    records, faults = read(written(tmp_path, content))
    assert [record.fields for record in records] == [GOOD_QUESTION, GOOD_STATEMENT]
    assert faults == []


def test_it_is_recognised_by_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(json.dumps(GOOD_FILE))
    assert len(list(reading.read(path))) == 2


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", ": not JSON at line 1, column 1: Expecting value"),
        (b'{\n  "category": {},\n  "questions": [,]\n}', ": not JSON at line 3, column 17: Expecting value"),
        (b"slug,name\n", ": not JSON at line 1, column 1: Expecting value"),
        ('{"a": "é"}\n'.encode() + b"\xe9", ": line 2: not UTF-8, though the rest is: byte 0xe9"),
        (b'{"a": 1}\0', ": line 1: not text: it has a zero byte"),
        (b'{"a": 1, "b": 2, "a": 3}', ": the field 'a' is there twice in one object"),
        (
            b'{"questions": [{"id": "capital-of-peru", "answer": "Lima", "answer": "Quito"}]}',
            ": the field 'answer' is there twice in one object (capital-of-peru)",
        ),
        (b"[" * 100_000, ": nested too deeply"),
        (b'{"questions": [' + b"9" * 5_000 + b"]}", ": Exceeds the limit (4300 digits)"),
    ],
)
def test_what_cannot_be_read_is_one_fault_that_says_where(tmp_path: Path, content: bytes, fault: str) -> None:
    [said] = faults_of(tmp_path, content)
    assert said.startswith(fault)


@pytest.mark.parametrize("depth", [50, 200, 400, 600, 800, 900, 950, 1_000, 5_000, 50_000])
@pytest.mark.parametrize("field", ["prompt", "choices", "id", "hint"])
def test_no_depth_is_too_much_to_be_answered_with_a_fault(tmp_path: Path, depth: int, field: str) -> None:
    deep = json.dumps(a_file(changed(**{field: "HERE"}))).replace('"HERE"', "[" * depth + "]" * depth)
    records, faults = read(written(tmp_path, deep.encode()))
    assert records == []
    assert faults


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "missing.json"
    assert read(path) == ([], [Refused(str(path), ("No such file or directory",))])


def test_a_folder_is_a_fault(tmp_path: Path) -> None:
    assert read(tmp_path) == ([], [Refused(str(tmp_path), ("Is a directory",))])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = written(tmp_path, GOOD_FILE).stat().st_size
    monkeypatch.setattr(text, "FILE_BYTES", size)
    assert faults_of(tmp_path, GOOD_FILE) == []
    monkeypatch.setattr(text, "FILE_BYTES", size - 1)
    assert faults_of(tmp_path, GOOD_FILE) == [f": the file is larger than {size - 1} bytes"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ([GOOD_QUESTION], "is not of type 'object'"),
        (None, ": None is not of type 'object'"),
        ({}, ": 'category' is a required property"),
        ({"category": GOOD_FILE["category"]}, ": 'questions' is a required property"),
        (a_file(GOOD_QUESTION, version=2), ": Additional properties are not allowed ('version' was"),
        (a_file(), ": questions: [] should be non-empty"),
        (a_file(questions={"1": GOOD_QUESTION}), "is not of type 'array'"),
        (a_file(GOOD_QUESTION, category="music"), ": category: 'music' is not of type 'object'"),
        (a_file(GOOD_QUESTION, category={"slug": "a"}), ": category: 'name' is a required property"),
        (a_file(GOOD_QUESTION, category={"slug": "A b", "name": "A"}), ": category.slug: 'A b' does not"),
        (a_file(GOOD_QUESTION, category={"slug": "a/b", "name": "A"}), ": category.slug: 'a/b' does not"),
        (a_file(GOOD_QUESTION, category={"slug": "a" * 41, "name": "A"}), "' is too long"),
        (a_file(GOOD_QUESTION, category={"slug": "a", "name": ""}), ": category.name: '' should be"),
        (a_file(GOOD_QUESTION, category={"slug": "a", "name": "A", "x": 1}), ": category: Additional"),
    ],
)
def test_a_fault_of_the_file_names_the_field(tmp_path: Path, content: Any, fault: str) -> None:
    assert fault in faults_of(tmp_path, content)[0]


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        (changed(id="a/b"), "id: 'a/b' does not match"),
        (changed(id="-a"), "id: '-a' does not match"),
        (changed(id="a" * 101), "is too long"),
        (changed(difficulty="brutal"), "difficulty: 'brutal' is not one of ['easy', 'medium', 'hard']"),
        (changed(difficulty=None), "'difficulty' is a required property"),
        (
            changed(type="essay"),
            "type: 'essay' is not one of ['single', 'multiple', 'boolean', 'text', 'number', 'ordering']",
        ),
        (changed(prompt=""), "prompt: '' should be non-empty"),
        (changed(prompt=7), "prompt: 7 is not of type 'string'"),
        (changed(prompt="x" * 501), "is too long"),
        (changed(prompt=None), "'prompt' is a required property"),
        (changed(answer=None), "'answer' is a required property"),
        (changed(answer=0), "answer: 0 is not of type 'string'"),
        (changed(choices=None), "'choices' is a required property"),
        (changed(choices=["Lima"]), "choices: ['Lima'] is too short"),
        (changed(choices=list("Limaxyz")), "is too long"),
        (changed(choices=["Lima", "Lima"]), "choices: ['Lima', 'Lima'] has non-unique elements"),
        (changed(choices=["Lima", 2]), "choices.1: 2 is not of type 'string'"),
        (changed(choices=["Lima", ""]), "choices.1: '' should be non-empty"),
        (changed(choices="Lima"), "choices: 'Lima' is not of type 'array'"),
        (changed(type="boolean", choices=None), "answer: 'Lima' is not of type 'boolean'"),
        (changed(type="boolean", answer=True), "'La Paz'] is not allowed here"),
        (changed(explanation="x" * 1001), "is too long"),
        (changed(source="x" * 301), "is too long"),
        (changed(time_limit_seconds=4), "time_limit_seconds: 4 is less than the minimum of 5"),
        (changed(time_limit_seconds=241), "time_limit_seconds: 241 is greater than the maximum of 240"),
        (changed(time_limit_seconds="20"), "time_limit_seconds: '20' is not of type 'integer'"),
        (changed(time_limit_seconds=True), "time_limit_seconds: True is not of type 'integer'"),
        (changed(hint="It begins with L"), "Additional properties are not allowed ('hint' was unexpected)"),
    ],
)
def test_a_fault_of_a_question_names_its_place_and_the_field(
    tmp_path: Path, question: dict[str, Any], fault: str
) -> None:
    [said] = faults_of(tmp_path, a_file(GOOD_STATEMENT, question))
    assert said.startswith(f", question 2 ({question['id'][:60]}): ")
    assert fault in said


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (7, ", question 1: "),
        (None, ", question 1: "),
        ({}, ", question 1: "),
        ({"prompt": "Why\n  is   it?"}, ", question 1 (Why is it?): "),
        ({"id": "", "prompt": "Why?"}, ", question 1 (Why?): "),
        ({"prompt": "x" * 400}, f", question 1 ({'x' * 60}): "),
        ({"id": ["a", 1]}, ", question 1 (['a', 1]): "),
    ],
)
def test_a_place_is_one_short_line_whatever_the_question_is(
    tmp_path: Path, question: Any, place: str
) -> None:
    for said in faults_of(tmp_path, a_file(question)):
        assert said.startswith(place)
        assert "\n" not in said


def test_a_question_without_a_type_is_told_so(tmp_path: Path) -> None:
    said = faults_of(tmp_path, a_file(changed(type=None)))
    assert ", question 1 (capital-of-peru): 'type' is a required property" in said


def test_a_fault_quotes_no_novels(tmp_path: Path) -> None:
    [said] = faults_of(tmp_path, a_file(changed(prompt="x" * 100_000)))
    assert len(said) < 400
    assert said.endswith("is too long")


def test_all_faults_of_a_file_are_found_at_once(tmp_path: Path) -> None:
    content = a_file(changed(prompt=""), GOOD_STATEMENT, 7, category={"slug": "A", "name": "A"}, version=2)
    said = faults_of(tmp_path, content)
    assert len([fault for fault in said if fault.startswith(": ")]) == 2
    assert {fault.split(" ")[2].rstrip(":") for fault in said if fault.startswith(",")} == {"1", "3"}


def test_the_good_questions_of_a_file_with_faults_are_there_to_be_judged(tmp_path: Path) -> None:
    content = a_file(changed(prompt=""), GOOD_STATEMENT, category={"slug": "A", "name": 5})
    records, _ = read(written(tmp_path, content))
    assert [(record.fields, record.category) for record in records] == [(GOOD_STATEMENT, ("A", "5"))]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here] + [path for step, inner in items for path in paths(inner, (*here, step))]


@st.composite
def mutated_files(draw: st.DrawFn) -> Any:
    """The good file, some of its values replaced, taken away, doubled or put under other names."""
    root = {"file": copy.deepcopy(GOOD_FILE)}
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(paths(root["file"], ("file",))))
        parent: Any = root
        for step in path[:-1]:
            parent = parent[step]
        value = copy.deepcopy(parent[path[-1]])
        way = draw(st.sampled_from(["replace", "remove", "double"]))
        if way == "replace" or len(path) == 1:
            parent[path[-1]] = draw(json_values)
        elif way == "remove":
            del parent[path[-1]]
        elif isinstance(parent, list):
            parent.append(value)
        else:
            parent[draw(st.text(max_size=5))] = value
    return root["file"]


a_folder_for_all_examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@a_folder_for_all_examples
@given(mutated_files())
def test_no_question_is_lost_whatever_becomes_of_a_file(tmp_path: Path, content: Any) -> None:
    path = written(tmp_path, content)
    records, faults = read(path)
    questions = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(questions, list) or not questions:
        assert records == []
        assert str(path) in {fault.place for fault in faults}
        return
    numbers = [number(path, item) for item in [*records, *faults] if item.place != str(path)]
    assert sorted(numbers) == list(range(1, len(questions) + 1))


def number(path: Path, item: Record | Refused) -> int:
    return int(item.place.removeprefix(f"{path}, question ").split(" ")[0])


@a_folder_for_all_examples
@given(st.data())
def test_bytes_put_anywhere_into_a_good_file_make_no_error(tmp_path: Path, data: st.DataObject) -> None:
    good = json.dumps(GOOD_FILE).encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 20, len(good))))
    records, faults = read(written(tmp_path, good[:start] + data.draw(st.binary(max_size=8)) + good[end:]))
    assert len(records) == 2 or faults


@a_folder_for_all_examples
@given(st.binary(max_size=200))
def test_bytes_that_are_no_file_of_questions_make_no_error(tmp_path: Path, content: bytes) -> None:
    assert read(written(tmp_path, content))[1]
