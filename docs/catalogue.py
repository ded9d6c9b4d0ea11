"""Writes a catalogue: `python -m docs.catalogue pl` adds what is new to Polish's .po and compiles its .mo."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import controllers  # noqa: F401 - loads every Fault, whose sentences pages tell
from models.fault import Fault
from views import translation

ROOT = Path(__file__).parent.parent

TEMPLATES = "views/**.html"
METHODS = [
    *((f"{room}/**.py", "python") for room in ("models", "controllers", "views")),
    (TEMPLATES, "jinja2"),
]
OPTIONS = {TEMPLATES: {"silent": "false"}}


def template() -> Catalog:
    """Every sentence that a page can show, with where it stands."""
    doors = DEFAULT_KEYWORDS | {"later": None} | {fault.__name__: None for fault in Fault.__subclasses__()}
    catalogue = Catalog(project="Quizboard", fuzzy=False)
    for file, line, sentence, _, context in extract_from_dir(ROOT, METHODS, OPTIONS, doors):
        catalogue.add(sentence, locations=[(file, line)], context=context)
    return catalogue


def write(tag: str) -> None:
    """What is translated already stays; what no page says any more goes."""
    folder, locale = translation.CATALOGUES, tag.replace("-", "_")
    folder.mkdir(exist_ok=True)
    po, mo = folder / f"{tag}.po", folder / f"{tag}.mo"
    catalogue = read_po(po.read_text("utf-8").splitlines(), locale) if po.exists() else Catalog(locale)
    catalogue.update(template(), no_fuzzy_matching=True)
    with po.open("wb") as file:
        write_po(file, catalogue, ignore_obsolete=True)
    with mo.open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    write(sys.argv[1])
