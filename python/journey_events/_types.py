"""What dicts contain."""

from __future__ import annotations

from typing import TypedDict


class Progress(TypedDict):
    """A moment of a run of ``sync``."""

    events: int
    """Events that this process recorded in this run."""

    sessions: int
    """Sessions whose read ended in this run."""

    sessions_left: int
    """Sessions that are left to read, of those that are known."""

    is_outage: bool
    """Whether all sessions wait because the service can't be used."""

    totals: dict[str, int]
    """The whole dataset: sessions, events, files, ..."""


class Stats(TypedDict):
    """What a client has done so far."""

    requests: int
    """HTTP requests sent, logins included."""

    attempts: int
    """Attempts at pages, sessions and conversations, retries included."""

    pages: int
    """Complete pages received."""

    events: int
    """Events on those pages."""

    bytes: int
    """Bytes of those pages, after decompression."""

    waited: float
    """Seconds spent waiting for the quota, summed over all requests."""


Progress.__module__ = Stats.__module__ = "journey_events"
