"""How long Datastore is waited for, and what each of its failures means."""

from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions, retry

CALL_SECONDS = 5.0
"""Deadline of one call."""

READ_RETRY_SECONDS = 8.0
"""How long a read is tried again while Datastore is away. Reads only: a commit may have been applied."""

BATCH_SECONDS = 60.0
"""Deadline of one commit of many mutations."""

CONFLICTS = (
    exceptions.Aborted,
    exceptions.AlreadyExists,
    exceptions.FailedPrecondition,
    exceptions.NotFound,
    exceptions.ResourceExhausted,
)
"""The commit was refused because somebody else's came between: nothing was written."""

UNCERTAIN = (
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ServiceUnavailable,
    exceptions.Unknown,
)
"""The commit may or may not have been applied."""

_TRANSIENT = (*UNCERTAIN, exceptions.ResourceExhausted)
_NO_ANSWER = (exceptions.RetryError, exceptions.Aborted, *_TRANSIENT)


class StoreUnavailable(Exception):
    """Datastore did not answer, or did not settle, in time."""


def _retry_of(*errors: type[Exception]) -> retry.Retry:
    return retry.Retry(
        predicate=retry.if_exception_type(*errors), initial=0.05, maximum=1.0, timeout=READ_RETRY_SECONDS
    )


READ_RETRY = _retry_of(*_TRANSIENT, exceptions.Aborted)
READ_RETRY_IN_TRANSACTION = _retry_of(*_TRANSIENT)
"""An aborted transaction is over: it can only be begun again, as a whole."""

ONCE = _retry_of()


@contextmanager
def plain_errors(errors: tuple[type[Exception], ...] = _NO_ANSWER) -> Iterator[None]:
    """StoreUnavailable instead of these."""
    try:
        yield
    except errors as error:
        raise StoreUnavailable("Datastore did not answer in time") from error
