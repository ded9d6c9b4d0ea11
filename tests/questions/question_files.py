"""What the tests of readers share: files of questions, whole and damaged, and what comes of them."""

import json
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from questions.record import Items, Record, Refused, Skipped

SAMPLES = Path(__file__).parent / "samples"
GIFT = SAMPLES / "moodle-export.gift.txt"
AIKEN = SAMPLES / "by-hand.aiken.txt"
OPENTDB = SAMPLES / "opentdb.json"

SCHEMA = json.loads((Path(__file__).parents[2] / "questions" / "question-file.schema.json").read_text())

OWN_JSON = """{
  "category": {"slug": "a", "name": "A"},
  "questions": [{"type": "boolean", "prompt": "{=a ~b} ::", "answer": true}]
}"""
CSV = 'type,category,prompt,answer,choices\r\nsingle,Code,"What is {} in Python? A) a set",a dict,a set\r\n'
MOODLE_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n<question type="category">\n'
    "<category><text>\n$CATEGORY: a</text></category></question>\n"
    '<question type="multichoice"><questiontext><text><![CDATA[Which {=one}?\nA) a\nANSWER: A\n]]></text>'
)

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(folder: Path, content: str | bytes, name: str = "world-history.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def counted(items: Items) -> tuple[int, int, int]:
    """Played, skipped, refused."""
    kinds = [type(item) for item in items]
    return kinds.count(Record), kinds.count(Skipped), kinds.count(Refused)


def is_of_the_schema(record: Record) -> bool:
    question = {"$ref": "#/$defs/question", "$defs": SCHEMA["$defs"]}
    return Draft202012Validator(question).is_valid(record.fields)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """With some characters or lines taken away, doubled, or put in."""
    for _ in range(draw(st.integers(1, 4))):
        parts = draw(st.sampled_from([list(text), text.splitlines(keepends=True)])) or [""]
        start = draw(st.integers(0, len(parts) - 1))
        end = draw(st.integers(start, min(start + 4, len(parts))))
        middle = draw(
            st.sampled_from([[], parts[start:end] * 2, ["\n"], ["{"], ["}"], ["\\"], ["="], ["~"], ["#"]])
            | st.lists(st.text(max_size=4), max_size=2)
        )
        text = "".join(parts[:start] + middle + parts[end:])
    return text
