"""``python -m journey_events``: the command ``journey-events``."""

from ._command import main

main()
