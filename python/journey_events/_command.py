"""The command ``journey-events``."""

import signal
import sys
from typing import NoReturn

from . import _native


def main() -> NoReturn:
    """Run the command line, and end the process as the program does."""
    # Python's own handler would raise in code that is never returned to.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # By the name of the command: that of this file, or a script's, isn't what to type.
    _native.run_command(["journey-events", *sys.argv[1:]])
