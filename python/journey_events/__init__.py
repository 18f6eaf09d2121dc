"""Every event of a Genesys Cloud journey session."""

import atexit

from ._errors import *  # noqa: F403
from ._native import (
    Checkpoint,
    Client,
    ContactSessions,
    Event,
    FoundSession,
    FoundSessions,
    Session,
    SessionEvents,
    shut_down as _shut_down,
)

atexit.register(_shut_down)
