"""Every event of a Genesys Cloud journey session, each once and in order.

>>> from journey_events import Client
>>> client = Client.from_env()  # doctest: +SKIP
>>> for event in client.session_events(session_id):
...     print(event.type)
...     break
com.genesys.journey.WebEvent

The package keeps within the service's quota, retries what fails, follows the cursors, and resumes at the event.
``record_batches`` gives Arrow to pyarrow, Polars, DuckDB and pandas; ``sync`` keeps a dataset of files up to date.
"""

import atexit as _atexit

from ._errors import (
    CertificateError,
    ConnectError,
    CursorLoopError,
    CursorRejectedError,
    DatasetError,
    DatasetSettingsError,
    Error,
    ForbiddenError,
    IncompleteError,
    InvalidInputError,
    LoginError,
    MalformedEventError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RequestTimeoutError,
    ShiftingError,
    StaleCheckpointError,
    StalledError,
    TooLargeError,
    TransportError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedResponseError,
)
from ._native import (
    Checkpoint,
    Client,
    ContactSessions,
    Event,
    FoundSession,
    FoundSessions,
    RecordBatches,
    Session,
    SessionEvents,
    status,
    sync,
)
from ._native import shut_down as _shut_down
from ._types import Progress, Stats

__all__ = [
    "CertificateError",
    "Checkpoint",
    "Client",
    "ConnectError",
    "ContactSessions",
    "CursorLoopError",
    "CursorRejectedError",
    "DatasetError",
    "DatasetSettingsError",
    "Error",
    "Event",
    "ForbiddenError",
    "FoundSession",
    "FoundSessions",
    "IncompleteError",
    "InvalidInputError",
    "LoginError",
    "MalformedEventError",
    "NotFoundError",
    "Progress",
    "RateLimitedError",
    "RecordBatches",
    "RejectedError",
    "RequestTimeoutError",
    "Session",
    "SessionEvents",
    "ShiftingError",
    "StaleCheckpointError",
    "StalledError",
    "Stats",
    "TooLargeError",
    "TransportError",
    "UnauthorizedError",
    "UnavailableError",
    "UnexpectedResponseError",
    "status",
    "sync",
]

_atexit.register(_shut_down)
