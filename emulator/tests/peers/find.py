"""Logs in, finds journey sessions from a conversation and a contact, and meets a 429, with the official Python SDK.

Usage: find.py BASE_URL CLIENT_ID CLIENT_SECRET CONVERSATION_ID CONTACT_ID
"""
import json
import sys
from urllib.parse import parse_qs, urlparse

import PureCloudPlatformClientV2 as sdk

base, client_id, secret, conversation, contact = sys.argv[1:6]
client = sdk.api_client.ApiClient(host=base).get_client_credentials_token(client_id, secret)

details = sdk.AnalyticsApi(client).get_analytics_conversation_details(conversation)
media = [session for one in details.participants or [] if one for session in one.sessions or []]
found = [session.journey_customer_session_id for session in media if session]

journey = sdk.JourneyApi(client)
listed, after = [], None
while True:
    cursor = {"after": after} if after else {}
    page = journey.get_externalcontacts_contact_journey_sessions(contact, page_size="1", include_merged=True, **cursor)
    listed += [session.id for session in page.entities]
    after = parse_qs(urlparse(page.next_uri or "").query).get("after", [None])[0]
    if not after:
        break

# The quota is used up by now: the SDK's HTTP client waits for as long as the 429 says, and tries again.
print(json.dumps({
    "conversation": [one for one in found if isinstance(one, str) and one], "contact": listed,
    "last": journey.get_journey_session(listed[0]).id,
}))
