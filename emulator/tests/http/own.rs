//! A user's own events, one published form alone, and the requests that came.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault, Form};
use reqwest::Client;
use serde_json::Value;

use crate::client::{events, events_uri, get, ids, send, started, walk};

fn event(id: &str, session: &str, event_type: &str) -> String {
    format!(
        r#"{{"id":"{id}", "eventType":"{event_type}","session":{{"id":"{session}"}},"createdDate":"2026-01-01T00:00:0{id}Z"}}"#
    )
}

#[tokio::test]
async fn own_events_come_as_they_are_a_session_for_each_id() {
    let lines: Vec<_> = [
        ("1", "a", "x"),
        ("2", "b", "y"),
        ("3", "a", "y"),
        ("4", "a", "x"),
    ]
    .map(|(id, session, event_type)| event(id, session, event_type))
    .into();
    let emulator = Emulator::builder().own_events(lines.join("\n"));
    let emulator = emulator.start().await.unwrap();
    let sessions: Vec<_> = emulator
        .sessions()
        .iter()
        .map(|session| (session.id(), session.events()))
        .collect();
    assert_eq!(sessions, [("a", 3), ("b", 1)]);
    let pages = walk(&emulator, events_uri(&emulator, 0, "?limit=2"), "nextUri").await;
    assert_eq!(
        (pages.len(), ids(&pages)),
        (2, vec!["1".into(), "3".into(), "4".into()])
    );
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let page = Client::new()
        .get(url)
        .bearer_auth("any")
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains(&lines[2]));
    assert_eq!(events(&emulator, "?eventType=y").await.ids(), ["3"]);
    let session = get(&emulator, "/api/v2/journey/sessions/a").await.body;
    assert_eq!(session["eventCount"], 3);
    assert_eq!(session["lastEventDate"], "2026-01-01T00:00:04Z");
}

#[tokio::test]
async fn any_session_id_can_be_asked_for_by_the_uris_that_come_back() {
    let id = "a/b?c=d&e#f g%20ü";
    let lines = [event("1", id, "x"), event("2", id, "x")].join("\n");
    let emulator = Emulator::builder().own_events(lines);
    let emulator = emulator.start().await.unwrap();
    assert_eq!(emulator.sessions()[0].id(), id);
    let path = "/api/v2/journey/sessions/a%2Fb%3Fc%3Dd%26e%23f%20g%2520%C3%BC";
    let pages = walk(&emulator, format!("{path}/events?limit=1"), "nextUri").await;
    assert_eq!(ids(&pages), ["1", "2"]);
    for uri in ["selfUri", "previousUri"] {
        let page = get(&emulator, &pages[1].uri(uri).unwrap()).await;
        assert_eq!(page.status, 200, "{uri}");
    }
    let session = get(&emulator, path).await.body;
    assert_eq!(
        (&session["id"], &session["selfUri"]),
        (&id.into(), &path.into())
    );
}

