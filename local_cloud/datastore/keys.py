"""Keys as bytes whose order is Datastore's key order, and back.

A parent's bytes are a prefix of its children's, so an ancestor is a range.
A key inside a longer encoding therefore needs KEY_END.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from local_cloud.datastore.messages import Key, PartitionId
from local_cloud.datastore.ordering import LAST, decode_bytes, decode_int, encode_bytes, encode_int
from local_cloud.faults import invalid

# Sorts before any further path element.
KEY_END = b"\x00\x00"
# A key followed by this is the first thing after the key and before its children.
JUST_AFTER = b"\x00"

PARTITIONS_IN_MEMORY = 128

MAX_PATH_ELEMENTS = 100
MAX_NAME_BYTES = 1_500
MAX_KEY_BYTES = 6 * 1024

_NAMESPACE = re.compile(r"[0-9A-Za-z._-]{1,100}")

_ID = b"\x01"
_NAME = b"\x02"


@dataclass(frozen=True, slots=True)
class Database:
    """What a request is about; every key in it must agree."""

    project: str
    name: str


def database_of(project_id: str, database_id: str) -> Database:
    if not project_id:
        raise invalid("The project id is the empty string.")
    if database_id == "(default)":
        raise invalid('"(default)" is an invalid database id.')
    return Database(project_id, database_id)


def fill_partition(partition: PartitionId, database: Database) -> None:
    """A partition may leave out what the request says already, but not contradict it."""
    if partition.project_id not in ("", database.project) or partition.database_id not in ("", database.name):
        raise invalid("mismatched databases within request")
    if partition.namespace_id:
        _check_namespace(partition.namespace_id)
    partition.project_id = database.project
    partition.database_id = database.name


def encode_database(partition: PartitionId) -> bytes:
    """What all namespaces of a database begin with."""
    return _encode_names(partition.project_id, partition.database_id)


def encode_partition(partition: PartitionId) -> bytes:
    return _encode_names(partition.project_id, partition.database_id, partition.namespace_id)


def encode_path(key: Key) -> list[bytes]:
    """One piece per path element; the last has no id or name in an incomplete key."""
    return [_encode_element(element) for element in key.path]


def encode_key(key: Key) -> bytes:
    return encode_partition(key.partition_id) + b"".join(encode_path(key))


def encode_ancestors(key: Key) -> list[bytes]:
    """The keys from the root down to the key itself."""
    encoded = encode_partition(key.partition_id)
    ancestors = []
    for element in encode_path(key):
        encoded += element
        ancestors.append(encoded)
    return ancestors


def decode_key(encoded: bytes) -> Key:
    key = Key()
    project, at = decode_bytes(encoded, 0)
    database, at = decode_bytes(encoded, at)
    namespace, at = decode_bytes(encoded, at)
    key.partition_id.project_id = project.decode()
    key.partition_id.database_id = database.decode()
    key.partition_id.namespace_id = namespace.decode()
    while at < len(encoded):
        at = _decode_element(encoded, at, key)
    return key


def descendants(ancestor: bytes) -> tuple[bytes, bytes]:
    """The half-open range of the key itself and everything below it."""
    return ancestor, ancestor + LAST


def is_complete(key: Key) -> bool:
    return bool(key.path) and key.path[-1].WhichOneof("id_type") is not None


def is_reserved(name: str) -> bool:
    return len(name) >= 4 and name.startswith("__") and name.endswith("__")


def check_key(key: Key, *, complete: bool = True, allow_reserved: bool = False) -> None:
    """Refuse what no Datastore key can be. `complete=False` also admits a key that waits for its id."""
    if not key.path:
        raise invalid("Key path is empty.")
    if len(key.path) > MAX_PATH_ELEMENTS:
        raise invalid(f"Key path is too long. Cannot exceed {MAX_PATH_ELEMENTS} elements.")
    last = len(key.path) - 1
    for position, element in enumerate(key.path):
        id_type = element.WhichOneof("id_type")
        if id_type is None and (complete or position < last):
            raise invalid(f"Key path element must not be incomplete: {_told(key)}")
        if id_type == "id" and element.id == 0:
            raise invalid("Key path id is invalid. Must not be zero.")
        if id_type == "name":
            check_name("key path element name", element.name, allow_reserved)
        check_name("kind", element.kind, allow_reserved)
    if key.ByteSize() > MAX_KEY_BYTES:
        raise invalid(f"The key is longer than {MAX_KEY_BYTES} bytes.")


def check_incomplete(key: Key) -> None:
    """Of a key that is to get an id."""
    check_key(key, complete=False)
    if is_complete(key):
        raise invalid(f"Key path element must not be complete: {_told(key)}")


def check_name(what: str, name: str, allow_reserved: bool = False) -> None:
    """`what`: what it is the name of, for the message."""
    if not name:
        raise invalid(f"The {what} is the empty string.")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise invalid(f"The {what} is longer than {MAX_NAME_BYTES} bytes.")
    if not allow_reserved and is_reserved(name):
        raise invalid(f'The {what} "{name}" is reserved.')


def _told(key: Key) -> str:
    elements = (f"{element.kind}: {element.name or element.id or ''}" for element in key.path)
    return f"[{', '.join(elements)}]"


def _check_namespace(namespace: str) -> None:
    if not _NAMESPACE.fullmatch(namespace):
        raise invalid(f'Illegal string "{namespace}" in namespace id.')
    if is_reserved(namespace):
        raise invalid(f'The namespace id "{namespace}" is reserved.')


@lru_cache(PARTITIONS_IN_MEMORY)
def _encode_names(*names: str) -> bytes:
    return b"".join(encode_bytes(name.encode()) for name in names)


def _encode_element(element: Key) -> bytes:
    kind = encode_bytes(element.kind.encode())
    id_type = element.WhichOneof("id_type")
    if id_type == "id":
        return kind + _ID + encode_int(element.id)
    if id_type == "name":
        return kind + _NAME + encode_bytes(element.name.encode())
    return kind


def _decode_element(encoded: bytes, start: int, key: Key) -> int:
    """Append the element that starts there to the key; where it ends."""
    kind, at = decode_bytes(encoded, start)
    element = key.path.add()
    element.kind = kind.decode()
    if encoded[at : at + 1] == _ID:
        element.id, at = decode_int(encoded, at + 1)
    else:
        name, at = decode_bytes(encoded, at + 1)
        element.name = name.decode()
    return at
