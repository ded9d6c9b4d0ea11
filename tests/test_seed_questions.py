import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import datastore
from PIL import Image as Drawing

import seed_questions
from models import patience
from models.aggregate import Aggregate, Build
from models.deck import Deck
from models.image import Image
from models.question import Question
from models.statistics import QuestionSums, page_of
from models.store import Store
from questions import reading
from questions.shape import SCHEMA
from seed_questions import main
from tests import builders

ROOT = Path(seed_questions.__file__).parent
SLUG = json.loads(SCHEMA.read_text())["properties"]["category"]["properties"]["slug"]["pattern"]

BANK_LENGTH = 600

Said = pytest.CaptureFixture[str]
Seed = Callable[..., int]


def a_question(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"rivers-{n}",
        "type": "single",
        "difficulty": ("easy", "medium", "hard")[n % 3],
        "prompt": f"Which river is number {n}?",
        "choices": ["Nile", "Amazon", "Volga", "Rhine"],
        "answer": "Nile",
        "explanation": "It says so on the map.",
    } | changes


def rivers(count: int = 12) -> list[dict[str, Any]]:
    return [a_question(n) for n in range(count)]


def a_file(
    folder: Path, questions: list[dict[str, Any]], name: str = "rivers.json", slug: str = "rivers"
) -> str:
    path = folder / name
    content = {"category": {"slug": slug, "name": slug.title()}, "questions": questions}
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


def read_rivers(count: int) -> str:
    """What is said of the file before anything is written."""
    return f"Read {count} questions in 1 file: {count} to play.\n  Rivers: {count} ({count} single)\n"