#[tokio::test]
async fn dates_that_are_none_count_for_nothing_but_an_ended_session_says_when_it_ended() {
    let event = |date| format!(r#"{{"eventType":"x","session":{{"id":"a"}}{date}}}"#);
    let dates = |body: &Value| {
        ["createdDate", "lastEventDate", "endedDate"].map(|name| body.get(name).cloned())
    };
    for (first, last, expected) in [
        (
            r#","createdDate":"never""#,
            r#","createdDate":7"#,
            [None, None, Some("1970-01-01T00:00:00Z".into())],
        ),
        (
            "",
            r#","createdDate":"2026-01-01T00:00:00Z""#,
            ["2026-01-01T00:00:00Z"; 3].map(|date| Some(date.into())),
        ),
        (
            r#","createdDate":"2026-01-01T00:00:00Z""#,
            r#","createdDate":null"#,
            ["2026-01-01T00:00:00Z"; 3].map(|date| Some(date.into())),
        ),
    ] {
        let lines = [event(first), event(last)].join("\n");
        let emulator = Emulator::builder().own_events(lines);
        let emulator = emulator.start().await.unwrap();
        let session = get(&emulator, "/api/v2/journey/sessions/a").await.body;
        assert_eq!(dates(&session), expected);
    }
    let empty = started(0).await;
    let session = format!("/api/v2/journey/sessions/{}", empty.sessions()[0].id());
    let session = get(&empty, &session).await.body;
    assert_eq!(
        dates(&session),
        [None, None, Some("1970-01-01T00:00:00Z".into())]
    );
}

#[tokio::test]
async fn a_session_lasts_from_its_earliest_event_to_its_latest_whatever_their_order_and_odd_dates()
{
    let dates = [
        r#""never""#,
        r#""2026-01-01T11:00:00Z""#,
        "7",
        r#""2026-01-01T12:00:00Z""#,
        r#""2026-01-01T12:00:00+02:00""#,
        "null",
        r#""2026-01-01T10:30:00.5Z""#,
        r#""2027-01-01""#,
        r#""never""#,
    ];
    let lines = dates
        .map(|date| format!(r#"{{"eventType":"x","session":{{"id":"a"}},"createdDate":{date}}}"#));
    let emulator = Emulator::builder().own_events(lines.join("\n"));
    let emulator = emulator.start().await.unwrap();
    let session = get(&emulator, "/api/v2/journey/sessions/a").await.body;
    assert_eq!(session["eventCount"], 9);
    assert_eq!(session["createdDate"], "2026-01-01T12:00:00+02:00");
    assert_eq!(session["lastEventDate"], "2026-01-01T12:00:00Z");
    assert_eq!(session["endedDate"], "2026-01-01T12:00:00Z");
    // They are served as they came all the same.
    let page = events(&emulator, "").await.body;
    assert_eq!(page["entities"][0]["createdDate"], "never");
}

#[tokio::test]
async fn own_events_that_are_none_keep_the_emulator_from_starting() {
    let started = Emulator::builder().own_events("{}").start().await;
    let error = started.unwrap_err().to_string();
    assert!(
        error.starts_with("own_events was line 1, which has no eventType;"),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_own_sessions_keep_it_from_starting_too() {
    let lines: Vec<_> = (0..=100_000)
        .map(|number| event("1", &number.to_string(), "x"))
        .collect();
    let started = Emulator::builder()
        .own_events(lines.join("\n"))
        .start()
        .await;
    let error = started.unwrap_err().to_string();
    assert_eq!(
        error,
        "own_events was of 100001 sessions; allowed is 1 to 100000 sessions"
    );
}

#[tokio::test]
async fn the_first_form_has_its_parameters_and_its_events_alone() {
    let emulator = Emulator::builder().sessions(3).events(60).form(Form::First);
    let emulator = emulator.start().await.unwrap();
    let page = events(&emulator, "?limit=60&pageSize=1&eventType=none").await;
    assert_eq!(page.ids().len(), 60);
    let text = page.body.to_string();
    assert!(text.contains(r#""segmentAssignedEvent":{"segment""#));
    assert!(text.contains("com.genesys.journey.SegmentAssignedEvent"));
    assert!(!text.contains("SegmentAssignmentEvent"));
    assert!(
        emulator
            .sessions()
            .iter()
            .all(|session| session.session_type() == "web")
    );
    let pages = walk(&emulator, events_uri(&emulator, 0, "?limit=25"), "nextUri").await;
    assert!(pages[1].uri("previousUri").unwrap().contains("before="));
}

#[tokio::test]
async fn todays_form_has_no_way_back() {
    let emulator = Emulator::builder().events(60).form(Form::Current);
    let emulator = emulator.start().await.unwrap();
    let uri = events_uri(&emulator, 0, "?pageSize=25&limit=3&before=none");
    let pages = walk(&emulator, uri, "nextUri").await;
    let sizes: Vec<_> = pages.iter().map(|page| page.ids().len()).collect();
    assert_eq!(sizes, [25, 25, 10]);
    assert!(pages.iter().all(|page| page.uri("previousUri").is_none()));
}

#[tokio::test]
async fn requests_are_recorded_with_their_answers_and_without_their_tokens() {
    let emulator = Emulator::builder()
        .events(3)
        .fault("503:every=2".parse::<Fault>().unwrap())
        .start()
        .await
        .unwrap();
    events(&emulator, "?limit=2&after=").await;
    events(&emulator, "?pageSize=2").await;
    get(&emulator, "/elsewhere").await;
    let recorded = emulator.recorded();
    let fault: Fault = "503:every=2".parse().unwrap();
    let answers: Vec<_> = recorded.iter().map(|one| (one.status, one.fault)).collect();
    assert_eq!(
        answers,
        [
            (Some(400), None),
            (Some(503), Some(fault)),
            (Some(404), None)
        ]
    );
    assert_eq!(recorded[0].method, "GET");
    assert_eq!(recorded[0].path, events_uri(&emulator, 0, ""));
    assert_eq!(
        recorded[0].query,
        [
            ("limit".into(), "2".into()),
            ("after".into(), String::new())
        ]
    );
    assert_eq!(recorded[1].parameter("pageSize"), Some("2"));
    assert_eq!(recorded[1].parameter("limit"), None);
    assert_eq!(recorded[0].header("authorization"), Some("Bearer"));
    assert!(recorded.is_sorted_by_key(|request| request.at));
}

#[tokio::test]
async fn a_query_is_recorded_as_it_was_sent_too() {
    let emulator = started(3).await;
    let query = "limit=2&after=a%2Bb+c/d%3D=&&x";
    events(&emulator, &format!("?{query}")).await;
    events(&emulator, "").await;
    let recorded = emulator.recorded();
    assert_eq!(recorded[0].raw_query, query);
    assert_eq!(recorded[0].parameter("after"), Some("a+b c/d=="));
    assert_eq!(recorded[1].raw_query, "");
    let url = format!("{}/emulator/requests", emulator.base_url());
    assert_eq!(
        send(Client::new().get(url)).await.body[0]["rawQuery"],
        query
    );
}

#[tokio::test]
async fn secrets_in_headers_are_not_recorded() {
    let emulator = started(3).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let request = Client::new()
        .get(&url)
        .header("authorization", "Bearer secret")
        .header("proxy-authorization", "Basic secret")
        .header("cookie", "session=secret")
        .header("x-other", "kept");
    send(request).await;
    send(Client::new().get(&url).header("authorization", "secret")).await;
    let recorded = emulator.recorded();
    let kept = |name| recorded[0].header(name);
    assert_eq!(kept("authorization"), Some("Bearer"));
    assert_eq!(kept("proxy-authorization"), Some("Basic"));
    assert_eq!((kept("cookie"), kept("x-other")), (Some(""), Some("kept")));
    assert_eq!(recorded[1].header("authorization"), Some(""));
    assert!(!format!("{recorded:?}").contains("secret"));
}

#[tokio::test]
async fn a_request_whose_client_went_away_is_recorded_without_a_status() {
    let emulator = Emulator::builder()
        .events(3)
        .latency(Duration::from_hours(1));
    let emulator = emulator.start().await.unwrap();
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let request = tokio::spawn(Client::new().get(url).bearer_auth("any").send());
    while emulator.recorded().is_empty() {
        tokio::task::yield_now().await;
    }
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(emulator.recorded()[0].status, None);
    let url = format!("{}/emulator/requests", emulator.base_url());
    let recorded = send(Client::new().get(&url)).await.body;
    assert_eq!(recorded[0]["status"], Value::Null);
}

#[tokio::test]
async fn any_language_can_ask_for_what_was_recorded_and_have_it_forgotten() {
    let emulator = started(3).await;
    events(&emulator, "?limit=2").await;
    let url = format!("{}/emulator/requests", emulator.base_url());
    let recorded = send(Client::new().get(&url)).await.body;
    assert_eq!(recorded.as_array().map(Vec::len), Some(1));
    assert_eq!(recorded[0]["query"], serde_json::json!([["limit", "2"]]));
    assert_eq!(recorded[0]["status"], 200);
    assert_eq!(recorded[0]["fault"], Value::Null);
    assert!(recorded[0]["atMs"].is_u64() && !recorded.to_string().contains("any\""));
    let forgotten = Client::new().delete(&url).send().await.unwrap();
    assert_eq!(forgotten.status(), 204);
    assert_eq!(
        send(Client::new().get(&url)).await.body,
        Value::Array(Vec::new())
    );
    assert_eq!((emulator.recorded().len(), emulator.requests()), (0, 1));
}
