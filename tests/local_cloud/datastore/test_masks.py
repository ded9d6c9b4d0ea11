from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.helpers import entity_from_protobuf

from .calls import commit, delete, lookup, update, upsert, version_of

Builder = Callable[..., datastore.Entity]


def mask(*paths: str) -> dict[str, Any]:
    return {"property_mask": {"paths": list(paths)}}


def the_rest(client: datastore.Client, key: datastore.Key, *paths: str) -> dict[str, Any]:
    request = {"project_id": client.project, "keys": [key.to_protobuf()], **mask(*paths)}
    return dict(entity_from_protobuf(client._datastore_api.lookup(request=request).found[0].entity._pb))


def test_a_masked_write_changes_removes_and_keeps(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, changed=1, removed=1, kept=1))
    commit(client, upsert(an_entity("A", 1, changed=2, ignored=2), **mask("changed", "removed", "never")))
    assert dict(client.get(client.key("A", 1))) == {"changed": 2, "kept": 1}


def test_a_masked_write_may_make_an_entity(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, upsert(an_entity("A", 1, a=1, b=2), **mask("a")))
    assert dict(client.get(client.key("A", 1))) == {"a": 1}


def test_a_mask_reaches_into_embedded_entities(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, sub=an_entity("S", 1, x=1, y=1, z=1)))
    commit(client, update(an_entity("A", 1, sub=an_entity("S", 1, x=2)), **mask("sub.x", "sub.y")))
    assert dict(client.get(client.key("A", 1))["sub"]) == {"x": 2, "z": 1}
    assert dict(the_rest(client, client.key("A", 1), "sub.z")["sub"]) == {"z": 1}


def test_an_embedded_entity_made_for_a_mask_is_indexed_as_the_given_one(
    client: datastore.Client, an_entity: Builder
) -> None:
    sub = an_entity("S", 1, unindexed=("deep",), deep=an_entity("S", 1, text="x" * 2_000))
    for unindexed in (("sub",), ()):
        given = an_entity("A", len(unindexed) + 1, unindexed=unindexed, sub=sub)
        commit(client, upsert(given, **mask("sub.deep.text")))
        found = client.get(given.key)
        assert found.exclude_from_indexes == set(unindexed)
        assert found["sub"].exclude_from_indexes == {"deep"}


def test_an_embedded_entity_that_is_there_stays_as_much_indexed(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, sub=an_entity("S", 1, x=1)))
    given = an_entity("A", 1, unindexed=("sub",), sub=an_entity("S", 1, x=2))
    commit(client, upsert(given, **mask("sub.x")))
    assert client.get(client.key("A", 1)).exclude_from_indexes == set()


def test_a_masked_read_tells_what_is_not_indexed(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("sub",), sub=an_entity("S", 1, x=1, y=1)))
    request = {"project_id": client.project, "keys": [client.key("A", 1).to_protobuf()], **mask("sub.x")}
    (found,) = client._datastore_api.lookup(request=request).found
    assert found.entity.properties["sub"].exclude_from_indexes


def test_a_dot_in_a_name_is_escaped(client: datastore.Client, an_entity: Builder) -> None:
    entity = an_entity("A", 1, b=1)
    entity["a.b"] = 1
    client.put(entity)
    assert the_rest(client, entity.key, r"a\.b") == {"a.b": 1}
    assert the_rest(client, entity.key, "a.b") == {}


def test_a_masked_read_returns_only_what_is_named(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1, b=2))
    assert the_rest(client, client.key("A", 1), "b", "never") == {"b": 2}
    assert the_rest(client, client.key("A", 1), "__key__") == {}


def test_a_query_for_keys_alone_may_have_a_mask(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1))
    keys = {"kind": [{"name": "A"}], "projection": [{"property": {"name": "__key__"}}]}
    request = {"project_id": client.project, "query": keys, **mask("a")}
    (result,) = client._datastore_api.run_query(request=request).batch.entity_results
    assert dict(entity_from_protobuf(result.entity._pb)) == {}


def test_a_masked_write_of_the_same_changes_nothing(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1, b=1))
    before = version_of(client, client.key("A", 1))
    commit(client, upsert(an_entity("A", 1, a=1), **mask("a")))
    assert version_of(client, client.key("A", 1)) == before


def test_a_delete_ignores_its_mask(client: datastore.Client, an_entity: Builder) -> None:
    for paths in (("a",), ("",)):
        client.put(an_entity("A", 1, a=1, b=1))
        commit(client, delete(client.key("A", 1), **mask(*paths)))
        assert client.get(client.key("A", 1)) is None


def test_impossible_masks_are_refused(client: datastore.Client, an_entity: Builder) -> None:
    for path in ("", "a..b"):
        with pytest.raises(InvalidArgument):
            commit(client, upsert(an_entity("A", 1), **mask(path)))
    assert not lookup(client, client.key("A", 1)).found
