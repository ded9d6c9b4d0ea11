"""index.yaml: the indexes that it defines, and what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_cloud.datastore.indexes import KEY_PROPERTY, Component, Index
from local_cloud.faults import DataUnusable


def read_index_file(path: Path | None) -> list[Index] | None:
    """What index.yaml defines; None if there is no such file."""
    if path is None:
        return None
    # Takes a tenth of the server's start, and most have no such file.
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return [_index_from(entry) for entry in document.get("indexes") or ()]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise DataUnusable(f"The index file {path} cannot be read: {error}") from error


def recommendation(index: Index) -> str:
    """Production's sentence for an index that is missing, to the letter: people search the web for it."""
    components = list(index.components)
    if index.key_descending:
        components.append(Component(KEY_PROPERTY, True))
    lines = ["no matching index found. recommended index is:", f"- kind: {index.kind}"]
    if index.has_ancestor:
        lines.append("  ancestor: yes")
    lines.append("  properties:")
    for component in components:
        lines.append(f"  - name: {component.name}")
        if component.descending:
            lines.append("    direction: desc")
    return "\n".join(lines) + "\n"


def _index_from(entry: dict[str, Any]) -> Index:
    components = [
        Component(str(item["name"]), item.get("direction", "asc") == "desc") for item in entry["properties"]
    ]
    key_descending = False
    if components and components[-1].name == KEY_PROPERTY:
        key_descending = components.pop().descending
    has_ancestor = entry.get("ancestor") in (True, "yes", "true")
    return Index(str(entry["kind"]), tuple(components), has_ancestor, key_descending)