@pytest.fixture
def seed(store: Store) -> Seed:
    """The command, writing into `store`."""
    return lambda *arguments: main([*arguments, "--project", store._client.project])


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No local cloud and no project are named."""
    for name in ("DATASTORE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT", "DATASTORE_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


def versions(store: Store) -> dict[Any, int]:
    """Of every question, deck and page, the version that Datastore gave it at its last write."""
    keys = [
        entity.key.to_protobuf()
        for kind in ("Question", "DeckManifest", "DeckPage")
        for entity in store.query(kind, keys_only=True).entities
    ]
    found = {}
    for start in range(0, len(keys), 100):
        request = {"project_id": store._client.project, "keys": keys[start : start + 100]}
        for result in store._client._datastore_api.lookup(request=request)._pb.found:
            found[result.entity.key.path[0].name] = result.version
    return found


def question(store: Store, id: str) -> Question:
    entity = store.get(Question.KIND, id)
    assert entity is not None
    return Question.from_entity(entity)


def in_play(store: Store) -> set[str]:
    return {id for deck in Deck.all(store) for ids in deck.members(store).values() for id in ids}


def test_the_bank_that_ships_is_seeded_and_a_second_run_writes_nothing(
    store: Store, seed: Seed, capsys: Said
) -> None:
    assert seed() == 0
    first = capsys.readouterr()
    assert first.err == ""
    assert first.out.startswith(f"Read {BANK_LENGTH} questions in 12 files: {BANK_LENGTH} to play.\n")
    assert f"\n{BANK_LENGTH} added, 0 changed, 0 unchanged, 0 retired.\nDecks published" in first.out
    before = versions(store)
    assert len(before) >= BANK_LENGTH
    assert seed() == 0
    assert capsys.readouterr().out.endswith(
        f"\n0 added, 0 changed, {BANK_LENGTH} unchanged, 0 retired.\nThe decks are as they were.\n"
    )
    assert versions(store) == before
    assert question(store, min(in_play(store))).collection == "quizboard"


def test_a_check_writes_nothing_and_needs_no_datastore(tmp_path: Path, nowhere: None, capsys: Said) -> None:
    assert main(["--check", a_file(tmp_path, rivers(3))]) == 0
    assert capsys.readouterr() == (f"{read_rivers(3)}All good. Nothing was written.\n", "")


def test_a_check_leaves_the_datastore_that_is_there_alone(tmp_path: Path, store: Store, seed: Seed) -> None:
    assert seed("--check", a_file(tmp_path, rivers())) == 0
    assert versions(store) == {}


def test_every_fault_of_every_file_is_named_and_nothing_is_written(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    good = a_file(tmp_path, rivers(), "good.json")
    answers = a_file(tmp_path, [a_question(20, answer="Thames"), a_question(21, prompt=" ")], "answers.json")
    shape = a_file(tmp_path, [a_question(22, difficulty="brutal")], "shape.json", slug="Rivers!")
    missing = str(tmp_path / "missing.json")
    assert seed(good, answers, shape, missing) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{answers}, question 1 (rivers-20): the answer 'Thames' is not one of the choices "
        "['Nile', 'Amazon', 'Volga', 'Rhine']",
        f"{answers}, question 2 (rivers-21): the prompt is empty",
        f"{shape}: category.slug: 'Rivers!' does not match {SLUG!r}",
        f"{shape}, question 1 (rivers-22): difficulty: 'brutal' is not one of ['easy', 'medium', 'hard']",
        f"{missing}: No such file or directory",
        "5 faults. Nothing was written.",
    ]
    assert versions(store) == {}


def test_one_fault_is_called_one_fault(tmp_path: Path, seed: Seed, capsys: Said) -> None:
    assert seed(a_file(tmp_path, [a_question(1, answer="Thames")])) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "1 fault. Nothing was written."


def test_a_reserved_category_is_named_once(tmp_path: Path, seed: Seed, capsys: Said) -> None:
    path = a_file(tmp_path, rivers(), slug="daily")
    assert seed(path) == 1
    assert capsys.readouterr().err == (
        f"{path}: category slug 'daily' is reserved: choose another\n1 fault. Nothing was written.\n"
    )


def test_an_id_that_two_files_have_is_named_with_both_places(
    tmp_path: Path, seed: Seed, capsys: Said
) -> None:
    first = a_file(tmp_path, [a_question(1)], "first.json")
    second = a_file(tmp_path, [a_question(2), a_question(1, prompt="Which river?")], "second.json")
    assert seed(first, second) == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        f"{second}, question 2 (rivers-1): has the id of {first}, question 1 (rivers-1)"
    )


def test_a_question_without_an_id_that_is_there_twice_is_named(
    tmp_path: Path, seed: Seed, capsys: Said
) -> None:
    bare = {name: value for name, value in a_question(1).items() if name != "id"}
    path = a_file(tmp_path, [bare, bare | {"prompt": "which river is NUMBER 1? "}])
    assert seed(path) == 1
    assert f"has the id of {path}, question 1 (Which river is number 1?)" in capsys.readouterr().err


def test_half_a_character_is_a_fault_and_no_failure_of_the_write(
    tmp_path: Path, seed: Seed, capsys: Said
) -> None:
    assert seed(a_file(tmp_path, [a_question(1, explanation="\ud83e")])) == 1
    assert "the explanation cannot be shown" in capsys.readouterr().err


def test_it_does_not_guess_where_to_write(tmp_path: Path, nowhere: None, capsys: Said) -> None:
    assert main([a_file(tmp_path, rivers())]) == 1
    assert capsys.readouterr() == (
        read_rivers(12),
        "Where to? Set DATASTORE_EMULATOR_HOST for a local cloud, or name a --project.\n",
    )


def test_a_project_in_the_environment_is_not_enough_to_write_to_google(
    tmp_path: Path, nowhere: None, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "production")
    assert main([a_file(tmp_path, rivers())]) == 1
    assert "Where to?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "project"), [(None, "quizboard-local"), ("", "quizboard-local"), ("mine", "mine")]
)
def test_the_local_cloud_has_a_project_of_its_own(
    datastore_address: str, environment: str | None, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if environment is None:
        monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    else:
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", environment)
    store = seed_questions._store(None)
    assert store is not None
    assert store._client.project == project


def test_faults_are_named_before_it_asks_where_to_write(tmp_path: Path, nowhere: None, capsys: Said) -> None:
    assert main([a_file(tmp_path, [])]) == 1
    assert "questions: [] should be non-empty" in capsys.readouterr().err


def test_an_edited_question_keeps_its_id(tmp_path: Path, store: Store, seed: Seed, capsys: Said) -> None:
    seed(a_file(tmp_path, rivers()))
    before = versions(store)
    capsys.readouterr()
    assert seed(a_file(tmp_path, [a_question(0, prompt="Which is the longest?"), *rivers()[1:]])) == 0
    assert capsys.readouterr().out == (
        f"{read_rivers(12)}0 added, 1 changed, 11 unchanged, 0 retired.\nThe decks are as they were.\n"
    )
    assert question(store, "rivers-0").prompt == "Which is the longest?"
    after = versions(store)
    assert after.keys() == before.keys()
    assert [name for name in before if before[name] != after[name]] == ["rivers-0"]


def test_a_question_without_an_id_is_the_same_whatever_its_spaces_and_case(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    bare = {name: value for name, value in a_question(1).items() if name != "id"}
    seed(a_file(tmp_path, [bare]))
    [id] = in_play(store)
    seed(a_file(tmp_path, [bare | {"prompt": "  which River is number 1?"}]))
    assert capsys.readouterr().out.splitlines()[-2].startswith("0 added, 1 changed")
    assert in_play(store) == {id}


def test_files_of_the_owners_are_a_collection_beside_the_bank(
    tmp_path: Path, store: Store, seed: Seed
) -> None:
    seed(a_file(tmp_path, rivers(2)))
    seed("--collection", "mine", a_file(tmp_path, [a_question(5)]))
    assert question(store, "rivers-1").collection == "default"
    assert question(store, "rivers-5").collection == "mine"


def test_retiring_the_missing_keeps_them_and_touches_no_other_collection(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    seed("--collection", "theirs", a_file(tmp_path, [a_question(n) for n in range(20, 23)]))
    seed("--collection", "mine", a_file(tmp_path, rivers()))
    capsys.readouterr()
    fewer = a_file(tmp_path, rivers(10))
    assert seed("--collection", "mine", "--retire-missing", fewer) == 0
    assert capsys.readouterr().out == (
        f"{read_rivers(10)}0 added, 0 changed, 10 unchanged, 2 retired.\nDecks published: Rivers.\n"
    )
    assert in_play(store) == {f"rivers-{n}" for n in (*range(10), 20, 21, 22)}
    assert question(store, "rivers-11").retired_at is not None
    before = versions(store)
    assert seed("--collection", "mine", "--retire-missing", fewer) == 0
    assert versions(store) == before


def test_a_retired_question_returns_with_its_file(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    seed(a_file(tmp_path, rivers()))
    seed("--retire-missing", a_file(tmp_path, rivers(10)))
    assert seed(a_file(tmp_path, rivers())) == 0
    assert capsys.readouterr().out.splitlines()[-2] == "0 added, 2 changed, 10 unchanged, 0 retired."
    assert question(store, "rivers-11").retired_at is None
    assert in_play(store) == {f"rivers-{n}" for n in range(12)}


def test_if_empty_fills_an_empty_datastore_once(tmp_path: Path, store: Store, seed: Seed) -> None:
    assert seed("--if-empty", a_file(tmp_path, rivers(3))) == 0
    before = versions(store)
    assert in_play(store) == {"rivers-0", "rivers-1", "rivers-2"}
    assert seed("--if-empty", a_file(tmp_path, rivers())) == 0
    assert versions(store) == before


def test_a_bar_shows_on_a_terminal_how_far_it_is(
    tmp_path: Path, seed: Seed, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path, rivers())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert seed(path) == 0
    assert capsys.readouterr().err == f"\r[{'#' * 30}] 12 of 12 questions\n"


def test_a_datastore_that_is_away_is_said_in_a_sentence(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATASTORE_EMULATOR_HOST", f"127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr(patience, "READ_RETRY", patience.READ_RETRY.with_timeout(0.1))
        assert main([a_file(tmp_path, rivers())]) == 1
    assert capsys.readouterr() == (
        read_rivers(12),
        "Datastore did not answer in time. Run the same command again: it goes on where it stopped.\n",
    )


def test_google_without_a_login_is_said_in_a_sentence(
    tmp_path: Path, nowhere: None, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: Any) -> datastore.Client:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(seed_questions.datastore, "Client", refused)
    assert main(["--project", "production", a_file(tmp_path, rivers())]) == 1
    assert capsys.readouterr().err == (
        "Datastore does not let us in or refuses this: Your default credentials were not found.\n"
    )


def test_a_refusal_of_google_is_said_in_a_sentence(
    tmp_path: Path, seed: Seed, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise exceptions.PermissionDenied("Missing or insufficient permissions.")

    monkeypatch.setattr(Store, "put_many", refused)
    assert seed(a_file(tmp_path, rivers())) == 1
    assert "403 Missing or insufficient permissions." in capsys.readouterr().err


def test_as_a_program_it_seeds_what_the_environment_names(
    tmp_path: Path, datastore_address: str, store: Store
) -> None:
    environment = os.environ | {"GOOGLE_CLOUD_PROJECT": store._client.project}
    done = run(a_file(tmp_path, rivers()), environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == f"{read_rivers(12)}12 added, 0 changed, 0 unchanged, 0 retired.\nDecks published: Rivers.\n"
    )
    assert in_play(store) == {f"rivers-{n}" for n in range(12)}


def test_as_a_program_it_fails_with_the_faults_on_stderr(tmp_path: Path) -> None:
    done = run(str(tmp_path), environment=dict(os.environ))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path}: Is a directory\n1 fault. Nothing was written.\n"


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "seed_questions.py"), *arguments],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )


GIFT = """\
$CATEGORY: Rivers

