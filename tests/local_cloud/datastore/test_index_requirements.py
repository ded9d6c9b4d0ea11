from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter


def a_query(client: datastore.Client, asked: dict[str, Any]) -> Any:
    options = dict(asked)
    filters, under = options.pop("filters", ()), options.pop("under", None)
    query = client.query(kind="K", ancestor=client.key("P", 1) if under else None, **options)
    for name, operator in filters:
        value = client.key("P", 1, "K", 1) if name == "__key__" else 1
        query.add_filter(filter=PropertyFilter(name, operator, value))
    return query


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"filters": [("a", "="), ("b", "="), ("c", "=")]},
        {"filters": [("a", ">"), ("a", "<")]},
        {"filters": [("a", ">")], "order": ["-a"]},
        {"order": ["a"]},
        {"order": ["-a"]},
        {"order": ["a", "__key__"]},
        {"order": ["__key__"]},
        {"under": True},
        {"under": True, "filters": [("a", "="), ("b", "=")]},
        {"filters": [("a", "="), ("__key__", ">")]},
        {"filters": [("a", "=")], "order": ["__key__"]},
        {"filters": [("a", "=")], "order": ["a"]},
        {"projection": ["a"]},
        {"projection": ["a"], "filters": [("a", ">")]},
    ],
)
def test_needs_no_composite_index(client: datastore.Client, asked: dict[str, Any]) -> None:
    assert list(a_query(client, asked).fetch()) == []


@pytest.mark.parametrize(
    ("asked", "properties"),
    [
        ({"filters": [("a", "=")], "order": ["b"]}, "  - name: a\n  - name: b\n"),
        (
            {"filters": [("c", "="), ("a", "=")], "order": ["-b"]},
            "  - name: a\n  - name: c\n  - name: b\n    direction: desc\n",
        ),
        ({"filters": [("a", "="), ("b", ">")]}, "  - name: a\n  - name: b\n"),
        ({"order": ["a", "-b"]}, "  - name: a\n  - name: b\n    direction: desc\n"),
        ({"order": ["-__key__"]}, "  - name: __key__\n    direction: desc\n"),
        (
            {"filters": [("a", "=")], "order": ["-__key__"]},
            "  - name: a\n  - name: __key__\n    direction: desc\n",
        ),
        ({"projection": ["a", "b"]}, "  - name: a\n  - name: b\n"),
        ({"projection": ["b"], "filters": [("a", "=")]}, "  - name: a\n  - name: b\n"),
    ],
)
def test_a_missing_index_is_named_as_production_names_it(
    client: datastore.Client, asked: dict[str, Any], properties: str
) -> None:
    with pytest.raises(FailedPrecondition) as refusal:
        list(a_query(client, asked).fetch())
    assert refusal.value.message == (
        f"no matching index found. recommended index is:\n- kind: K\n  properties:\n{properties}"
    )


@pytest.mark.parametrize("asked", [{"order": ["a"]}, {"filters": [("a", ">")]}])
def test_under_an_ancestor_the_index_needs_it_too(client: datastore.Client, asked: dict[str, Any]) -> None:
    with pytest.raises(FailedPrecondition) as refusal:
        list(a_query(client, {**asked, "under": True}).fetch())
    assert refusal.value.message == (
        "no matching index found. recommended index is:\n"
        "- kind: K\n  ancestor: yes\n  properties:\n  - name: a\n"
    )


def test_an_index_in_one_direction_does_not_serve_the_other(client: datastore.Client) -> None:
    assert not list(client.query(kind="Entry", order=["place", "-__key__"]).fetch())
    with pytest.raises(FailedPrecondition):
        list(client.query(kind="Entry", order=["-place", "-__key__"]).fetch())
