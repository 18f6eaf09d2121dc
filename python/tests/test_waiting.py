"""Waiting: the GIL, signals, threads, forks, event loops, and the interpreter's exit."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import pytest
from conftest import Emulator

import journey_events
from journey_events import Client

# What a user takes for at once, on a machine that does something else as well.
AT_ONCE = 3.0


def interrupt_in(seconds: float) -> None:
    threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)).start()


def test_ctrl_c_ends_a_wait_at_once_and_loses_nothing(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "30", "--fault", "stall:on=events,page=2,once,for=20")
    client = service.client()
    events, taken = client.session_events(service.session, page_size=10), []
    interrupt_in(0.3)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for event in events:
            taken.append(event.id)
    assert time.monotonic() - started < 0.3 + AT_ONCE
    assert len(taken) == 10
    rest = [event.id for event in client.session_events(service.session, resume=events.checkpoint)]
    assert len(set(taken + rest)) == len(taken + rest) == 30


def test_ctrl_c_ends_a_wait_for_the_quota_and_for_a_single_session(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "3")
    client = service.client(requests_per_minute=1)
    assert len(list(client.session_events(service.session))) == 3
    interrupt_in(0.2)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        client.session(service.session)
    assert time.monotonic() - started < 0.2 + AT_ONCE


def test_ctrl_c_ends_the_wait_for_the_database_of_a_shared_quota_and_so_does_the_exit(service: Emulator) -> None:
    # Of this process, and it doesn't listen: the attempts go on for 10 s.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        program = f"""
            import os, signal, threading, time
            from journey_events import Client
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            started = time.monotonic()
            try:
                Client(
                    base_url={service.base_url!r},
                    access_token="any",
                    share_quota="postgres://me@127.0.0.1:{taken.getsockname()[1]}/d",
                )
            except KeyboardInterrupt:
                print(time.monotonic() - started)
        """
        command = [sys.executable, "-c", textwrap.dedent(program)]
        done = subprocess.run(command, timeout=60, check=True, stdout=-1, stderr=-1)
    assert float(done.stdout) < 0.3 + AT_ONCE
    assert done.stderr == b""


def test_the_exception_of_a_signal_handler_ends_a_wait(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "3", "--fault", "stall:on=events,for=20")

    def stop(*_: object) -> None:
        raise InterruptedError("stop")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(InterruptedError, match="stop"):
            next(service.client().session_events(service.session))
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_run_during_a_wait(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "1", "--latency-ms", "2000")
    events, taken = service.client().session_events(service.session), list[journey_events.Event]()
    waiting = threading.Thread(target=lambda: taken.append(next(events)))
    # Before it starts: a thread that holds the GIL runs, and this one doesn't, from then on.
    longest, last = 0.0, time.monotonic()
    waiting.start()
    while waiting.is_alive():
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert len(taken) == 1
    assert max(longest, time.monotonic() - last) < 1


def test_threads_share_a_walk_and_each_event_goes_to_one(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "300", "--latency-ms", "5")
    events, taken = service.client().session_events(service.session, page_size=20), list[str | None]()

    def take() -> None:
        taken.extend(event.id for event in events)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 300


def test_a_cancelled_task_loses_nothing(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "60", "--latency-ms", "60")

    async def walk() -> list[str | None]:
        events, taken, cancelled = service.client().session_events(service.session, page_size=10), [], 0
        while True:
            try:
                taken.append((await asyncio.wait_for(anext(events), 0.02)).id)
            except asyncio.TimeoutError:
                cancelled += 1
            except StopAsyncIteration:
                assert cancelled > 5
                return taken

    taken = asyncio.run(walk())
    assert len(taken) == len(set(taken)) == 60


def test_what_was_received_and_is_not_taken_is_after_the_checkpoint(
    service: Emulator, client: Client, ids: list[str]
) -> None:
    events, received = client.session_events(service.session, page_size=10), threading.Event()
    assert [next(events).id for _ in range(10)] == ids[:10]
    events._wait(received.set)  # type: ignore[attr-defined]
    assert received.wait(10)
    for checkpoint in (events.checkpoint, pickle.loads(pickle.dumps(events.checkpoint))):
        rest = client.session_events(service.session, resume=checkpoint)
        assert [event.id for event in rest] == ids[10:]
    assert [event.id for event in events] == ids[10:]


def test_an_event_loop_runs_during_a_wait_and_errors_reach_it(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "3", "--latency-ms", "2000")

    async def run() -> float:
        client = service.client()
        task = asyncio.create_task(anext(client.session_events(service.session)))
        longest, last = 0.0, time.monotonic()
        while not task.done():
            await asyncio.sleep(0)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert (await task).id
        with pytest.raises(journey_events.NotFoundError):
            await anext(client.session_events("gone"))
        return longest

    assert asyncio.run(run()) < 1


def test_a_walk_that_is_closed_ends_the_waits_for_it(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "3", "--fault", "stall:on=events,for=20")

    async def run() -> None:
        events = service.client().session_events(service.session)
        tasks = [asyncio.create_task(anext(events)) for _ in range(2)]
        while service.requests() == 0:
            await asyncio.sleep(0.01)
        events.close()
        for task in tasks:
            with pytest.raises(ValueError, match="closed"):
                await asyncio.wait_for(task, 10)

    asyncio.run(run())


def test_a_forked_process_is_refused_and_can_make_its_own_client(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "50")
    program = f"""
        import os, sys
        from journey_events import Client
        client = Client(base_url={service.base_url!r}, access_token="any")
        events = client.session_events({service.session!r}, page_size=10)
        first = next(events).id
        checkpoint = events.checkpoint
        child = os.fork()
        if child == 0:
            for use in (lambda: next(events), lambda: events.checkpoint, lambda: client.session("x"), client.stats):
                try:
                    use()
                    os._exit(3)
                except RuntimeError as error:
                    assert "forked" in str(error) and "make a new Client" in str(error), error
            other = Client(base_url={service.base_url!r}, access_token="any")
            rest = list(other.session_events({service.session!r}, resume=checkpoint))
            # Forgotten, not dropped: their threads aren't here.
            del events, client
            sys.exit(0 if len(rest) == 49 else 4)
        assert os.waitpid(child, 0)[1] == 0
        assert sum(1 for _ in events) == 49
    """
    # Python 3.12 warns of every fork of a process that has threads.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, timeout=60, check=True, stderr=-1)
    assert done.stderr == b""


@pytest.mark.parametrize("daemon", [True, False])
def test_the_interpreter_exits_at_once_and_without_a_word(emulator: Callable[..., Emulator], daemon: bool) -> None:
    service = emulator("--events", "5", "--fault", "stall:on=events,page=1,for=20")
    program = f"""
        import threading, time
        from journey_events import Client
        client = Client(base_url={service.base_url!r}, access_token="any")
        events = client.session_events({service.session!r})
        if {daemon}:
            threading.Thread(target=next, args=(events,), daemon=True).start()
        else:
            events._wait(lambda: None)
        time.sleep(0.2)
    """
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60, check=True, stderr=-1)
    assert time.monotonic() - started < 10
    assert done.stderr == b""


def test_a_token_function_that_still_runs_does_not_disturb_the_exit(service: Emulator) -> None:
    program = f"""
        import threading, time
        from journey_events import Client
        called = threading.Event()
        def token():
            called.set()
            time.sleep(3)
            return "any"
        client = Client(base_url={service.base_url!r}, token_source=token)
        threading.Thread(target=next, args=(client.session_events({service.session!r}),), daemon=True).start()
        called.wait()
        # Long enough for the function to return while the interpreter is being torn down.
        class Last:
            def __del__(self, sleep=time.sleep):
                sleep(4)
        import sys
        sys.last = Last()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60, check=False, stderr=-1)
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_holds_the_gil_does_not_stop_other_requests(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--sessions", "3", "--events", "60", "--latency-ms", "300")

    async def run() -> int:
        client = service.client()
        first, second, third = (client.session_events(id, page_size=10, read_ahead=3) for id in service.sessions)
        tasks = [asyncio.create_task(anext(events)) for events in (first, second, third)]
        while service.requests() < 3:
            await asyncio.sleep(0)
        before = service.requests()
        # Doesn't release the GIL, as many a C extension.
        ctypes.PyDLL(None).sleep(3)
        sent = service.requests() - before
        await asyncio.gather(*tasks)
        return sent

    assert asyncio.run(run()) >= 6


def test_after_the_exit_began_nothing_can_be_requested(service: Emulator) -> None:
    program = f"""
        import atexit
        def late():
            try:
                next(events)
            except RuntimeError as error:
                print(error)
        atexit.register(late)
        from journey_events import Client
        events = Client(base_url={service.base_url!r}, access_token="any").session_events({service.session!r})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60, check=True, stdout=-1, text=True)
    assert "exiting" in done.stdout


def test_tokens_of_a_function_are_replaced_when_refused(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "30", "--check-tokens")
    calls = list[str]()

    def token() -> tuple[str, float]:
        import base64
        import json
        import urllib.request

        credentials = f"{service.ready['client_id']}:{service.ready['client_secret']}".encode()
        request = urllib.request.Request(
            f"{service.base_url}/oauth/token",
            b"grant_type=client_credentials",
            {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"},
        )
        with urllib.request.urlopen(request) as answer:
            calls.append(json.load(answer)["access_token"])
        return calls[-1], 3600

    client = service.client(access_token=None, token_source=token)
    events = client.session_events(service.session, page_size=10)
    assert len([next(events) for _ in range(10)]) == 10 and len(calls) == 1
    service.control("POST", "tokens/expire", {})
    assert len(list(events)) == 20 and len(set(calls)) == 2


def test_a_token_function_that_fails_is_a_login_error_without_its_text(service: Emulator) -> None:
    for result in (ValueError("canary"), 7, "two words", ("t", "soon")):

        def token(result: object = result) -> object:
            if isinstance(result, Exception):
                raise result
            return result

        client = service.client(access_token=None, token_source=token)
        with pytest.raises(journey_events.LoginError) as raised:
            next(client.session_events(service.session))
        assert "canary" not in str(raised.value) and "two words" not in str(raised.value)
        if isinstance(result, ValueError):
            assert "token_source raised ValueError" in str(raised.value)
        elif not isinstance(result, str):
            assert "token_source returned something else; expected the token" in str(raised.value)


def test_processes_share_a_quota(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "1")
    first = service.client(share_quota="machine", requests_per_minute=2)
    assert len(list(first.session_events(service.session))) == 1
    program = f"""
        from journey_events import Client
        client = Client(base_url={service.base_url!r}, access_token="any", share_quota="machine", requests_per_minute=2)
        assert len(list(client.session_events({service.session!r}))) == 1
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60, check=True)
    interrupt_in(0.5)
    with pytest.raises(KeyboardInterrupt):
        next(first.session_events(service.session))
    assert service.requests() == 2


def test_a_client_can_be_used_by_many_event_loops(service: Emulator, client: Client, ids: list[str]) -> None:
    events = client.session_events(service.session, page_size=100)

    async def some(count: int) -> list[str | None]:
        return [(await anext(events)).id for _ in range(count)]

    assert asyncio.run(some(150)) + asyncio.run(some(100)) + [event.id for event in events] == ids
