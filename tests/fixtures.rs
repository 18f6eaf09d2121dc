//! Every page in `fixtures`, read over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use futures::TryStreamExt;
use journey_events::{Client, Error, ErrorKind, Event, EventBody, Page, RateLimit};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("fixtures/page-", $name, ".json"))
    };
}

/// A service that responds to every request with one body, and a client of it.
async fn service(body: &str) -> (MockServer, Client) {
    let service = MockServer::start().await;
    let response = ResponseTemplate::new(200).set_body_string(body);
    Mock::given(wiremock::matchers::any())
        .respond_with(response)
        .mount(&service)
        .await;
    let client = Client::builder()
        .base_url(service.uri())
        .access_token("t")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap();
    (service, client)
}

async fn page(body: &str) -> Result<Page, Error> {
    let (_service, client) = service(body).await;
    client.session_events(SESSION).page().await
}

/// The text of each element of `entities`, found by its indentation to be independent of the decoder.
fn texts(body: &str) -> Vec<&str> {
    let (_, list) = body.split_once("\"entities\": [\n").unwrap();
    let (list, _) = list.rsplit_once("\n ]").unwrap();
    list.split(",\n  {\n")
        .map(|text| text.trim_start_matches("  {\n"))
        .collect()
}

fn assert_round_trips(events: &[Event], body: &str) {
    let texts = texts(body);
    assert_eq!(events.len(), texts.len());
    for (event, text) in events.iter().zip(texts) {
        assert_eq!(event.json(), format!("{{\n{text}"));
        assert_eq!(serde_json::to_string(event).unwrap(), event.json());
        let parsed = serde_json::from_str::<Event>(event.json()).unwrap();
        assert_eq!(&parsed, event);
    }
}

