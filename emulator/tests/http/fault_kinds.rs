//! What each kind of fault does to a walk, a session, a conversation and a token.

use std::time::Duration;

use journey_events_emulator::{Emulator, Endpoint, Fault, Part};
use reqwest::Client;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{events, events_uri, get, ids, issued, send, token, walk};

async fn with(fault: Fault) -> Emulator {
    let builder = Emulator::builder().sessions(3).events(50).fault(fault);
    builder.start().await.unwrap()
}

/// The ids of the first session's events.
async fn expected() -> Vec<String> {
    let emulator = Emulator::builder()
        .sessions(3)
        .events(50)
        .start()
        .await
        .unwrap();
    events(&emulator, "?limit=50").await.ids()
}

/// The text of a page of 50 events, or of another resource.
async fn text(emulator: &Emulator, uri: &str) -> (u16, String) {
    let request = Client::new().get(format!("{}{uri}", emulator.base_url()));
    let response = request.bearer_auth("any").send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn an_empty_page_leads_to_what_it_should_have_had() {
    for fault in [Fault::empty_page().page(2), Fault::empty_page().every(2)] {
        let emulator = with(fault).await;
        let pages = walk(&emulator, events_uri(&emulator, 0, "?limit=20"), "nextUri").await;
        let sizes: Vec<_> = pages.iter().map(|page| page.ids().len()).collect();
        assert_eq!(sizes[..3], [20, 0, 20]);
        assert_eq!(ids(&pages), expected().await);
        // Each with a cursor of its own, and the size that was requested.
        let next = |page: usize| pages[page].uri("nextUri").unwrap();
        assert_ne!(next(0), next(1));
        assert!(next(1).contains("limit=20&after="));
        assert!(emulator.recorded()[1].fault.is_some());
    }
    let emulator = with(Fault::empty_page().once()).await;
    let uri = format!(
        "/api/v2/externalcontacts/contacts/{}/journey/sessions",
        emulator.contacts()[0]
    );
    let pages = walk(&emulator, uri, "nextUri").await;
    assert_eq!((pages.len(), ids(&pages).len()), (2, 3));
}

#[tokio::test]
async fn a_cursor_loop_leads_to_the_same_page() {
    let emulator = with(Fault::cursor_loop().page(2)).await;
    let first = events(&emulator, "?limit=20").await;
    let second = get(&emulator, &first.uri("nextUri").unwrap()).await;
    assert_eq!(second.uri("nextUri"), first.uri("nextUri"));
    let third = get(&emulator, &second.uri("nextUri").unwrap()).await;
    assert_eq!(third.body, second.body);
    // Without a cursor of its own, the first page is there again by one.
    let emulator = with(Fault::cursor_loop().once()).await;
    let pages = walk(&emulator, events_uri(&emulator, 0, "?limit=20"), "nextUri").await;
    assert_eq!(pages.len(), 4);
    assert_eq!(pages[0].ids(), pages[1].ids());
    assert_eq!(ids(&pages[1..]), expected().await);
}

#[tokio::test]
async fn a_refused_cursor_is_a_bad_request_and_first_pages_are_not_affected() {
    let emulator = with(Fault::refused_cursor().once()).await;
    let first = events(&emulator, "?limit=20").await;
    let next = first.uri("nextUri").unwrap();
    let refused = get(&emulator, &next).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["code"]),
        (400, &Value::from("bad.request"))
    );
    assert_eq!(refused.body["message"], "The cursor is not valid.");
    assert_eq!(get(&emulator, &next).await.status, 200);
}

