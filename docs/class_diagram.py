"""Draws the models as a Mermaid class diagram: `python -m docs.class_diagram > docs/models.md`."""

import importlib
import inspect
import pkgutil
import re
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import models

HEADING = """# The models

Drawn from the code by `python -m docs.class_diagram`; a test fails when it is not. A class with a `kind`
wraps a Datastore entity of that kind; an arrow says that one class holds the other.
"""


def page() -> str:
    classes = [one for module in _modules() for one in _classes_of(module)]
    lines = ["classDiagram"]
    for one in classes:
        lines += _class_lines(one)
    lines += _arrows(classes)
    return f"{HEADING}\n```mermaid\n" + "\n".join(lines) + "\n```\n"


def _modules() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(models.__path__))
    return [importlib.import_module(f"models.{name}") for name in names]


def _classes_of(module: ModuleType) -> list[type]:
    """The public dataclasses and named tuples that the module defines, in the order of its text."""
    found = [
        value
        for name, value in vars(module).items()
        if _holds_data(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    return sorted(found, key=lambda one: inspect.getsourcelines(one)[1])


def _holds_data(value: object) -> bool:
    return is_dataclass(value) or (isinstance(value, type) and issubclass(value, tuple))


def _types_of(one: Any) -> dict[str, object]:
    """The types of its fields, by their names."""
    if is_dataclass(one):
        return {field.name: field.type for field in fields(one)}
    return dict(one.__annotations__)


def _class_lines(one: type) -> list[str]:
    kind = [f"  <<kind {one.KIND}>>"] if hasattr(one, "KIND") else []
    attributes = [f"  {name} {_type_name(type_)}" for name, type_ in _types_of(one).items()]
    verbs = [
        f"  {name}()"
        for name, value in vars(one).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, classmethod))
    ]
    return [f"class {one.__name__} {{", *kind, *attributes, *verbs, "}"]


def _arrows(classes: list[type]) -> list[str]:
    names = {one.__name__ for one in classes}
    held = {
        (one.__name__, word)
        for one in classes
        for type_ in _types_of(one).values()
        for word in re.findall(r"\w+", _type_name(type_))
        if word in names
    }
    return [f"{holder} --> {holding}" for holder, holding in sorted(held)]


def _type_name(type_: object) -> str:
    """Mermaid reads square brackets and bars as its own."""
    name = type_.__name__ if isinstance(type_, type) and not hasattr(type_, "__args__") else str(type_)
    name = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", name)
    return name.replace("[", "‹").replace("]", "›").replace(" | ", " or ")


if __name__ == "__main__":
    print(page(), end="")
