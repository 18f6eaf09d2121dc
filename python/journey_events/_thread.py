"""Functions of the user, called on threads of Python."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def call(function: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
    """Call a function on a thread that the interpreter doesn't wait for when it exits.

    On a thread of the native part, the interpreter would end the thread in the midst of code that can't be ended so,
    and that would abort the process.
    """

    def run() -> None:
        try:
            result = function()
        except BaseException as error:
            done(None, error)
        else:
            done(result, None)

    threading.Thread(target=run, name="journey-events-token", daemon=True).start()
