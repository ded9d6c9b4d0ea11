"""What can go wrong: a Fault is answered to the client, the others stop the server from starting."""

from __future__ import annotations

import logging
from enum import Enum

_log = logging.getLogger(__name__)


class Code(Enum):
    """Those statuses of gRPC that are answered here, by their numbers on the wire."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


class PortTaken(Exception):
    """Another program listens on the port."""


class DataUnusable(Exception):
    """The data folder cannot be used: unreadable, foreign, or owned by another running process."""


class Fault(Exception):
    """A call that is answered with a gRPC status instead of a response."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def fault_of(error: Exception) -> Fault:
    """As it is answered; what was not meant to be one is logged, too."""
    if isinstance(error, Fault):
        return error
    _log.error("A call failed", exc_info=error)
    return Fault(Code.INTERNAL, "The local cloud failed; its log tells why.")


def invalid(message: str) -> Fault:
    return Fault(Code.INVALID_ARGUMENT, message)


def unimplemented(feature: str) -> Fault:
    return Fault(Code.UNIMPLEMENTED, f"{feature}: not implemented in the local cloud yet")


def aborted(message: str) -> Fault:
    return Fault(Code.ABORTED, message)


def failed_precondition(message: str) -> Fault:
    return Fault(Code.FAILED_PRECONDITION, message)


def already_exists(message: str) -> Fault:
    return Fault(Code.ALREADY_EXISTS, message)


def not_found(message: str) -> Fault:
    return Fault(Code.NOT_FOUND, message)
