"""``python -m journey_events``: the command ``journey-events``."""

from ._command import main

if __name__ == "__main__":
    main()
