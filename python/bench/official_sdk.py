"""Prints the ids of a session's events with the official SDK. Usage: BASE_URL CLIENT_ID CLIENT_SECRET SESSION"""
import sys
from urllib.parse import parse_qs, urlparse

import PureCloudPlatformClientV2 as sdk

base_url, client_id, client_secret, session = sys.argv[1:]
client = sdk.api_client.ApiClient(host=base_url)
client.get_client_credentials_token(client_id, client_secret)
journey = sdk.JourneyApi(client)
after = None
while True:
    cursor = {"after": after} if after else {}
    page = journey.get_journey_session_events(session, page_size="200", **cursor)
    for event in page.entities:
        print(event.id, flush=True)
    after = parse_qs(urlparse(page.next_uri or "").query).get("after", [None])[0]
    if not after:
        break
