"""Seeds Datastore with questions from files: validates all of them before it writes anything.

Where it writes is never a guess: the local cloud that DATASTORE_EMULATOR_HOST names, or --project.
"""

import argparse
import os
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import datastore

from models.aggregate import Aggregate, build_for
from models.deck import Deck, TooManyDecks
from models.flag import tallies
from models.image import MEDIA_TYPES, Image, Picture
from models.patience import StoreUnavailable
from models.question import DEFAULT_COLLECTION, Category, Question
from models.review import Reviewer
from models.seeding import Progress, Seeded, seed
from models.statistics import PAGES, QuestionSums
from models.store import Store
from questions import pictures, reading
from questions.record import Record, Refused, Skipped

BANK = Path(__file__).parent / "questions" / "bank"
BANK_COLLECTION = "quizboard"
LOCAL_PROJECT = "quizboard-local"
BAR_LENGTH = 30

DIFFICULTY_ROW = "{:7} {:9} {:>5} {:>8}  {:12}  {}"
DIFFICULTY_HEADING = DIFFICULTY_ROW.format(
    "in file", "suggested", "right", "answers", "collection", "question"
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.flags:
        return _to_datastore(options.project, _list_flags)
    if options.difficulty:
        return _to_datastore(options.project, _list_difficulties)
    files = options.files or sorted(BANK.glob("*.json"))
    if options.if_empty and _is_filled(options.project):
        return 0
    collection = options.collection or (DEFAULT_COLLECTION if options.files else BANK_COLLECTION)
    with TemporaryDirectory(prefix="quizboard-") as folder:
        spool = Spool(Path(folder))
        read = read_all(files, collection, spool, options.format)
        read.report()
        if read.faults:
            return _failed(f"{_counted(read.faults, 'fault')}. Nothing was written.")
        if options.check:
            print("All good. Nothing was written.")
            return 0
        return _to_datastore(options.project, lambda store: _write(store, spool, collection, options))


class Spool:
    """Where good questions wait on disk until all are known to be good, however many there are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.length = 0

    def add(self, question: Question, image: Image | None) -> None:
        with (self._folder / "questions").open("ab") as file:
            pickle.dump(question, file)
        if image:
            (self._folder / image.digest).write_bytes(pickle.dumps(image))
        self.length += 1

    def __iter__(self) -> Iterator[Question]:
        if self.length:
            with (self._folder / "questions").open("rb") as file:
                for _ in range(self.length):
                    yield pickle.load(file)  # noqa: S301 - written by this process, into a folder of its own

    def image_of(self, question: Question) -> Image:
        assert question.picture is not None
        image: Image = pickle.loads((self._folder / question.picture.digest).read_bytes())  # noqa: S301 - our own file
        return image


@dataclass
class Reading:
    """What was in the files: read = played + skipped + refused. What is wrong is said as it is met."""

    files: int
    faults: int = 0
    skipped: int = 0
    refused: int = 0
    played: Counter[tuple[Category, str]] = field(default_factory=Counter)
    """By category and type."""
    unexplained: Counter[Path] = field(default_factory=Counter)
    _reviewer: Reviewer = field(default_factory=Reviewer)
    _places: dict[str, str] = field(default_factory=dict)
    """Where each id was first."""

    def refuse(self, place: str, faults: Iterable[str]) -> None:
        self.refused += 1
        for fault in faults:
            self.faults += 1
            print(f"{place}: {fault}", file=sys.stderr)

    def skip(self, place: str, why: str) -> None:
        self.skipped += 1
        print(f"{place}: skipped: {why}", file=sys.stderr)

    def accept(self, file: Path, place: str, question: Question) -> bool:
        """Whether it can be played."""
        faults = list(question.faults())
        if question.id in self._places:
            faults.append(f"has the id of {self._places[question.id]}")
        self._places.setdefault(question.id, place)
        if faults:
            self.refuse(place, faults)
            return False
        for doubt in self._reviewer.doubts(question, place):
            print(f"{place}: look again: {doubt}", file=sys.stderr)
        self.unexplained[file] += not question.explanation
        self.played[question.category, question.type] += 1
        return True

    def report(self) -> None:
        for file, number in (+self.unexplained).items():
            print(f"{file}: look again: {_counted(number, 'question')} without explanation", file=sys.stderr)
        if self.faults:
            return
        played = self.played.total()
        total = played + self.skipped + self.refused
        print(
            f"Read {_counted(total, 'question')} in {_counted(self.files, 'file')}: {played} to play", end=""
        )
        print(f", {self.skipped} skipped." if self.skipped else ".")
        for category in dict.fromkeys(category for category, _ in self.played):
            types = {type: number for (of, type), number in self.played.items() if of == category}
            each = ", ".join(f"{number} {type}" for type, number in types.items())
            print(f"  {category.name}: {sum(types.values())} ({each})")


def read_all(files: Sequence[Path], collection: str, spool: Spool, format_name: str | None) -> Reading:
    """Every question of every file; the good ones go to the spool."""
    read = Reading(len(files))
    for file in files:
        judged: set[Category] = set()
        for item in reading.read(file, format_name):
            match item:
                case Skipped():
                    read.skip(item.place, item.why)
                case Refused():
                    read.refuse(item.place, item.faults)
                case Record():
                    category = Category(*item.category)
                    if category not in judged and (faults := category.faults()):
                        read.refuse(str(file), faults)
                    judged.add(category)
                    _take(read, spool, file, item, collection)
    return read


def _take(read: Reading, spool: Spool, file: Path, record: Record, collection: str) -> None:
    try:
        image, picture = _pictured(file.parent, record)
    except pictures.BadPicture as fault:
        read.refuse(record.place, [str(fault)])
        return
    question = Question.from_record(record.fields, Category(*record.category), collection, picture)
    if read.accept(file, record.place, question):
        spool.add(question, image)


def _pictured(folder: Path, record: Record) -> tuple[Image | None, Picture | None]:
    """Raises BadPicture."""
    if "image" not in record.fields:
        return None, None
    loaded = pictures.load(folder, record.fields["image"]["file"])
    image = Image(MEDIA_TYPES[loaded.format], loaded.content)
    return image, Picture(image.digest, loaded.width, loaded.height, record.fields["image"]["alt"].strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: the bank that ships")
    parser.add_argument("--check", action="store_true", help="only read and validate")
    parser.add_argument("--flags", action="store_true", help="list what players have reported, and no more")
    parser.add_argument(
        "--difficulty", action="store_true", help="list what players find easier or harder than the file says"
    )
    parser.add_argument(
        "--format", choices=reading.FORMATS, help="of the files; default: told from what is in them"
    )
    parser.add_argument("--collection", help="the set that these questions belong to")
    parser.add_argument(
        "--retire-missing", action="store_true", help="retire what the set had and files lack"
    )
    parser.add_argument("--project", help="the Google Cloud project to write to")
    parser.add_argument(
        "--if-empty", action="store_true", help="do nothing where there are questions already"
    )
    return parser


def _to_datastore(project: str | None, act: Callable[[Store], None]) -> int:
    """The exit status; what goes wrong is one sentence."""
    try:
        store = _store(project)
        if store is None:
            return _failed("Where to? Set DATASTORE_EMULATOR_HOST for a local cloud, or name a --project.")
        act(store)
    except StoreUnavailable as error:
        return _failed(f"{error}. Run the same command again: it goes on where it stopped.")
    except TooManyDecks as error:
        return _failed(f"{error}. Nothing of these files is in play.")
    except (GoogleAuthError, GoogleAPICallError) as error:
        return _failed(f"Datastore does not let us in or refuses this: {error}")
    return 0


def _write(store: Store, spool: Spool, collection: str, options: argparse.Namespace) -> None:
    missing_from = collection if options.retire_missing else None
    progress = _progress(spool.length)
    _report(seed(store, spool, datetime.now(UTC), missing_from, progress, spool.image_of))


def _list_flags(store: Store) -> None:
    found = tallies(store)
    questions = store.get_many([store.key(Question.KIND, tally.question) for tally in found])
    for tally, entity in zip(found, questions, strict=True):
        question = Question.from_entity(entity) if entity else None
        about = f"{question.category.name}: {question.prompt}" if question else "it is gone"
        print(f"{_counted(tally.reasons.total(), 'report')} of {tally.question} ({about})")
        print("  " + ", ".join(f"{number} {reason}" for reason, number in tally.reasons.most_common()))
        for comment in tally.comments:
            print(f"  {comment}")
    if not found:
        print("No question was reported.")


def _list_difficulties(store: Store) -> None:
    """Of every question that was counted, and whose share of right answers its difficulty can hardly have."""
    build = build_for(os.environ.get("TIME_ZONE") or "UTC")
    pages = Aggregate.load_many(store, build, PAGES)
    found = {id: QuestionSums(*numbers) for page in pages for id, numbers in page.sums.items()}
    ids = sorted(found)
    rows = []
    for id, entity in zip(ids, store.get_many([store.key(Question.KIND, id) for id in ids]), strict=True):
        question = Question.from_entity(entity) if entity else None
        if question and found[id].disagrees_with(question.difficulty):
            rows.append(_difficulty_row(question, found[id]))
    print(
        "\n".join(
            [DIFFICULTY_HEADING, *rows] if rows else ["No question is easier or harder than its file says."]
        )
    )


def _difficulty_row(question: Question, sums: QuestionSums) -> str:
    share = f"{100 * sums.right // sums.asked}%"
    return DIFFICULTY_ROW.format(
        question.difficulty, sums.measured, share, f"{sums.asked:,}", question.collection, question.id
    )


def _is_filled(project: str | None) -> bool:
    store = _store(project)
    return store is not None and bool(Deck.all(store))


def _store(project: str | None) -> Store | None:
    if os.environ.get("DATASTORE_EMULATOR_HOST"):
        project = project or os.environ.get("GOOGLE_CLOUD_PROJECT") or LOCAL_PROJECT
    return Store(datastore.Client(project=project)) if project else None


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
