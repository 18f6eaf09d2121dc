//! Conversations: one, and pages of those of an interval.

use std::collections::BTreeSet;

use journey_events_emulator::{Emulator, Fault};
use reqwest::Client;
use serde_json::{Value, json};

use crate::client::{Response, get, issued, send};

const QUERY: &str = "/api/v2/analytics/conversations/details/query";
/// The visits to the shop.
const START: &str = "2025-01-01T00:00:00.000Z";

async fn query(emulator: &Emulator, body: &Value) -> Response {
    let url = format!("{}{QUERY}", emulator.base_url());
    let request = Client::new().post(url).bearer_auth("any");
    send(request.body(body.to_string())).await
}

async fn conversation(emulator: &Emulator, id: &str) -> Response {
    get(
        emulator,
        &format!("/api/v2/analytics/conversations/{id}/details"),
    )
    .await
}

/// The journey sessions of a conversation, where they are texts with something in them.
fn sessions(conversation: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&conversation["participants"])
        .iter()
        .flat_map(|participant| list(&participant["sessions"]))
        .filter_map(|session| {
            session["journeyCustomerSessionId"]
                .as_str()
                .map(str::to_owned)
        })
        .filter(|id| !id.is_empty())
        .collect()
}

async fn started(sessions: u64) -> Emulator {
    let builder = Emulator::builder().sessions(sessions).events(5);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn every_session_is_found_in_a_conversation_and_odd_values_occur() {
    let emulator = started(40).await;
    let mut found = Vec::new();
    let (mut all, mut purposes) = (String::new(), BTreeSet::new());
    for id in emulator.conversations() {
        let response = conversation(&emulator, id).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.body["conversationId"], **id);
        found.push(sessions(&response.body));
        all += &response.body.to_string();
        for participant in response.body["participants"].as_array().unwrap() {
            purposes.extend(participant["purpose"].as_str().map(str::to_owned));
        }
    }
    let expected: Vec<_> = emulator
        .sessions()
        .iter()
        .map(|session| session.id().to_owned())
        .collect();
    assert_eq!(found.concat(), expected);
    assert!(purposes.contains("agent") && purposes.contains("customer"));
    for odd in [
        r#""journeyCustomerSessionId":null"#,
        r#""journeyCustomerSessionId":"""#,
        r#""externalContactId":12"#,
        r#""sessions":null"#,
        r#""participants":[null"#,
    ] {
        assert!(all.contains(odd), "{odd}");
    }
    let numeric = "\"journeyCustomerSessionId\":";
    let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    assert!(all.split(numeric).skip(1).any(is_number));
    assert_eq!(conversation(&emulator, "none").await.status, 404);
}

#[tokio::test]
async fn a_conversation_names_the_customer_of_the_sessions_events() {
    let emulator = started(1).await;
    let page = get(
        &emulator,
        &format!(
            "/api/v2/journey/sessions/{}/events",
            emulator.sessions()[0].id()
        ),
    )
    .await;
    let event = &page.body["entities"][0];
    let conversation = conversation(&emulator, &emulator.conversations()[0])
        .await
        .body;
    let participants = conversation["participants"].as_array().unwrap();
    let customer = participants
        .iter()
        .find(|one| one["purpose"] == "customer" && one["participantId"].is_string());
    let session = &customer.unwrap()["sessions"][0];
    assert_eq!(session["journeyCustomerId"], event["customerId"]);
    assert_eq!(session["journeyCustomerIdType"], event["customerIdType"]);
    assert_eq!(session["journeyCustomerSessionIdType"], "web");
    assert!(conversation["conversationStart"].as_str() >= event["createdDate"].as_str());
}

#[tokio::test]
async fn the_pages_of_all_weeks_have_every_conversation() {
    let emulator = started(40).await;
    let mut ids = Vec::new();
    let mut start: jiff::Timestamp = START.parse().unwrap();
    while ids.len() < emulator.conversations().len() {
        let end = start + jiff::SignedDuration::from_secs(7 * 24 * 3600);
        for number in 1.. {
            let paging = json!({"pageSize": 3, "pageNumber": number});
            let body = json!({"interval": format!("{start}/{end}"), "paging": paging});
            let page = query(&emulator, &body).await;
            assert_eq!(page.status, 200, "{}", page.body);
            let Some(conversations) = page.body["conversations"].as_array() else {
                assert!(page.body["totalHits"].is_u64());
                break;
            };
            assert!(conversations.len() <= 3);
            ids.extend(
                conversations
                    .iter()
                    .map(|one| one["conversationId"].as_str().unwrap().to_owned()),
            );
        }
        start = end;
        assert!(
            start < "2026-01-01T00:00:00Z".parse().unwrap(),
            "{} found",
            ids.len()
        );
    }
    let found: BTreeSet<_> = ids.iter().collect();
    assert_eq!(found, emulator.conversations().iter().collect());
}

#[tokio::test]
async fn a_bad_query_is_refused_like_any_bad_value() {
    let emulator = started(1).await;
    let body = json!({"interval": "2026-03-01T00:00:00Z/2026-03-09T00:00:00Z"});
    let refused = query(&emulator, &body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["code"], "invalid.value");
    let message = refused.body["message"].as_str().unwrap();
    assert!(
        message.ends_with("Allowed values are: up to 7 days"),
        "{message}"
    );
    assert_eq!(refused.body["messageParams"]["field"], "interval");
    assert_eq!(get(&emulator, QUERY).await.status, 405);
}

#[tokio::test]
async fn tokens_quota_faults_and_recording_apply_to_queries() {
    let emulator = Emulator::builder()
        .check_tokens()
        .quota(1)
        .fault("503:every=2".parse::<Fault>().unwrap());
    let emulator = emulator.start().await.unwrap();
    let url = format!("{}{QUERY}", emulator.base_url());
    let body = json!({"interval": "2026-03-01T00:00:00Z/2026-03-02T00:00:00Z"}).to_string();
    let token = issued(&emulator).await;
    let mut statuses = Vec::new();
    for token in ["other", &token, &token, &token, &token] {
        let request = Client::new()
            .post(&url)
            .bearer_auth(token)
            .body(body.clone());
        statuses.push(send(request).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 503, 200, 503, 429]);
    assert_eq!((emulator.requests(), emulator.throttled()), (5, 1));
    let recorded = emulator.recorded();
    let queries = recorded.iter().filter(|request| request.path == QUERY);
    let statuses: Vec<_> = queries
        .map(|request| (request.method.as_str(), request.status))
        .collect();
    assert_eq!(statuses[2], ("POST", Some(200)));
    assert_eq!(statuses.len(), 5);
}

#[tokio::test]
async fn own_events_have_conversations_too() {
    let event = |session: &str, customer: &str, date: &str| {
        json!({"eventType": "x", "session": {"id": session, "type": "app"}, "customerId": customer, "createdDate": date}).to_string()
    };
    let events = [
        event("one", "c", "2026-03-01T10:00:00Z"),
        event("two", "d", "2026-03-01T09:00:00Z"),
    ];
    let emulator = Emulator::builder()
        .own_events(events.join("\n"))
        .start()
        .await
        .unwrap();
    let body = json!({"interval": "2026-03-01T00:00:00Z/2026-03-02T00:00:00Z"});
    let page = query(&emulator, &body).await.body;
    let conversations = page["conversations"].as_array().unwrap();
    let found: Vec<_> = conversations.iter().flat_map(sessions).collect();
    assert_eq!(found, ["two", "one"], "by start");
    assert!(page.to_string().contains(r#""journeyCustomerId":"d""#));
}
