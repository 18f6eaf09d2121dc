"""The types of the native module. What everything does is in its docstrings: ``help(journey_events.Client)``."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from os import PathLike
from typing import Any, Literal, NoReturn, Protocol, TypeAlias, final

from typing_extensions import CapsuleType, Self, disjoint_base

from ._types import Progress, Stats

__all__ = [
    "Checkpoint",
    "Client",
    "ContactSessions",
    "Event",
    "FoundSession",
    "FoundSessions",
    "RecordBatches",
    "Session",
    "SessionEvents",
    "Walk",
    "run_command",
    "shut_down",
    "status",
    "sync",
]

_Seconds: TypeAlias = float | timedelta
_Time: TypeAlias = datetime | str
_Path: TypeAlias = str | PathLike[str]
_PageSizeParameter: TypeAlias = Literal["both", "limit", "pageSize"]

class _HasId(Protocol):
    @property
    def id(self) -> str: ...

_Ids: TypeAlias = Iterable[str | _HasId]

@final
class Checkpoint:
    @classmethod
    def from_json(cls, json: str) -> Checkpoint: ...
    def to_json(self) -> str: ...
    @property
    def session_id(self) -> str: ...
    @property
    def state(self) -> Literal["start", "within", "done"]: ...
    @property
    def yielded(self) -> int: ...
    def skip(self) -> Checkpoint: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Event:
    @classmethod
    def from_json(cls, json: str) -> Event: ...
    @property
    def id(self) -> str | None: ...
    @property
    def type(self) -> str: ...
    @property
    def created_date(self) -> str | None: ...
    @property
    def created_at(self) -> datetime | None: ...
    @property
    def correlation_id(self) -> str | None: ...
    @property
    def customer_id(self) -> str | None: ...
    @property
    def customer_id_type(self) -> str | None: ...
    @property
    def json(self) -> str: ...
    @property
    def session(self) -> dict[str, Any] | None: ...
    @property
    def body(self) -> dict[str, Any] | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Session:
    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def created_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def last_event_at(self) -> datetime | None: ...
    @property
    def has_ended(self) -> bool: ...
    @property
    def event_count(self) -> int | None: ...
    @property
    def json(self) -> str: ...

@final
class FoundSession:
    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def customer_id(self) -> str | None: ...
    @property
    def customer_id_type(self) -> str | None: ...
    @property
    def contact_id(self) -> str | None: ...
    @property
    def conversation_id(self) -> str | None: ...

@final
class RecordBatches:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def checkpoint(self) -> Checkpoint: ...
    @property
    def error(self) -> BaseException | None: ...

@disjoint_base
class Walk:
    def close(self) -> None: ...

@final
class SessionEvents(Walk):
    def __iter__(self) -> Self: ...
    def __next__(self) -> Event: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Event: ...
    @property
    def checkpoint(self) -> Checkpoint: ...
    def record_batches(
        self, columns: Iterable[str] | None = None, *, batch_size: int | None = None
    ) -> RecordBatches: ...

@final
class ContactSessions(Walk):
    def __iter__(self) -> Self: ...
    def __next__(self) -> Session: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Session: ...
    @property
    def checkpoint(self) -> Checkpoint: ...

@final
class FoundSessions(Walk):
    def __iter__(self) -> Self: ...
    def __next__(self) -> FoundSession: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> FoundSession: ...

@final
class Client:
    def __new__(
        cls,
        *,
        region: str | None = None,
        base_url: str | None = None,
        login_url: str | None = None,
        allow_plain_http: bool = False,
        access_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_source: Callable[[], str | tuple[str, float]] | None = None,
        requests_per_minute: int | None = None,
        requests_per_second: int | None = None,
        burst: int | None = None,
        share_quota: str | None = None,
        max_attempts: int | None = None,
        max_throttled_attempts: int | None = None,
        base_delay: _Seconds | None = None,
        max_delay: _Seconds | None = None,
        max_retry_after: _Seconds | None = None,
        page_deadline: _Seconds | None = None,
        retry_budget: int | None = None,
        page_size_parameter: _PageSizeParameter | None = None,
        connect_timeout: _Seconds | None = None,
        read_timeout: _Seconds | None = None,
        attempt_timeout: _Seconds | None = None,
        idle_timeout: _Seconds | None = None,
        proxy: str | None = None,
        root_certificate: bytes | str | None = None,
    ) -> Self: ...
    @classmethod
    def from_env(
        cls,
        *,
        region: str | None = None,
        base_url: str | None = None,
        login_url: str | None = None,
        allow_plain_http: bool = False,
        access_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_source: Callable[[], str | tuple[str, float]] | None = None,
        requests_per_minute: int | None = None,
        requests_per_second: int | None = None,
        burst: int | None = None,
        share_quota: str | None = None,
        max_attempts: int | None = None,
        max_throttled_attempts: int | None = None,
        base_delay: _Seconds | None = None,
        max_delay: _Seconds | None = None,
        max_retry_after: _Seconds | None = None,
        page_deadline: _Seconds | None = None,
        retry_budget: int | None = None,
        page_size_parameter: _PageSizeParameter | None = None,
        connect_timeout: _Seconds | None = None,
        read_timeout: _Seconds | None = None,
        attempt_timeout: _Seconds | None = None,
        idle_timeout: _Seconds | None = None,
        proxy: str | None = None,
        root_certificate: bytes | str | None = None,
    ) -> Client: ...
    def session_events(
        self,
        session_id: str,
        *,
        page_size: int | None = None,
        after: str | None = None,
        before: str | None = None,
        event_types: Iterable[str] | None = None,
        read_ahead: int | None = None,
        follow: _Seconds | None = None,
        resume: Checkpoint | str | None = None,
    ) -> SessionEvents: ...
    def contact_sessions(
        self,
        contact_id: str,
        *,
        page_size: int | None = None,
        after: str | None = None,
        before: str | None = None,
        include_merged: bool | None = None,
        read_ahead: int | None = None,
        resume: Checkpoint | str | None = None,
    ) -> ContactSessions: ...
    def conversation_sessions(self, conversation_id: str) -> FoundSessions: ...
    def sessions_between(self, start: _Time, end: _Time) -> FoundSessions: ...
    def session(self, session_id: str) -> Session: ...
    @property
    def base_url(self) -> str: ...
    def stats(self) -> Stats: ...

def sync(
    dataset: _Path,
    *,
    sessions: _Ids = (),
    contacts: _Ids = (),
    reread: Literal["all"] | Iterable[str] | None = None,
    create: bool = False,
    format: Literal["parquet", "ndjson", "csv"] | None = None,
    compression: Literal["zstd", "gzip", "none"] | None = None,
    partition: Literal["date", "none"] | None = None,
    settle: _Seconds | None = None,
    columns: Iterable[str] | None = None,
    upgrade_columns: bool = False,
    skip_malformed: bool = False,
    concurrency: int = 8,
    follow: _Seconds | None = None,
    ledger: _Path | None = None,
    progress: Callable[[Progress], object] | None = None,
    client: Client | None = None,
) -> dict[str, Any]: ...
def status(dataset: _Path, *, ledger: _Path | None = None) -> dict[str, Any]: ...
def run_command(args: Iterable[str]) -> NoReturn: ...
def shut_down() -> None: ...
