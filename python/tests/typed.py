"""Code of a user, for type checkers: every kind of walk, and what it yields."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import journey_events
from journey_events import Checkpoint, Client, Error, Event, FoundSession, Session


def walks(client: Client, stored: str | Checkpoint) -> list[str]:
    events: list[Event] = list(client.session_events("id", page_size=100, resume=stored, follow=timedelta(seconds=5)))
    sessions: list[Session] = list(client.contact_sessions("id", include_merged=True))
    found: list[FoundSession] = list(client.sessions_between(datetime.now(timezone.utc), "2026-01-01T00:00:00Z"))
    found += client.conversation_sessions("id")
    body: dict[str, Any] | None = events[0].body
    assert body is not None
    ids = [session.id for session in sessions] + [session.id for session in found]
    return ids + [event.type for event in events]


async def walks_async(client: Client) -> Event:
    async for event in client.session_events("id"):
        return event
    return await anext(client.session_events("id"))


def datasets(client: Client) -> Checkpoint | None:
    def progress(moment: journey_events.Progress) -> None:
        print(moment["events"], moment["totals"])

    try:
        report = journey_events.sync("data", client=client, sessions=["id", *client.contact_sessions("id")], progress=progress)
        print(report["events"], journey_events.status("data"))
    except journey_events.IncompleteError as error:
        print(error.report["ended"])
    except Error as error:
        wait: float | None = error.retry_after
        print(error.kind, error.status, wait)
        return error.checkpoint
    return client.session_events("id").record_batches(["event_id"], batch_size=10).checkpoint


def clients() -> list[Client]:
    return [
        Client(region="eu-central-1", client_id="id", client_secret="secret", attempt_timeout=timedelta(minutes=1)),
        Client.from_env(requests_per_minute=100, share_quota="machine"),
        Client(base_url="http://127.0.0.1:1", token_source=lambda: ("token", 3600.0)),
    ]
