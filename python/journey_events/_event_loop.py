"""What the iterators do within an event loop of asyncio."""

from __future__ import annotations

import asyncio
from typing import Any


async def next_of(walk: Any) -> Any:
    """Return the next item of a walk. A cancelled call loses nothing: the next one returns that item."""
    while True:
        taken = walk._take()
        if taken is None:
            await _something(walk)
        elif taken:
            return taken[0]
        else:
            raise StopAsyncIteration


async def _something(walk: Any) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def done() -> None:
        if not ready.done():
            ready.set_result(None)

    waiting = walk._wait(lambda: loop.call_soon_threadsafe(done))
    try:
        await ready
    finally:
        waiting.cancel()
