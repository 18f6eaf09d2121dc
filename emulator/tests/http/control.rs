//! Changes at run time, over HTTP and as methods.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault, NewEvents, NewSessions, Part};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Response, control, events, events_uri, get, ids, issued, send, started, walk};

async fn post(emulator: &Emulator, path: &str, body: &Value) -> Response {
    control(emulator, Method::POST, path, body).await
}

async fn session(emulator: &Emulator, id: &str) -> Value {
    get(emulator, &format!("/api/v2/journey/sessions/{id}"))
        .await
        .body
}

async fn session_ids(emulator: &Emulator, id: &str, size: u64) -> Vec<String> {
    let uri = format!("/api/v2/journey/sessions/{id}/events?pageSize={size}");
    ids(&walk(emulator, uri, "nextUri").await)
}

fn own(session: &str, id: &str, date: &str) -> Value {
    json!({"id": id, "eventType": "x", "session": {"id": session}, "createdDate": date})
}

#[tokio::test]
async fn health_says_that_it_serves() {
    let emulator = started(3).await;
    let health = get(&emulator, "/emulator/health").await;
    assert_eq!(
        (health.status.as_u16(), &health.body["status"]),
        (200, &json!("ok"))
    );
    assert_eq!(health.body["sessions"], 1);
    assert!(health.body["version"].is_string() && health.body["uptimeMs"].is_u64());
    assert!(emulator.recorded().is_empty());
}

#[tokio::test]
async fn added_sessions_are_found_like_any_other_and_stay_open() {
    let emulator = started(3).await;
    let added = post(&emulator, "sessions", &json!({"events": 5, "count": 2})).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let contact = added.body["contacts"][0].as_str().unwrap();
    let uri = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
    let listed = get(&emulator, &uri).await;
    let sessions: Vec<_> = added.body["sessions"].as_array().unwrap().iter().collect();
    assert_eq!(sessions.len(), 2);
    let found: Vec<_> = sessions
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(listed.ids(), found);
    assert!(listed.body["entities"][0].get("endedDate").is_none());
    let mut customers = Vec::new();
    for id in &found {
        assert_eq!(session_ids(&emulator, id, 2).await.len(), 5);
        let page = get(&emulator, &format!("/api/v2/journey/sessions/{id}/events")).await;
        customers.push(page.body["entities"][0]["customerId"].clone());
    }
    assert_eq!(customers[0], customers[1], "one visitor");
    let conversations = added.body["conversations"].as_array().unwrap();
    let mut all = String::new();
    for id in conversations {
        let uri = format!(
            "/api/v2/analytics/conversations/{}/details",
            id.as_str().unwrap()
        );
        all += &get(&emulator, &uri).await.body.to_string();
    }
    assert!(found.iter().all(|id| all.contains(id)));
    let ended = json!({"events": 1, "ended": true, "contactId": contact});
    let ended = post(&emulator, "sessions", &ended).await.body;
    assert_eq!(ended["contacts"], json!([contact]));
    let id = ended["sessions"][0]["id"].as_str().unwrap();
    assert!(session(&emulator, id).await["endedDate"].is_string());
    assert_eq!(get(&emulator, &uri).await.ids().len(), 3);
    // Those of the start stay what they were.
    assert_eq!(emulator.sessions().len(), 1);
}

#[tokio::test]
async fn own_events_make_sessions_by_customer() {
    let emulator = started(3).await;
    let mut first = own("mine", "1", "2026-03-01T00:00:00Z");
    first["customerId"] = "a".into();
    let body = json!({"events": [first, own("mine", "2", "2026-03-01T00:00:01Z")]});
    let added = post(&emulator, "sessions", &body).await;
    assert_eq!(
        added.body["sessions"],
        json!([{"id": "mine", "type": "web", "events": 2}])
    );
    assert_eq!(session_ids(&emulator, "mine", 1).await, ["1", "2"]);
    let mut other = own("other", "1", "2026-03-01T00:00:00Z");
    other["customerId"] = "a".into();
    let again = post(&emulator, "sessions", &json!({ "events": [other] })).await;
    assert_eq!(again.body["sessions"][0]["id"], "other");
    assert_eq!(again.body["contacts"], added.body["contacts"]);
    let contact = added.body["contacts"][0].as_str().unwrap();
    let uri = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
    assert_eq!(get(&emulator, &uri).await.ids(), ["mine", "other"]);
}

