"""What can go wrong: a Fault is answered to the client, the others stop the server from starting."""

from __future__ import annotations

import grpc


class PortTaken(Exception):
    """Another program listens on the port."""


class DataUnusable(Exception):
    """The data folder cannot be used: unreadable, foreign, or owned by another running process."""


class Fault(Exception):
    """A call that is answered with a gRPC status instead of a response."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Fault:
    return Fault(grpc.StatusCode.INVALID_ARGUMENT, message)


def unimplemented(feature: str) -> Fault:
    return Fault(grpc.StatusCode.UNIMPLEMENTED, f"{feature}: not implemented in the local cloud yet")


def aborted(message: str) -> Fault:
    return Fault(grpc.StatusCode.ABORTED, message)


def failed_precondition(message: str) -> Fault:
    return Fault(grpc.StatusCode.FAILED_PRECONDITION, message)


def already_exists(message: str) -> Fault:
    return Fault(grpc.StatusCode.ALREADY_EXISTS, message)


def not_found(message: str) -> Fault:
    return Fault(grpc.StatusCode.NOT_FOUND, message)
