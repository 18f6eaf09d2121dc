"""Prints the ids of a session's events with journey-events. Usage: BASE_URL CLIENT_ID CLIENT_SECRET SESSION"""
import sys

from journey_events import Client

base_url, client_id, client_secret, session = sys.argv[1:]
client = Client(base_url=base_url, client_id=client_id, client_secret=client_secret)
for event in client.session_events(session):
    print(event.id, flush=True)
