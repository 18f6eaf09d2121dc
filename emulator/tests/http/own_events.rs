//! A user's own events.

use journey_events_emulator::Emulator;
use reqwest::Client;
use serde_json::Value;

use crate::client::{events, events_uri, get, ids, started, walk};

fn event(id: &str, session: &str, event_type: &str) -> String {
    format!(
        r#"{{"id":"{id}", "eventType":"{event_type}","session":{{"id":"{session}"}},"createdDate":"2026-01-01T00:00:0{id}Z"}}"#
    )
}

#[tokio::test]
async fn own_events_are_served_unchanged_as_one_session_per_id() {
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
async fn any_session_id_works_in_the_returned_uris() {
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
async fn invalid_dates_are_ignored_but_an_ended_session_has_an_end() {
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
        // The service's own form, whatever that of the events.
        (
            r#","createdDate":"2026-03-01T09:15:31Z[UTC]""#,
            r#","createdDate":"20260301T091531Z""#,
            ["2026-03-01T09:15:31Z"; 3].map(|date| Some(date.into())),
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
async fn a_session_spans_its_earliest_and_latest_dates_in_any_order() {
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
    assert_eq!(session["createdDate"], "2026-01-01T10:00:00Z");
    assert_eq!(session["lastEventDate"], "2026-01-01T12:00:00Z");
    assert_eq!(session["endedDate"], "2026-01-01T12:00:00Z");
    // The events themselves are served unchanged.
    let page = events(&emulator, "").await.body;
    assert_eq!(page["entities"][0]["createdDate"], "never");
}

#[tokio::test]
async fn an_invalid_own_event_is_an_error_at_the_start() {
    let started = Emulator::builder().own_events("{}").start().await;
    let error = started.unwrap_err().to_string();
    assert!(
        error.starts_with("invalid own_events: line 1: no eventType;"),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_own_sessions_are_an_error_at_the_start() {
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
        "invalid own_events: 100001 sessions; at most 100000 are allowed"
    );
}
