"""Resource names: projects/PROJECT/COLLECTION/ID."""

from __future__ import annotations

import re

from local_cloud.faults import invalid

DELETED_TOPIC = "_deleted-topic_"

_PROJECT = re.compile(r"projects/([^/]+)")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_RESERVED_PREFIX = "goog"


def check_name(name: str, collection: str) -> None:
    """collection: topics, subscriptions or snapshots."""
    parts = name.split("/")
    if len(parts) != 4 or parts[0] != "projects" or not parts[1] or parts[2] != collection:
        raise invalid(f"{name!r} does not have the form projects/PROJECT/{collection}/ID.")
    if not _ID.fullmatch(parts[3]) or parts[3].startswith(_RESERVED_PREFIX):
        raise invalid(
            f"{parts[3]!r} is no id for {collection}: 3 to 255 letters, digits and . _ ~ + % -, "
            f"with a letter first and not {_RESERVED_PREFIX!r}."
        )


def check_project(project: str) -> None:
    if not _PROJECT.fullmatch(project):
        raise invalid(f"{project!r} does not have the form projects/PROJECT.")


def project_of(name: str) -> str:
    return name.split("/")[1]


def id_of(name: str) -> str:
    return name.split("/")[3]
