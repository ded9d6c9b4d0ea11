"""The words of this suite for what Google's client says at length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

Builder = Callable[..., datastore.Entity]


def where(name: str, operator: str, value: Any) -> PropertyFilter:
    return PropertyFilter(name, operator, value)


def a_query(client: datastore.Client, kind: str | None, *filters: Any, **options: Any) -> Any:
    query = client.query(kind=kind, **options)
    for one in filters:
        query.add_filter(filter=one)
    return query


def ids(query: Any, **options: Any) -> list[int | str]:
    return [entity.key.id_or_name for entity in query.fetch(**options)]


def found(client: datastore.Client, kind: str | None, *filters: Any, **options: Any) -> list[int | str]:
    """The ids or names of the results, in order."""
    return ids(a_query(client, kind, *filters, **options))


def call(client: datastore.Client, name: str, **request: Any) -> Any:
    """A raw call of google.datastore.v1 in the client's project."""
    return getattr(client._datastore_api, name)(request={"project_id": client.project, **request})


def property_filter(name: str, operator: str, value: dict[str, Any]) -> dict[str, Any]:
    """The raw form, for what the client would not send."""
    return {"property_filter": {"property": {"name": name}, "op": operator, "value": value}}