#[tokio::test]
async fn every_event_type_is_decoded_and_round_trips() {
    let body = fixture!("every-type");
    let page = page(body).await.unwrap();
    assert_round_trips(page.events(), body);
    assert_eq!(
        page.next_cursor(),
        Some("MjAyNi0wMy0wMVQwOToyMTowMFp8NQ%3D%3D")
    );
    let [web, segment, action, outcome, app] = page.events() else {
        panic!("five events")
    };

    let EventBody::Web(web_body) = web.body().unwrap() else {
        panic!("{web:?}")
    };
    assert_eq!(
        web_body.page.unwrap().title.unwrap(),
        "Café “été” – 靴 👟\u{2028}end"
    );
    assert_eq!(
        web_body.attributes.unwrap()["productId"].value.as_deref(),
        Some("9007199254740993")
    );
    let EventBody::SegmentAssignment(body) = segment.body().unwrap() else {
        panic!("{segment:?}")
    };
    assert_eq!(body.segment.unwrap().id.as_deref(), Some("seg-7"));
    let EventBody::WebAction(body) = action.body().unwrap() else {
        panic!("{action:?}")
    };
    assert_eq!(body.time_to_disposition, Some(4_294_967_296));
    assert_eq!(body.action_target.unwrap().id.as_deref(), Some("tgt-1"));
    let EventBody::OutcomeAchieved(body) = outcome.body().unwrap() else {
        panic!("{outcome:?}")
    };
    assert_eq!(body.outcome.unwrap().version, Some(12));
    let EventBody::App(body) = app.body().unwrap() else {
        panic!("{app:?}")
    };
    assert_eq!(
        (body.screen_name.as_deref(), body.ip_address),
        (Some("Basket"), None)
    );

    assert_eq!(web.id(), Some("00000001-1111-4222-8333-444455556666"));
    assert_eq!(
        web.correlation_id(),
        Some("00000001-9999-4222-8333-444455556666")
    );
    assert_eq!(
        (web.customer_id(), web.customer_id_type()),
        (Some("c0ffee"), Some("cookie"))
    );
    assert_eq!(web.event_type(), "com.genesys.journey.WebEvent");
    assert_eq!(web.created_date(), Some("2026-03-01T09:15:30.123Z"));
    assert_eq!(web.created_at().unwrap().as_millisecond() % 1_000, 123);
    assert_eq!(web.session().unwrap().r#type.as_deref(), Some("web"));
}

#[tokio::test]
async fn the_first_published_form_is_decoded_and_round_trips() {
    let body = fixture!("first-published-form");
    let page = page(body).await.unwrap();
    assert_round_trips(page.events(), body);
    assert_eq!(
        (page.next_cursor(), page.previous_cursor()),
        (Some("b2xk"), Some("b2xkZXI%3D"))
    );
    let [segment, action] = page.events() else {
        panic!("two events")
    };
    assert_eq!((segment.id(), segment.session()), (None, None));
    let EventBody::SegmentAssigned(body) = segment.body().unwrap() else {
        panic!("{segment:?}")
    };
    assert_eq!(body.segment.unwrap().is_active, Some(true));
    let EventBody::GenericAction(body) = action.body().unwrap() else {
        panic!("{action:?}")
    };
    assert_eq!(
        body.action.unwrap().media_address.as_deref(),
        Some("https://hook.example/x")
    );
    assert_eq!(body.action_map.unwrap().is_active, Some(true));
}

#[tokio::test]
async fn unknown_fields_types_and_values_are_kept() {
    let body = fixture!("schema-drift");
    let page = page(body).await.unwrap();
    assert_round_trips(page.events(), body);
    let [web, hologram, _] = page.events() else {
        panic!("three events")
    };
    let EventBody::Web(body) = web.body().unwrap() else {
        panic!("{web:?}")
    };
    assert_eq!(body.device.unwrap().category.unwrap().as_str(), "watch");
    assert_eq!(body.referrer, None);
    let event_type = hologram.event_type();
    assert_eq!(
        hologram.body().unwrap(),
        EventBody::Other(event_type.into())
    );
    assert!(hologram.json().contains("123456789012345678901234567890"));
    assert_eq!(
        hologram.created_at().unwrap().subsec_nanosecond(),
        123_456_789
    );
}

#[tokio::test]
async fn only_required_fields_are_enough() {
    let page = page(fixture!("only-required-fields")).await.unwrap();
    let [event] = page.events() else {
        panic!("one event")
    };
    let EventBody::SegmentAssignment(body) = event.body().unwrap() else {
        panic!("{event:?}")
    };
    assert_eq!(body.segment.unwrap().id, None);
}

#[tokio::test]
async fn a_link_is_the_next_cursor_or_the_end() {
    for (body, events, next) in [
        (fixture!("absolute-next-uri"), 1, Some("abc%2Fdef%2Bghi%3D")),
        (fixture!("next-uri-other-host"), 1, Some("c3RlYWw%3D")),
        (fixture!("plus-in-cursor"), 1, Some("a+b/c==")),
        (fixture!("empty-but-more"), 0, Some("bW9yZQ%3D%3D")),
        (fixture!("last"), 1, None),
        (fixture!("empty-next-uri"), 1, None),
        (fixture!("null-next-uri"), 1, None),
    ] {
        let page = page(body).await.unwrap();
        assert_eq!(
            (page.events().len(), page.next_cursor()),
            (events, next),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_bad_link_or_event_is_an_error_after_the_events_before_it() {
    for (body, kind) in [
        (
            fixture!("next-uri-without-after"),
            ErrorKind::UnexpectedResponse,
        ),
        (fixture!("one-bad-event"), ErrorKind::MalformedEvent),
    ] {
        let (_service, client) = service(body).await;
        let mut stream = client.session_events(SESSION).stream();
        assert!(stream.try_next().await.unwrap().is_some());
        assert_eq!(stream.try_next().await.unwrap_err().kind(), kind);
        assert!(stream.try_next().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_200_that_is_not_a_page_is_an_error() {
    for body in [
        include_str!("fixtures/error-body-with-status-200.json"),
        include_str!("fixtures/error-502.html"),
        include_str!("fixtures/self-uri-alone.json"),
    ] {
        assert_eq!(
            page(body).await.unwrap_err().kind(),
            ErrorKind::UnexpectedResponse
        );
    }
}

#[tokio::test]
async fn row_72_an_odd_value_costs_one_field_of_one_event() {
    for (body, expected) in [
        (
            fixture!("half-surrogate-in-envelope"),
            [true, false, true, true, true],
        ),
        (
            fixture!("half-surrogate-in-body"),
            [true, true, false, true, true],
        ),
        (
            fixture!("number-beyond-double"),
            [true, true, true, false, false],
        ),
        (fixture!("numeric-id"), [false, true, true, true, true]),
    ] {
        let odd = page(body).await.unwrap();
        assert_round_trips(odd.events(), body);
        let event = &odd.events()[1];
        let EventBody::Web(web) = event.body().unwrap() else {
            panic!("{event:?}")
        };
        let device = web.device.unwrap();
        assert_eq!(device.screen_height, Some(1_080));
        let found = [
            event.id().is_some(),
            event.customer_id().is_some(),
            web.page.unwrap().title.is_some(),
            web.total_event_count.is_some(),
            device.screen_density.is_some(),
        ];
        assert_eq!(found, expected);
        assert_eq!(event.event_type(), "com.genesys.journey.WebEvent");
        assert!(event.correlation_id().is_some() && event.created_at().is_some());
    }
}

#[tokio::test]
async fn row_74_another_response_than_a_listing_is_an_error_and_never_an_empty_page() {
    for body in [
        include_str!("fixtures/self-uri-alone.json"),
        "[]",
        r#"[{"entities":[]}]"#,
        r#"{"entities":{},"nextUri":"/x?after=1"}"#,
        r#"{"entities":null,"nextUri":null,"selfUri":"/x"}"#,
    ] {
        let error = page(body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
    }
    let array_for_an_event = r#"{"entities":[["com.genesys.journey.WebEvent"]]}"#;
    let (_service, client) = service(array_for_an_event).await;
    let mut events = client.session_events(SESSION).stream();
    let error = events.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedEvent);
}

#[tokio::test]
async fn row_78_sessions_with_odd_values_are_listed() {
    let body = include_str!("fixtures/sessions-odd-values.json");
    let (_service, client) = service(body).await;
    let stream = client.contact_sessions("0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11");
    let sessions: Vec<_> = stream.stream().try_collect().await.unwrap();
    let found: Vec<_> = sessions
        .iter()
        .map(|session| {
            let is_dated = session.created_at().is_some();
            let kind = session.session_type().unwrap();
            (kind, session.event_count(), session.has_ended(), is_dated)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("web", Some(12), false, true),
            ("app", Some(12), false, true),
            ("conversation", None, false, false),
        ]
    );
}