#[tokio::test]
async fn a_growing_session_to_which_events_are_added_stays_open() {
    let emulator = Emulator::builder()
        .events(5)
        .growth(Duration::from_secs(3600));
    let emulator = emulator.start().await.unwrap();
    let id = emulator.sessions()[0].id();
    assert_eq!(session_ids(&emulator, id, 200).await.len(), 1);
    let more = emulator.append_events(id, &NewEvents::generated(1));
    assert_eq!(more.unwrap(), 2);
    assert_eq!(session(&emulator, id).await["endedDate"], Value::Null);
    emulator.end_session(id).unwrap();
    assert_ne!(session(&emulator, id).await["endedDate"], Value::Null);
}

#[tokio::test]
async fn events_are_appended_late_ones_too_until_the_session_is_ended() {
    let emulator = Emulator::builder().events(3).open().start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let path = format!("sessions/{id}/events");
    let before = session_ids(&emulator, id, 200).await;
    let more = post(&emulator, &path, &json!({"events": 2})).await;
    assert_eq!(
        more.body,
        json!({"id": id, "eventCount": 5, "ended": false})
    );
    let generated = session_ids(&emulator, id, 200).await;
    assert_eq!(generated[..3], before);
    let body = json!({"events": [own(id, "last", "2099-01-01T00:00:00Z")]});
    post(&emulator, &path, &body).await;
    let body = json!({"events": [own(id, "late", "2024-01-01T00:00:00Z")], "position": 4});
    let more = post(&emulator, &path, &body).await;
    assert_eq!(more.body["eventCount"], 7);
    emulator
        .append_events(id, &NewEvents::generated(1))
        .unwrap();
    for size in [1, 2, 3, 200] {
        let now = session_ids(&emulator, id, size).await;
        assert_eq!(now.len(), 8);
        assert_eq!(now[..4], generated[..4]);
        assert_eq!([&now[4], &now[5], &now[6]], ["late", &generated[4], "last"]);
    }
    let open = session(&emulator, id).await;
    assert_eq!(
        (open.get("endedDate"), &open["eventCount"]),
        (None, &json!(8))
    );
    assert_eq!(open["createdDate"], "2024-01-01T00:00:00Z");
    let ended = post(&emulator, &format!("sessions/{id}/end"), &json!(null)).await;
    assert_eq!(
        ended.body,
        json!({"id": id, "eventCount": 8, "ended": true})
    );
    assert_eq!(
        session(&emulator, id).await["endedDate"],
        "2099-01-01T00:00:00Z"
    );
    // As an app that was offline may.
    assert_eq!(
        emulator
            .append_events(id, &NewEvents::generated(1))
            .unwrap(),
        9
    );
    assert_eq!(
        events(&emulator, "?eventType=x").await.ids(),
        ["late", "last"]
    );
}

#[tokio::test]
async fn ending_a_growing_session_keeps_what_it_has() {
    let hour = Duration::from_secs(3600);
    let emulator = Emulator::builder().events(5).growth(hour);
    let emulator = emulator.start().await.unwrap();
    let id = emulator.sessions()[0].id();
    assert_eq!(session_ids(&emulator, id, 200).await.len(), 1);
    emulator
        .append_events(
            id,
            &NewEvents::own(&own(id, "own", "2099-01-01T00:00:00Z").to_string()).unwrap(),
        )
        .unwrap();
    assert_eq!(session(&emulator, id).await["eventCount"], 2);
    emulator.end_session(id).unwrap();
    let ended = session(&emulator, id).await;
    assert_eq!(
        (&ended["eventCount"], &ended["endedDate"]),
        (&json!(2), &json!("2099-01-01T00:00:00Z"))
    );
}

async fn assert_refused(emulator: &Emulator, path: &str, body: &Value, message: &str) {
    let refused = post(emulator, path, body).await;
    let status = if message.starts_with("no session") || message.starts_with("no contact") {
        404
    } else {
        400
    };
    assert_eq!(refused.status, status, "{path} {body}");
    assert_eq!(refused.body["message"], message);
    let id = refused.header("ININ-Correlation-Id");
    assert_eq!(refused.body["contextId"], id);
}

