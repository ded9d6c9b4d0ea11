"""Seeds Datastore with questions from files: validates all of them before it writes anything.

Where it writes is never a guess: the local cloud that DATASTORE_EMULATOR_HOST names, or --project.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import datastore

from models.deck import Deck
from models.question import DEFAULT_COLLECTION, Category, Question
from models.seeding import Progress, Seeded, seed
from models.store import Store, StoreUnavailable
from questions.formats import own_json
from questions.record import Fault, Record

BANK = Path(__file__).parent / "questions" / "bank"
BANK_COLLECTION = "quizboard"
LOCAL_PROJECT = "quizboard-local"
BAR_LENGTH = 30


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    files = options.files or sorted(BANK.glob("*.json"))
    collection = options.collection or (DEFAULT_COLLECTION if options.files else BANK_COLLECTION)
    questions, faults = read_all(files, collection)
    if faults:
        return _refuse(faults)
    if options.check:
        counts = f"{_counted(len(questions), 'question')} in {_counted(len(files), 'file')}"
        print(f"{counts}: all good. Nothing was written.")
        return 0
    try:
        return _write(questions, collection, options)
    except StoreUnavailable as error:
        return _failed(f"{error}. Run the same command again: it goes on where it stopped.")
    except (GoogleAuthError, GoogleAPICallError) as error:
        return _failed(f"Datastore does not let us in or refuses this: {error}")


def read_all(files: Sequence[Path], collection: str) -> tuple[list[Question], list[Fault]]:
    """The questions of all files, and every fault in any of them."""
    questions: list[Question] = []
    faults: list[Fault] = []
    first_place: dict[str, str] = {}
    for file in files:
        records, file_faults = own_json.read(file)
        faults += file_faults
        categories = dict.fromkeys(Category(*record.category) for record in records)
        faults += [Fault(str(file), fault) for category in categories for fault in category.faults()]
        for record in records:
            question = Question.from_record(record.fields, Category(*record.category), collection)
            faults += _judged(question, record, first_place)
            questions.append(question)
    return questions, faults


def _judged(question: Question, record: Record, first_place: dict[str, str]) -> list[Fault]:
    faults = [Fault(record.place, fault) for fault in question.faults()]
    if question.id in first_place:
        faults.append(Fault(record.place, f"has the id of {first_place[question.id]}"))
    first_place.setdefault(question.id, record.place)
    return faults


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: the bank that ships")
    parser.add_argument("--check", action="store_true", help="only read and validate")
    parser.add_argument("--collection", help="the set that these questions belong to")
    parser.add_argument(
        "--retire-missing", action="store_true", help="retire what the set had and files lack"
    )
    parser.add_argument("--project", help="the Google Cloud project to write to")
    parser.add_argument(
        "--if-empty", action="store_true", help="do nothing where there are questions already"
    )
    return parser


def _write(questions: Sequence[Question], collection: str, options: argparse.Namespace) -> int:
    store = _store(options.project)
    if store is None:
        return _failed("Where to? Set DATASTORE_EMULATOR_HOST for a local cloud, or name a --project.")
    if options.if_empty and Deck.all(store):
        return 0
    missing_from = collection if options.retire_missing else None
    _report(seed(store, questions, datetime.now(UTC), missing_from, _progress(len(questions))))
    return 0


def _store(project: str | None) -> Store | None:
    if os.environ.get("DATASTORE_EMULATOR_HOST"):
        project = project or os.environ.get("GOOGLE_CLOUD_PROJECT") or LOCAL_PROJECT
    return Store(datastore.Client(project=project)) if project else None


def _refuse(faults: Sequence[Fault]) -> int:
    for fault in faults:
        print(fault, file=sys.stderr)
    return _failed(f"{_counted(len(faults), 'fault')}. Nothing was written.")


def _failed(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _progress(total: int) -> Progress:
    """A bar on a terminal; silent in a log."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            bar = "#" * (BAR_LENGTH * done // total)
            end = "\n" if done == total else ""
            print(f"\r[{bar:{BAR_LENGTH}}] {done} of {total} questions", end=end, file=sys.stderr)

    return show


def _report(seeded: Seeded) -> None:
    counts = {name: getattr(seeded, name) for name in ("added", "changed", "unchanged", "retired")}
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
    names = ", ".join(category.name for category in seeded.decks)
    print(f"Decks published: {names}." if names else "The decks are as they were.")


if __name__ == "__main__":
    sys.exit(main())