#[tokio::test]
async fn a_page_is_the_same_one_in_retries_and_with_filters() {
    let emulator = with(Fault::status(503).page(3)).await;
    let filter = "?limit=2&eventType=com.genesys.journey.WebEvent";
    let first = events(&emulator, filter).await;
    let second = get(&emulator, &first.uri("nextUri").unwrap()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    let third = second.uri("nextUri").unwrap();
    for _ in 0..3 {
        assert_eq!(get(&emulator, &third).await.status, 503);
    }
    // Backwards from the second page is the first.
    assert_eq!(
        get(&emulator, &second.uri("previousUri").unwrap())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn odd_values_are_in_one_event_and_an_error_may_have_status_200() {
    let whole = {
        let emulator = Emulator::builder()
            .sessions(3)
            .events(50)
            .start()
            .await
            .unwrap();
        text(&emulator, &events_uri(&emulator, 0, "?limit=50"))
            .await
            .1
    };
    for (fault, odd) in [
        (Fault::half_surrogate(), r#""correlationId":"\ud800""#),
        (Fault::huge_number(), r#""totalEventCount":1e999"#),
        (Fault::numeric_id(), r#""id":12345"#),
    ] {
        let emulator = with(fault.once()).await;
        let uri = events_uri(&emulator, 0, "?limit=50");
        let (status, page) = text(&emulator, &uri).await;
        assert_eq!((status, page.matches(odd).count()), (200, 1), "{odd}");
        assert_eq!(text(&emulator, &uri).await.1, whole, "only once");
    }
    let emulator = with(Fault::malformed()).await;
    let page = events(&emulator, "?limit=50").await;
    let entities = page.body["entities"].as_array().unwrap();
    assert_eq!(entities.len(), 50);
    let without: Vec<_> = (0..50)
        .filter(|index| entities[*index]["eventType"].is_null())
        .collect();
    assert_eq!(without, [25]);
    let emulator = with(Fault::late_event().once()).await;
    let (early, late) = (
        events(&emulator, "?limit=50").await,
        events(&emulator, "?limit=50").await,
    );
    let mut all = late.ids();
    assert_eq!((early.ids().len(), &all), (49, &expected().await));
    all.remove(48);
    assert_eq!(early.ids(), all);
    let emulator = with(Fault::error_body()).await;
    let error = events(&emulator, "").await;
    assert_eq!(
        (error.status.as_u16(), &error.body["code"]),
        (200, &Value::from("internal.server.error"))
    );
    assert!(error.body.get("entities").is_none());
}

#[tokio::test]
async fn a_status_below_400_has_no_body_and_a_redirect_leads_nowhere() {
    for status in [200, 204, 302, 304] {
        let emulator = with(Fault::status(status)).await;
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
        let response = client.get(url).bearer_auth("any").send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let location = response
            .headers()
            .get("location")
            .map(|to| to.to_str().unwrap().to_owned());
        assert_eq!(
            location.as_deref(),
            (status == 302).then_some("https://elsewhere.invalid/")
        );
        assert_eq!(response.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_dropped_connection_has_no_response_at_all() {
    let emulator = with(Fault::drop_connection().once()).await;
    let address = emulator.base_url().trim_start_matches("http://").to_owned();
    let uri = events_uri(&emulator, 0, "");
    let request =
        format!("GET {uri} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer any\r\n\r\n");
    let mut connection = TcpStream::connect(&address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    let _ = connection.read_to_end(&mut received).await;
    assert_eq!(String::from_utf8_lossy(&received), "");
    let recorded = emulator.recorded();
    assert_eq!(
        (recorded[0].status, recorded[0].fault.clone()),
        (None, Some(Fault::drop_connection().once()))
    );
    assert_eq!(events(&emulator, "").await.status, 200);
}

#[tokio::test]
async fn a_slow_response_begins_after_its_time() {
    let hour = Duration::from_secs(3600);
    let emulator = with(Fault::slow(hour)).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    tokio::time::pause();
    let start = Instant::now();
    let response = Client::new()
        .get(url)
        .bearer_auth("any")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(start.elapsed() >= hour, "{:?}", start.elapsed());
}

#[tokio::test]
async fn token_requests_have_faults_of_their_own() {
    for (fault, status) in [
        ("503:on=token,once", 503),
        ("401:on=token,once", 401),
        ("error-body:on=token,once", 200),
    ] {
        let emulator = with(fault.parse().unwrap()).await;
        assert_eq!(events(&emulator, "").await.status, 200);
        let failed = token(&emulator).await;
        assert_eq!(failed.status.as_u16(), status);
        assert!(failed.body.get("access_token").is_none());
        assert_eq!(failed.body.get("error").is_some(), status == 401);
        assert!(!issued(&emulator).await.is_empty());
        let faults: Vec<_> = emulator
            .recorded()
            .iter()
            .map(|one| one.fault.is_some())
            .collect();
        assert_eq!(faults, [false, true, false]);
        assert_eq!(emulator.requests(), 1);
    }
    let emulator = with(Fault::malformed().on(Endpoint::Token)).await;
    let response = token(&emulator).await.body;
    assert_eq!(
        (response.get("access_token"), &response["token_type"]),
        (None, &Value::from("bearer"))
    );
    let emulator = with("429:on=token,retry-after=7".parse().unwrap()).await;
    let limited = token(&emulator).await;
    assert_eq!(
        (limited.status.as_u16(), limited.header("retry-after")),
        (429, "7")
    );
}

#[tokio::test]
async fn a_fault_of_one_session_spares_the_others() {
    let id = {
        let emulator = Emulator::builder().sessions(3).start().await.unwrap();
        emulator.sessions()[1].id().to_owned()
    };
    let emulator = with(Fault::status(500).session(&id)).await;
    let mut statuses = Vec::new();
    for session in 0..3 {
        statuses.push(
            get(&emulator, &events_uri(&emulator, session, ""))
                .await
                .status
                .as_u16(),
        );
    }
    statuses.push(
        get(&emulator, &format!("/api/v2/journey/sessions/{id}"))
            .await
            .status
            .as_u16(),
    );
    assert_eq!(statuses, [200, 500, 200, 500]);
}

#[tokio::test]
async fn conversations_have_faults_by_page_number() {
    let emulator = with("503:on=conversations,page=2".parse().unwrap()).await;
    let url = format!(
        "{}/api/v2/analytics/conversations/details/query",
        emulator.base_url()
    );
    let mut statuses = Vec::new();
    for page in [1, 2, 3] {
        let body = format!(
            r#"{{"interval":"2025-01-01T00:00:00Z/2025-01-02T00:00:00Z","paging":{{"pageSize":1,"pageNumber":{page}}}}}"#
        );
        let request = Client::new().post(&url).bearer_auth("any").body(body);
        statuses.push(send(request).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 503, 200]);
    let emulator = with(Fault::numeric_id().on(Endpoint::Conversations)).await;
    let uri = format!(
        "/api/v2/analytics/conversations/{}/details",
        emulator.conversations()[0]
    );
    assert_eq!(get(&emulator, &uri).await.body["conversationId"], 12345);
}

#[tokio::test]
async fn a_request_that_is_refused_leaves_a_fault_of_pages_to_the_next_one() {
    for fault in [Fault::empty_page(), Fault::malformed()] {
        let builder = Emulator::builder()
            .events(50)
            .quota(1)
            .fault(fault.page(1).once());
        let builder = builder.quota_window(Duration::from_secs(3600));
        let emulator = builder.start().await.unwrap();
        let other = "/api/v2/journey/sessions/unknown";
        assert_eq!(text(&emulator, other).await.0, 404, "it uses up the quota");
        let uri = events_uri(&emulator, 0, "?limit=50");
        assert_eq!(text(&emulator, &uri).await.0, 429);
        assert_eq!(emulator.faults()[0].applied, 0);
        assert_eq!(emulator.recorded()[1].fault, None);
        emulator.reset(&[Part::Quota]);
        assert_eq!(text(&emulator, &uri).await.0, 200);
        assert_eq!(emulator.faults()[0].applied, 1);
    }
}