#[tokio::test]
async fn refused_sessions_and_events_are_named_and_nothing_changes() {
    let emulator = started(3).await;
    let id = emulator.sessions()[0].id();
    let known = format!("session {id:?} exists already: add the events to it instead");
    for (body, message) in [
        (json!({"contactId": "none"}), "no contact \"none\""),
        (json!({"count": 0}), "invalid count 0: must be 1 to 100000"),
        (
            json!({"count": 100_000}),
            "1 sessions and 100000 more; at most 100000 are allowed",
        ),
        (
            json!({"events": 1_000_000_001}),
            "invalid events 1000000001: must be 0 to 1000000000",
        ),
        (
            json!({"events": "5"}),
            "invalid events \"5\": must be a number of events, or an array of events",
        ),
        (json!({"events": []}), "no events"),
        (
            json!({"events": [{}]}),
            "events[0]: no eventType; each event must be a JSON object with eventType and session.id",
        ),
        (json!({"events": [own(id, "1", "")]}), &known),
        (
            json!({"events": [own("a", "1", "")], "count": 2}),
            "count is of generated sessions: your own events name theirs",
        ),
    ] {
        assert_refused(&emulator, "sessions", &body, message).await;
    }
    let path = format!("sessions/{id}/events");
    let other = format!("an event's session.id is \"other\"; must be {id:?}");
    for (body, message) in [
        (
            json!({"events": 0}),
            "invalid events 0: must be 1 to 1000000000",
        ),
        (
            json!({"events": 1, "position": 0}),
            "generated events can't have a position: they follow the last one",
        ),
        (json!({"events": [own("other", "1", "")]}), &other),
        (
            json!({"events": [own(id, "1", "")], "position": 4}),
            "invalid position 4: must be 0 to 3",
        ),
    ] {
        assert_refused(&emulator, &path, &body, message).await;
    }
    let own_only = NewSessions::own(&own("mine", "1", "").to_string()).unwrap();
    emulator.add_sessions(&own_only).unwrap();
    let refused = emulator
        .append_events("mine", &NewEvents::generated(1))
        .unwrap_err();
    assert!(!refused.is_unknown_id());
    assert_eq!(
        refused.to_string(),
        "session \"mine\" has your own events: give the events to add"
    );
    assert!(emulator.end_session("none").unwrap_err().is_unknown_id());
    assert!(NewSessions::own("{}").is_err() && NewEvents::own("").is_err());
    assert_eq!(session(&emulator, id).await["eventCount"], 3);
}

#[tokio::test]
async fn other_refused_changes_are_named_too() {
    let emulator = started(3).await;
    for (path, body, message) in [
        ("sessions/none/events", json!({}), "no session \"none\""),
        ("sessions/none/end", json!({}), "no session \"none\""),
        (
            "sessions",
            json!({"event": 1}),
            "invalid body: unknown field `event`, expected one of `events`, `count`, `contactId`, `ended` \
             at line 1 column 8",
        ),
        (
            "sessions",
            json!([1]),
            "invalid body: must be a JSON object",
        ),
        (
            "faults",
            json!({}),
            "invalid body: missing field `faults` at line 1 column 2",
        ),
        (
            "faults",
            json!({"faults": ["503", "cut:every=0"]}),
            "fault cut: invalid every \"0\": must be 1 or more",
        ),
        (
            "reset",
            json!({"parts": ["all"]}),
            "unknown part \"all\": must be one of data, growth, tokens, quota, faults, requests",
        ),
        (
            "tokens/expire",
            json!({"now": true}),
            "invalid body: unknown field `now`, there are no fields at line 1 column 6",
        ),
    ] {
        assert_refused(&emulator, path, &body, message).await;
    }
    let faults = control(&emulator, Method::GET, "faults", &json!(null)).await;
    assert_eq!(faults.body["faults"], json!([]));
}

#[tokio::test]
async fn expired_tokens_are_refused_and_new_ones_are_not() {
    let emulator = Emulator::builder().check_tokens().start().await.unwrap();
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let status = async |token: &str| {
        let request = reqwest::Client::new().get(&url).bearer_auth(token);
        send(request).await.status.as_u16()
    };
    let token = issued(&emulator).await;
    issued(&emulator).await;
    assert_eq!(status(&token).await, 200);
    let expired = post(&emulator, "tokens/expire", &json!(null)).await;
    assert_eq!(expired.body, json!({"expired": 2}));
    assert_eq!(status(&token).await, 401);
    assert_eq!(status(&issued(&emulator).await).await, 200);
    assert_eq!(emulator.expire_tokens(), 1);
}

