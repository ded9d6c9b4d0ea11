"""The Datastore stub of Google's App Engine SDK behind gRPC: `python app_engine_bridge.py PORT`.

Runs in a virtual environment of its own (see app_engine.py), which has the SDK. The SDK's own converters
translate Datastore API v1; their module `googledatastore`, no longer published, is put together here.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import grpc
from google.cloud.datastore_v1 import types
from google.protobuf import struct_pb2, timestamp_pb2
from google.rpc import code_pb2

METHODS = ("Lookup", "RunQuery", "BeginTransaction", "Commit", "Rollback", "AllocateIds")
OPTIONS = [("grpc.max_receive_message_length", 10 * 1024 * 1024)]


def googledatastore() -> ModuleType:
    """The messages of google-cloud-datastore, under the names by which the SDK knows them."""
    module = ModuleType("googledatastore")
    vars(module).update({name: getattr(types, name).pb() for name in dir(types) if name[0].isupper()})
    # The SDK compares operators with one that the API does not have.
    operators = types.PropertyFilter.pb().Operator
    module.PropertyFilter = SimpleNamespace(**dict(operators.items()), HAS_PARENT=-1)
    module.NULL_VALUE = struct_pb2.NULL_VALUE
    module.VERSION = (6, 0, 0)
    module.code_pb2 = code_pb2
    module.helper = SimpleNamespace(
        micros_from_timestamp=timestamp_pb2.Timestamp.ToMicroseconds,
        micros_to_timestamp=lambda micros, timestamp: timestamp.FromMicroseconds(micros),
    )
    return module


sys.modules["googledatastore"] = googledatastore()

# What follows imports it.
from google.appengine.api import apiproxy_stub_map, datastore_file_stub  # noqa: E402
from google.appengine.datastore import cloud_datastore_v1_stub, datastore_pb, datastore_stub_util  # noqa: E402
from google.appengine.runtime import apiproxy_errors  # noqa: E402

# By the SDK's own numbers; the others are answered with INTERNAL.
CODES = {
    datastore_pb.Error.BAD_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    datastore_pb.Error.CONCURRENT_TRANSACTION: grpc.StatusCode.ABORTED,
    datastore_pb.Error.NEED_INDEX: grpc.StatusCode.FAILED_PRECONDITION,
}


def register_storage() -> None:
    storage = datastore_file_stub.DatastoreFileStub(
        "judge",
        None,
        # Otherwise it would serve one project.
        trusted=True,
        consistency_policy=datastore_stub_util.PseudoRandomHRConsistencyPolicy(probability=1.0),
        use_atexit=False,
        auto_id_policy=datastore_stub_util.SCATTERED,
    )
    apiproxy_stub_map.apiproxy.RegisterStub("datastore_v3", storage)


@cache
def project_stub(project: str) -> cloud_datastore_v1_stub.CloudDatastoreV1Stub:
    return cloud_datastore_v1_stub.CloudDatastoreV1Stub(project)


def handler(method: str) -> grpc.RpcMethodHandler:
    response_type = getattr(types, f"{method}Response").pb()

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        response = response_type()
        try:
            project_stub(request.project_id).MakeSyncCall("cloud_datastore_v1", method, request, response)
        except apiproxy_errors.ApplicationError as error:
            context.abort(CODES.get(error.application_error, grpc.StatusCode.INTERNAL), error.error_detail)
        return response

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=getattr(types, f"{method}Request").pb().FromString,
        response_serializer=response_type.SerializeToString,
    )


def serve(port: str) -> None:
    register_storage()
    # One thread, because the SDK's stub is not safe for more.
    server = grpc.server(ThreadPoolExecutor(1), options=OPTIONS)
    handlers = {method: handler(method) for method in METHODS}
    service = grpc.method_handlers_generic_handler("google.datastore.v1.Datastore", handlers)
    server.add_generic_rpc_handlers((service,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve(sys.argv[1])
