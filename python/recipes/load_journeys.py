"""Loads the sessions of a day's conversations into a dataset: what a scheduler runs every day, in any order and again.

    python load_journeys.py 2026-03-01 s3://BUCKET/journeys
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone

import journey_events
from journey_events import Client


def load(day: str, dataset: str) -> int:
    """Load one day, in UTC, and return how many events are new. If it fails, the next try continues."""
    start = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    # The tasks of one machine count their requests together.
    client = Client.from_env(share_quota="machine")
    found = client.sessions_between(start, start + timedelta(days=1))
    report = journey_events.sync(dataset, client=client, create=True, sessions=found)
    return int(report["events"])


if __name__ == "__main__":
    print(load(sys.argv[1], sys.argv[2]), "new events")