#[tokio::test]
async fn faults_are_set_added_listed_and_cleared_while_it_runs() {
    let emulator = started(3).await;
    let faults = async |method, body: &Value| control(&emulator, method, "faults", body).await;
    let status = async || events(&emulator, "").await.status.as_u16();
    assert_eq!(status().await, 200);
    let set = faults(Method::PUT, &json!({"faults": ["503:every=2"]})).await;
    assert_eq!(
        set.body,
        json!({"faults": [{"fault": "503:every=2", "seen": 0, "applied": 0}]})
    );
    assert_eq!([status().await, status().await], [200, 503]);
    let added = faults(Method::POST, &json!({"faults": ["429:once"]})).await;
    let expected = json!({"faults": [
        {"fault": "503:every=2", "seen": 2, "applied": 1},
        {"fault": "429:every=1,once,retry-after=1", "seen": 0, "applied": 0},
    ]});
    assert_eq!(added.body, expected);
    assert_eq!(
        [status().await, status().await, status().await],
        [429, 503, 200]
    );
    assert_eq!(
        faults(Method::GET, &json!(null)).await.body["faults"][1]["applied"],
        1
    );
    assert_eq!(faults(Method::DELETE, &json!(null)).await.status, 204);
    assert_eq!([status().await, status().await], [200, 200]);
    emulator.set_faults(&[Fault::status(500).once()]).unwrap();
    assert_eq!([status().await, status().await], [500, 200]);
    assert!(emulator.set_faults(&[Fault::status(9)]).is_err());

    let many = vec!["503:every=9"; 999];
    let added = faults(Method::POST, &json!({"faults": many})).await;
    assert_eq!(added.body["faults"].as_array().map(Vec::len), Some(1_000));
    let refused = faults(Method::POST, &json!({"faults": ["503"]})).await;
    assert_eq!(refused.status, 400);
    let message = "1001 faults; at most 1000 are allowed";
    assert_eq!(refused.body["message"], message);
    let replaced = faults(Method::PUT, &json!({"faults": vec!["503"; 1_001]})).await;
    assert_eq!(replaced.status, 400);
    assert_eq!(replaced.body["message"], message);
    assert_eq!(emulator.faults().len(), 1_000);
}

#[tokio::test]
async fn a_reset_restores_what_it_names() {
    let emulator = Emulator::builder()
        .events(3)
        .quota(4)
        .check_tokens()
        .fault(Fault::status(503).once());
    let emulator = emulator.start().await.unwrap();
    let token = issued(&emulator).await;
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let status = async |token: &str| {
        let request = reqwest::Client::new().get(&url).bearer_auth(token);
        send(request).await.status.as_u16()
    };
    assert_eq!(status(&token).await, 503);
    for _ in 0..4 {
        assert_eq!(status(&token).await, 200);
    }
    assert_eq!(status(&token).await, 429);
    emulator.set_faults(&[]).unwrap();
    emulator.add_sessions(&NewSessions::generated(1)).unwrap();
    let id = emulator.sessions()[0].id();
    emulator
        .append_events(id, &NewEvents::generated(1))
        .unwrap();

    let reset = post(&emulator, "reset", &json!({"parts": ["quota"]})).await;
    assert_eq!(reset.status, 204);
    assert_eq!(status(&token).await, 200);
    let listed = async || {
        control(&emulator, Method::GET, "sessions", &json!(null))
            .await
            .body
    };
    assert_eq!(listed().await["contacts"].as_array().map(Vec::len), Some(2));
    emulator.reset(&[Part::Data]);
    let contacts = listed().await;
    assert_eq!(contacts["contacts"].as_array().map(Vec::len), Some(1));
    assert_eq!(contacts["contacts"][0]["sessions"][0]["eventCount"], 3);
    assert_eq!(emulator.requests(), 7);

    post(&emulator, "reset", &json!(null)).await;
    assert_eq!((emulator.requests(), emulator.throttled()), (0, 0));
    assert!(emulator.recorded().is_empty());
    assert!(emulator.quota_report().clients.is_empty());
    assert_eq!([status(&token).await, status(&token).await], [503, 401]);
    assert_ne!(issued(&emulator).await, token);
}

#[tokio::test]
async fn a_reset_of_growth_lets_sessions_grow_again() {
    let emulator = Emulator::builder()
        .events(3)
        .growth(Duration::from_nanos(1));
    let emulator = emulator.start().await.unwrap();
    let id = emulator.sessions()[0].id();
    while session(&emulator, id).await.get("endedDate").is_none() {}
    let late = own(id, "own", "2020-01-01T00:00:00Z").to_string();
    emulator
        .append_events(id, &NewEvents::own(&late).unwrap())
        .unwrap();
    let listed = async || {
        let body = control(&emulator, Method::GET, "sessions", &json!(null))
            .await
            .body;
        body["contacts"][0]["sessions"][0].clone()
    };
    assert_eq!(listed().await["eventCount"], 4);
    emulator.reset(&[Part::Growth]);
    // Until it is requested.
    let again = listed().await;
    assert_eq!(
        (&again["eventCount"], &again["ended"]),
        (&json!(2), &json!(false))
    );
    while session_ids(&emulator, id, 200).await.len() < 4 {}
    assert_eq!(session_ids(&emulator, id, 200).await[1], "own");
}