::Longest:: Which river is the longest? {=Nile ~Amazon ~Volga #### It is 6,650 km long.}

Name a river of Egypt. {=Nile =The Nile#### It flows north.}

Tell us about rivers. {}
"""


def test_a_file_of_another_format_is_told_by_what_is_in_it(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    path = tmp_path / "rivers.txt"
    path.write_text(GIFT)
    assert seed(str(path)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[:2] == [
        "Read 3 questions in 1 file: 2 to play, 1 skipped.",
        "  Rivers: 2 (1 single, 1 text)",
    ]
    [skipped] = err.splitlines()
    assert skipped.startswith(f"{path}, line 7 (Tell us about rivers.): skipped: ")
    assert len(in_play(store)) == 2


def test_a_file_of_no_known_format_is_refused_with_the_names_of_the_known(
    tmp_path: Path, seed: Seed, capsys: Said
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear owner,\nplease find no questions here.\n")
    assert seed(str(path)) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"{path}: not of a format that we recognise")
    assert all(name in err for name in reading.FORMATS)


def test_who_insists_on_a_format_gets_its_faults(tmp_path: Path, seed: Seed, capsys: Said) -> None:
    assert seed("--format", "aiken", a_file(tmp_path, rivers(1))) == 1
    assert "not JSON" not in capsys.readouterr().err


def test_what_an_owner_should_look_at_again_is_said_and_stops_nothing(
    tmp_path: Path, store: Store, seed: Seed, capsys: Said
) -> None:
    same = "two choices are the same but for case, accents or spaces"
    path = a_file(
        tmp_path,
        [
            a_question(1, choices=["Nile", "NILE", "Volga"]),
            a_question(2, choices=["The Nile, which flows through Egypt", "Volga"], explanation="")
            | {"answer": "The Nile, which flows through Egypt"},
            a_question(3, prompt="WHICH is the river number 2?"),
        ],
    )
    assert seed(path) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{path}, question 1 (rivers-1): look again: {same}",
        f"{path}, question 2 (rivers-2): look again: the right choice is given away by its length",
        f"{path}, question 3 (rivers-3): look again: asks nearly the same as {path}, question 2 (rivers-2)",
        f"{path}: look again: 1 question without explanation",
    ]
    assert len(in_play(store)) == 3


def test_all_types_are_seeded_and_counted(tmp_path: Path, store: Store, seed: Seed, capsys: Said) -> None:
    several = {"type": "multiple", "answer": ["Nile", "Volga"]}
    typed = [
        a_question(2, type="text", answer=["Nile", "The Nile"]),
        a_question(3, type="number", answer=6650, tolerance=50.5),
        a_question(4, type="ordering", answer=["Nile", "Volga", "Rhine"]),
        a_question(5, type="boolean", answer=True),
    ]
    for fields in typed:
        del fields["choices"]
    assert seed(a_file(tmp_path, [a_question(0), a_question(1, **several), *typed])) == 0
    said = "  Rivers: 6 (1 single, 1 multiple, 1 text, 1 number, 1 ordering, 1 boolean)"
    assert said in capsys.readouterr().out
    before = versions(store)
    assert seed(a_file(tmp_path, [a_question(0), a_question(1, **several), *typed])) == 0
    assert versions(store) == before
    assert question(store, "rivers-2").answer == ("Nile", "The Nile")
    assert (question(store, "rivers-3").answer, question(store, "rivers-3").tolerance) == (6650, 50.5)


def a_picture(folder: Path, name: str = "nile.png", size: tuple[int, int] = (8, 6), **options: Any) -> str:
    Drawing.linear_gradient("L").resize(size).save(folder / name, **options)
    return name


class TestPictures:
    def test_are_seeded_with_their_size_and_once(self, tmp_path: Path, store: Store, seed: Seed) -> None:
        image = {"file": a_picture(tmp_path), "alt": " A river "}
        path = a_file(tmp_path, [a_question(1, image=image), a_question(2, image=image)])
        assert seed(path) == 0
        picture = question(store, "rivers-1").picture
        assert picture is not None
        assert (picture.width, picture.height, picture.alt) == (8, 6, "A river")
        kept = Image.from_digest_or_none(store, picture.digest)
        assert kept == Image("image/png", (tmp_path / "nile.png").read_bytes())
        assert len(store.query(Image.KIND).entities) == 1

    def test_that_are_another_make_it_another_question_unless_it_has_an_id(
        self, tmp_path: Path, store: Store, seed: Seed
    ) -> None:
        bare = {name: value for name, value in a_question(1).items() if name != "id"}
        images = [{"file": a_picture(tmp_path, f"{n}.png", (8, n)), "alt": f"Picture {n}"} for n in (5, 6)]
        assert seed(a_file(tmp_path, [bare | {"image": image} for image in images])) == 0
        assert len(in_play(store)) == 2

    @pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
    def test_may_be_of_four_kinds(self, tmp_path: Path, seed: Seed, format: str) -> None:
        a_picture(tmp_path, "nile", format=format)
        assert seed(a_file(tmp_path, [a_question(1, image={"file": "nile", "alt": "A river"})])) == 0

    @pytest.mark.parametrize(
        ("make", "fault"),
        [
            (lambda path: None, "cannot be read: No such file or directory"),
            (lambda path: path.mkdir(), "cannot be read: Is a directory"),
            (lambda path: path.write_bytes(b"<svg></svg>"), "is no image of the kinds PNG, JPEG, GIF, WEBP"),
            (lambda path: path.write_bytes(b""), "is no image of the kinds"),
            (lambda path: path.write_bytes(os.urandom(200_001)), "has more than 200000 bytes"),
            (lambda path: a_picture(path.parent, path.name, (4097, 1)), "is larger than 4096 by 4096 pixels"),
            (lambda path: a_picture(path.parent, path.name, format="TIFF"), "is no image of the kinds"),
            (lambda path: cut(path), "is broken: "),
        ],
    )
    def test_that_cannot_be_shown_are_faults_with_their_place(
        self, tmp_path: Path, store: Store, seed: Seed, capsys: Said, make: Any, fault: str
    ) -> None:
        make(tmp_path / "nile.png")
        path = a_file(tmp_path, [a_question(1, image={"file": "nile.png", "alt": "A river"})])
        assert seed(path) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"{path}, question 1 (rivers-1): ")
        assert fault in said
        assert versions(store) == {}

    @pytest.mark.parametrize("name", ["../nile.png", "/etc/hostname", "a/../../nile.png", "\0", "x" * 199])
    def test_are_nowhere_but_beside_the_question_file(
        self, tmp_path: Path, seed: Seed, capsys: Said, name: str
    ) -> None:
        a_picture(tmp_path)
        folder = tmp_path / "inner"
        folder.mkdir()
        assert seed(a_file(folder, [a_question(1, image={"file": name, "alt": "A river"})])) == 1
        assert "the image" in capsys.readouterr().err


def cut(path: Path) -> None:
    a_picture(path.parent, path.name, (64, 64))
    path.write_bytes(path.read_bytes()[:-40])


class TestDifficulty:
    """What the owner is told of questions that players find easier or harder than their file says."""

    def told_of(self, store: Store, sums: dict[str, QuestionSums], capsys: pytest.CaptureFixture[str]) -> str:
        pages: dict[str, dict[str, Any]] = {}
        for id, one in sums.items():
            pages.setdefault(page_of(id), {})[id] = one.numbers
        store.put_many([Aggregate(Build(), name, page).to_entity(store) for name, page in pages.items()])
        assert seed_questions.main(["--difficulty", "--project", store.project]) == 0
        return capsys.readouterr().out

    def test_that_differs_is_listed_with_what_was_measured(
        self, store: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store.put_many([builders.a_question(id).to_entity(store) for id in ("a-trap", "as-told", "new")])
        sums = {
            "a-trap": QuestionSums(asked=1_000, right=123),
            "as-told": QuestionSums(asked=1_000, right=900),
            "new": QuestionSums(asked=3, right=0),
            "gone": QuestionSums(asked=1_000, right=0),
        }
        heading, *rows = self.told_of(store, sums, capsys).splitlines()
        assert heading.split() == ["in", "file", "suggested", "right", "answers", "collection", "question"]
        assert [row.split() for row in rows] == [["easy", "hard", "12%", "1,000", "test", "a-trap"]]

    def test_that_is_as_told_is_said(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.told_of(store, {}, capsys) == "No question is easier or harder than its file says.\n"
