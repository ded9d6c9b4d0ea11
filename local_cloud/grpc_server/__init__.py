"""A small gRPC server on threads. It knows HTTP/2 as gRPC's clients speak it, and no service."""

from local_cloud.grpc_server.call import Call
from local_cloud.grpc_server.methods import Method, Methods, plain
from local_cloud.grpc_server.server import GrpcServer

__all__ = ["Call", "GrpcServer", "Method", "Methods", "plain"]
