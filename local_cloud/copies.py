"""`python -m local_cloud.copies save DIR FILE` and `restore FILE DIR`: all data of a local cloud in one file.

A copy is taken while the cloud runs, and is what was committed at one moment. A cloud must be stopped to be
given other data.
"""

import argparse
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from local_cloud.errors import CannotRun
from local_cloud.faults import DataUnusable
from local_cloud.sqlite_file import APPLICATION_ID, FILE_NAME, SqliteFile


def save(folder: Path, copy: Path) -> None:
    """Raises CannotRun if there is nothing to copy, or something where the copy should be."""
    if copy.exists():
        raise CannotRun(f"{copy} exists already.")
    draft = copy.with_name(f"{copy.name}.part")
    try:
        with closing(_opened(folder / FILE_NAME)) as source:
            _write(source, draft)
        # Only what is complete gets the name.
        os.replace(draft, copy)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise CannotRun(f"{copy} cannot be written: {error}.") from error


def restore(copy: Path, folder: Path, replace: bool = False) -> None:
    """All or nothing. Raises CannotRun if the folder is in use, or has data that is not to be replaced."""
    file = SqliteFile(folder)
    draft = folder / f"{FILE_NAME}.part"
    with closing(_opened(copy)) as source:
        _check_whole(source, copy)
        try:
            if replace:
                # What is given up need not be readable.
                file.take()
            else:
                _take_empty(file, folder)
            _write(source, draft)
            file.replace(draft)
        except DataUnusable as error:
            raise CannotRun(str(error)) from error
        except (OSError, sqlite3.Error) as error:
            draft.unlink(missing_ok=True)
            raise CannotRun(f"{folder} cannot be given other data: {error}.") from error
        finally:
            file.close()


def _take_empty(file: SqliteFile, folder: Path) -> None:
    file.open()
    with file.readable(), closing(file.connect()) as connection:
        (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if tables:
        raise CannotRun(f"{folder} holds data already; --replace would give it up.")


def _write(source: sqlite3.Connection, draft: Path) -> None:
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as target:
        source.backup(target)
        # A copy is one file, without a log beside it.
        target.execute("PRAGMA journal_mode = DELETE").fetchone()


def _opened(path: Path) -> sqlite3.Connection:
    """For reading alone, and only if it is a file of ours."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise CannotRun(f"{path} cannot be read: {error}.") from error
    if application_id != APPLICATION_ID:
        connection.close()
        raise CannotRun(f"{path} is not a file of the local cloud.")
    return connection


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    try:
        verdict = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        verdict = (str(error),)
    if verdict != ("ok",):
        raise CannotRun(f"{path} is damaged: {verdict[0]}.")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m local_cloud.copies", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    saving = commands.add_parser("save", help="copy the data in DIR to FILE, also while the cloud runs")
    saving.add_argument("folder", type=Path, metavar="DIR")
    saving.add_argument("copy", type=Path, metavar="FILE")
    restoring = commands.add_parser("restore", help="make the data in FILE that of DIR")
    restoring.add_argument("copy", type=Path, metavar="FILE")
    restoring.add_argument("folder", type=Path, metavar="DIR")
    restoring.add_argument("--replace", action="store_true", help="give up what is in DIR")
    options = parser.parse_args(arguments)
    try:
        if options.command == "save":
            save(options.folder, options.copy)
        else:
            restore(options.copy, options.folder, options.replace)
    except CannotRun as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main(sys.argv[1:])
