"""Every event once and in order, from any position."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import Emulator

from journey_events import Checkpoint, Client, CursorRejectedError, Event, InvalidInputError


def test_events_are_all_there_once_and_in_order(service: Emulator, client: Client, ids: list[str]) -> None:
    events = client.session_events(service.session, page_size=70)
    assert [event.id for event in events] == ids
    assert events.checkpoint.state == "done"
    assert next(events, None) is None


def test_async_for_yields_the_same(service: Emulator, client: Client, ids: list[str]) -> None:
    async def walk() -> list[str | None]:
        return [event.id async for event in client.session_events(service.session)]

    async def walks() -> list[list[str | None]]:
        return await asyncio.gather(*(walk() for _ in range(3)))

    assert asyncio.run(walks()) == [ids] * 3


def test_nothing_is_sent_before_the_first_event_and_a_page_is_requested_once_the_one_before_is_consumed(
    emulator: Callable[..., Emulator],
) -> None:
    service = emulator("--events", "100")
    events = service.client().session_events(service.session, page_size=10)
    assert service.requests() == 0
    for _ in range(10):
        next(events)
    assert service.requests() == 1
    next(events)
    assert service.requests() == 2


def test_an_event_has_what_the_service_sent(service: Emulator, client: Client) -> None:
    event = next(client.session_events(service.session))
    sent = json.loads(event.json)
    assert (event.id, event.type, event.created_date) == (sent["id"], sent["eventType"], sent["createdDate"])
    assert event.created_at == datetime.fromisoformat(sent["createdDate"].replace("Z", "+00:00"))
    assert event.body == sent["webEvent"]
    assert event.session == sent["session"]
    assert event.customer_id == sent["customerId"]
    assert event.customer_id_type == sent["customerIdType"]
    assert sent["customerId"] not in repr(event)
    copy = pickle.loads(pickle.dumps(event))
    assert copy == event and hash(copy) == hash(event) and copy.json == event.json


def test_odd_values_cost_themselves() -> None:
    event = Event.from_json('{"eventType":"a.B","id":7,"createdDate":"soon","b":{"x":"\\ud800","y":1e999}}')
    assert (event.id, event.created_at, event.created_date, event.session) == (None, None, "soon", None)
    assert event.body == {"x": "\ud800", "y": float("inf")}
    assert Event.from_json('{"eventType":"a.B"}').body is None
    assert Event.from_json('{"eventType":"a.B","createdDate":"0000-01-01T00:00:00Z"}').created_at is None
    assert Event.from_json('{"eventType":"a.B","createdDate":"2026-01-02T03:04:05.123456789Z"}').created_at == datetime(
        2026, 1, 2, 3, 4, 5, 123456, timezone.utc
    )


@pytest.mark.parametrize("taken", [0, 1, 69, 70, 71, 299, 300])
def test_a_checkpoint_resumes_at_the_event_from_pickle_and_from_json(
    service: Emulator, ids: list[str], taken: int
) -> None:
    client = service.client(access_token="canary-secret")
    events = client.session_events(service.session, page_size=70)
    assert [next(events).id for _ in range(taken)] == ids[:taken]
    checkpoint = events.checkpoint
    text = checkpoint.to_json()
    assert "canary" not in text
    for given in [pickle.loads(pickle.dumps(checkpoint)), Checkpoint.from_json(text), text]:
        assert [event.id for event in client.session_events(service.session, resume=given)] == ids[taken:]
    assert Checkpoint.from_json(text) == checkpoint and hash(Checkpoint.from_json(text)) == hash(checkpoint)


def test_a_checkpoint_of_another_walk_is_refused_before_anything_is_sent(
    emulator: Callable[..., Emulator], client: Client, service: Emulator
) -> None:
    checkpoint = client.session_events(service.session).checkpoint
    other = emulator("--events", "1")
    with pytest.raises(InvalidInputError, match="checkpoint"):
        other.client().session_events(other.session, resume=checkpoint)
    assert other.requests() == 0


def test_a_closed_walk_keeps_its_checkpoint_and_says_so(service: Emulator, client: Client, ids: list[str]) -> None:
    events = client.session_events(service.session)
    for _ in range(10):
        next(events)
    events.close()
    with pytest.raises(InvalidInputError, match="closed"):
        next(events)
    assert [event.id for event in client.session_events(service.session, resume=events.checkpoint)] == ids[10:]


def test_options_reach_the_service(service: Emulator, client: Client, ids: list[str]) -> None:
    kind = "com.genesys.journey.WebActionEvent"
    found = list(client.session_events(service.session, event_types=[kind]))
    assert found and {event.type for event in found} == {kind}
    assert [event.id for event in client.session_events(service.session, read_ahead=2)] == ids


@pytest.mark.parametrize(
    ("of", "options", "sent"),
    [
        ("session", {"page_size": 7}, {"limit": "7", "pageSize": "7"}),
        ("session", {"after": "a-cursor"}, {"after": "a-cursor"}),
        ("session", {"before": "a-cursor"}, {"before": "a-cursor"}),
        ("session", {"event_types": ["a.B", "c.D"]}, {"eventType": "a.B,c.D"}),
        ("contact", {"page_size": 7}, {"limit": "7", "pageSize": "7"}),
        ("contact", {"after": "a-cursor"}, {"after": "a-cursor"}),
        ("contact", {"before": "a-cursor"}, {"before": "a-cursor"}),
        ("contact", {"include_merged": True}, {"includeMerged": "true"}),
        ("contact", {"include_merged": False}, {"includeMerged": "false"}),
    ],
)
def test_an_option_is_a_parameter_of_the_requests(
    emulator: Callable[..., Emulator], of: str, options: dict[str, Any], sent: dict[str, str]
) -> None:
    service = emulator("--events", "3")

    def request(**given: Any) -> dict[str, str]:
        client, contact = service.client(), service.ready["contacts"][0]
        # The service refuses a cursor that isn't its own.
        with contextlib.suppress(CursorRejectedError):
            if of == "session":
                next(client.session_events(service.session, **given), None)
            else:
                next(client.contact_sessions(contact, **given), None)
        (query,) = service.queries()
        service.control("DELETE", "requests")
        return query

    size = {"limit": "200", "pageSize": "200"}
    assert request() == size
    assert request(**options) == {**size, **sent}


@pytest.mark.parametrize(
    ("which", "names"),
    [(None, ["limit", "pageSize"]), ("both", ["limit", "pageSize"]), ("limit", ["limit"]), ("pageSize", ["pageSize"])],
)
def test_the_page_size_is_sent_under_the_names_that_are_set(
    emulator: Callable[..., Emulator], which: str | None, names: list[str]
) -> None:
    service = emulator("--events", "3")
    assert len(list(service.client(page_size_parameter=which).session_events(service.session))) == 3
    assert service.queries() == [dict.fromkeys(names, "200")]


def test_pages_are_read_ahead_as_far_as_is_set(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--sessions", "4", "--events", "40")
    client = service.client()
    events = client.session_events(service.session, page_size=10, read_ahead=2)
    sessions = client.contact_sessions(service.ready["contacts"][0], page_size=1, read_ahead=2)
    for take in (lambda: next(events), lambda: next(sessions)):
        service.control("DELETE", "requests")
        take()
        started = time.monotonic()
        while service.requests() < 3 and time.monotonic() - started < 10:
            time.sleep(0.01)
        assert service.requests() == 3


def test_sessions_are_found_by_contact_conversation_and_time(service: Emulator, client: Client) -> None:
    contact, conversation = service.ready["contacts"][0], service.ready["conversations"][0]
    sessions = client.contact_sessions(contact)
    listed = [session.id for session in sessions]
    assert listed and set(listed) <= set(service.sessions)
    assert [session.id for session in client.contact_sessions(contact, resume=sessions.checkpoint)] == []
    (found,) = client.conversation_sessions(conversation)
    assert found.id in service.sessions and found.conversation_id == conversation
    start = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    between = client.sessions_between(start, "2026-01-01T00:00:00Z")
    assert {session.id for session in between} == set(service.sessions)
    session = client.session(service.session)
    assert (session.id, session.event_count, session.type) == (service.session, 300, "web")
    assert session.created_at is not None and session.created_at.tzinfo is not None


def test_following_yields_what_is_added_and_ends_with_the_session(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "3", "--open")
    events = service.client().session_events(service.session, follow=1)
    assert len([next(events) for _ in range(3)]) == 3
    service.control("POST", f"sessions/{service.session}/events", {"events": 2})
    assert len({next(events).id for _ in range(2)}) == 2
    service.control("POST", f"sessions/{service.session}/end", {})
    assert next(events, None) is None
