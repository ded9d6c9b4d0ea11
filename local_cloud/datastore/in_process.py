"""Google's client on an engine in the same process: no server, no port, nothing to wait for.

The channel stands where gRPC's would. Requests and responses still become bytes, so that nothing is shared.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import datastore
from google.cloud.datastore_v1.services.datastore import DatastoreClient
from google.cloud.datastore_v1.services.datastore.transports import DatastoreGrpcTransport

from local_cloud.datastore.engine import REQUESTS, Engine
from local_cloud.faults import Fault, fault_of


def client_of(engine: Engine, project: str, **options: Any) -> datastore.Client:
    """The options are those of datastore.Client: namespace, database."""
    # Where the environment names an emulator, the client wants to find for itself that it needs none.
    credentials = None if "DATASTORE_EMULATOR_HOST" in os.environ else AnonymousCredentials()
    client = datastore.Client(project=project, credentials=credentials, **options)
    # The one way in that there is; a test notices if it is closed.
    client._datastore_api_internal = DatastoreClient(
        transport=DatastoreGrpcTransport(channel=InProcessChannel(engine))
    )
    return client


class InProcessChannel(grpc.Channel):  # type: ignore[misc]  # grpc has no types
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes],
        response_deserializer: Callable[[bytes], Any],
        *_: Any,
        **__: Any,
    ) -> _Call:
        return _Call(self._engine, method.rpartition("/")[2], request_serializer, response_deserializer)

    def _none(self, *_: Any, **__: Any) -> Any:
        # gRPC's channel is an abstract class with five more methods; Datastore's API streams nothing.
        raise NotImplementedError("Datastore has no such calls.")

    unary_stream = stream_unary = stream_stream = subscribe = unsubscribe = _none

    def close(self) -> None:
        """The engine belongs to somebody else."""

    def __enter__(self) -> InProcessChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Call(grpc.UnaryUnaryMultiCallable):  # type: ignore[misc]  # grpc has no types
    def __init__(
        self,
        engine: Engine,
        name: str,
        serialize: Callable[[Any], bytes],
        deserialize: Callable[[bytes], Any],
    ) -> None:
        self._engine = engine
        self._name = name
        self._serialize = serialize
        self._deserialize = deserialize

    def __call__(self, request: Any, *_: Any, **__: Any) -> Any:
        received = REQUESTS[self._name].FromString(self._serialize(request))
        try:
            response = self._engine.call(self._name, received)
        except Exception as error:
            raise _Failure(fault_of(error)) from error
        return self._deserialize(response.SerializeToString())

    def with_call(self, request: Any, *_: Any, **__: Any) -> Any:
        return self(request), None

    def future(self, *_: Any, **__: Any) -> Any:
        # Abstract in gRPC as well; Google's client of Datastore never asks for one.
        raise NotImplementedError("A call in the same process is over when it returns.")


class _Failure(grpc.RpcError):  # type: ignore[misc]  # grpc has no types
    """A Fault as gRPC's callers expect it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self._fault = fault

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode[self._fault.code.name]

    def details(self) -> str:
        return self._fault.message

    def trailing_metadata(self) -> tuple[()]:
        return ()

    def result(self) -> Any:
        raise self
