"""The exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ._native import Checkpoint


class Error(Exception):
    """Why a walk, a request or a setting failed.

    Each kind has a class of its own below this one. The text never contains a token, a secret, a cursor or data of a
    customer.
    """

    kind: ClassVar[str] = "error"
    """The kind, as a word: ``"rate_limited"``."""

    status: int | None = None
    """The HTTP status of the last response, if there was one."""

    code: str | None = None
    """The service's error code, such as ``"not.found"``."""

    service_message: str | None = None
    """The service's error message. It isn't part of the text, since it may quote the request."""

    correlation_id: str | None = None
    """By which Genesys support finds the request."""

    retry_after: float | None = None
    """How many seconds the service said to wait before the next request."""

    attempts: int = 0
    """How many attempts the failed request took; 0 if nothing was sent."""

    is_transient: bool = False
    """Whether the same request may succeed later without a change."""

    concerns_client: bool = False
    """Whether requests for other sessions would fail as well."""

    checkpoint: Checkpoint | None = None
    """Where to resume, just after the last item that was taken. ``None`` for errors that aren't a walk's."""


class InvalidInputError(Error, ValueError):
    """A setting, id, limit, cursor or checkpoint is invalid. Nothing was sent."""

    kind = "invalid_input"


class UnauthorizedError(Error):
    """The service refused the access token (401), also after it was replaced if it can be."""

    kind = "unauthorized"


class LoginError(Error):
    """The login service, or your ``token_source``, issued no access token."""

    kind = "login"


class ForbiddenError(Error):
    """The token lacks a permission (403)."""

    kind = "forbidden"


class NotFoundError(Error):
    """The session, contact or conversation doesn't exist (404), or belongs to another organization."""

    kind = "not_found"


class RateLimitedError(Error):
    """The service still throttles (429) after all retries."""

    kind = "rate_limited"


class CursorRejectedError(Error):
    """The service refused a cursor (400, 410)."""

    kind = "cursor_rejected"


class RejectedError(Error):
    """The service refused the request with another status. A retry wouldn't help."""

    kind = "rejected"


class UnavailableError(Error):
    """The service, or a gateway before it, was unavailable on every attempt."""

    kind = "unavailable"


class ConnectError(Error):
    """No connection could be opened: host name, address or proxy."""

    kind = "connect"


class CertificateError(Error):
    """The server's certificate isn't trusted, or is for another host."""

    kind = "certificate"


class RequestTimeoutError(Error, TimeoutError):
    """No connection, no response or only part of one within the timeouts."""

    kind = "timeout"


class TransportError(Error):
    """The connection was lost, or the response isn't valid HTTP."""

    kind = "transport"


class TooLargeError(Error):
    """A response is larger than 32 MiB or has over 100,000 items, or a minute has too many conversations."""

    kind = "too_large"


class UnexpectedResponseError(Error):
    """A successful response that is empty, isn't a listing or can't be decompressed."""

    kind = "unexpected_response"


class MalformedEventError(Error):
    """An event can't be decoded. ``checkpoint.skip()`` resumes after it."""

    kind = "malformed_event"


class CursorLoopError(Error):
    """The service returned a cursor that this walk has already followed."""

    kind = "cursor_loop"


class StalledError(Error):
    """The service returned pages with cursors but without an event for 10 minutes of request time."""

    kind = "stalled"


class ShiftingError(Error):
    """Conversations appeared or disappeared during each of 10 reads of the same pages."""

    kind = "shifting"


class StaleCheckpointError(Error):
    """The pages have none of the events that the checkpoint says were yielded."""

    kind = "stale_checkpoint"


class DatasetError(Error):
    """A dataset, its ledger or its store failed: exit status 1 of the command."""

    kind = "dataset"

    reason: str = ""
    """What failed, as a word: ``"disk_full"``, ``"busy"``, ``"no_dataset"``, ..."""


class DatasetSettingsError(DatasetError, ValueError):
    """There is no dataset, or it has other settings than those given: exit status 2 of the command."""

    kind = "dataset_settings"


class IncompleteError(Error):
    """A run of ``sync``, or a dataset, isn't complete: exit status 1 of the command. The same call continues."""

    kind = "incomplete"

    report: dict[str, Any] = {}
    """What ``sync`` did, or what ``status`` found: what the command prints with ``--json``."""


def _classes() -> dict[str, type[Error]]:
    found: dict[str, type[Error]] = {}
    for value in globals().values():
        if isinstance(value, type) and issubclass(value, Error):
            found[value.kind] = value
    return found


_BY_KIND = _classes()

for _class in _BY_KIND.values():
    _class.__module__ = "journey_events"


def of_kind(kind: str, text: str, details: dict[str, Any]) -> Error:
    """Make the exception of a kind. ``runtime``, and a kind that a newer library has, is an ``Error``."""
    error = _BY_KIND.get(kind, Error)(text)
    for name, value in details.items():
        setattr(error, name, value)
    if type(error) is Error:
        error.kind = kind  # type: ignore[misc]
    return error
