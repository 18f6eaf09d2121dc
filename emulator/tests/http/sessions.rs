//! Sessions, those of a contact, and growing sessions.

use std::time::Duration;

use journey_events_emulator::{Emulator, Form};

use crate::client::{events, get};

#[tokio::test]
async fn a_session_has_its_event_count_and_end() {
    let emulator = Emulator::builder().events(7).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let response = get(&emulator, &format!("/api/v2/journey/sessions/{id}")).await;
    assert_eq!(response.status, 200);
    assert_eq!(
        (
            response.body["id"].as_str(),
            response.body["eventCount"].as_u64()
        ),
        (Some(id), Some(7))
    );
    let page = events(&emulator, "").await;
    let dates: Vec<_> = page.body["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["createdDate"])
        .collect();
    assert_eq!(response.body["createdDate"], *dates[0]);
    assert_eq!(response.body["endedDate"], *dates[6]);
    assert_eq!(
        get(&emulator, "/api/v2/journey/sessions/none").await.status,
        404
    );
}

#[tokio::test]
async fn every_session_belongs_to_one_contact_whose_pages_can_be_followed() {
    let emulator = Emulator::builder()
        .sessions(7)
        .events(1)
        .start()
        .await
        .unwrap();
    let mut ids = Vec::new();
    for contact in emulator.contacts() {
        let path = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
        let mut next = Some(format!("{path}?pageSize=2&includeMerged=true"));
        while let Some(uri) = next {
            let page = get(&emulator, &uri).await;
            ids.extend(page.ids());
            next = page.body["nextUri"].as_str().map(str::to_owned);
        }
        assert_eq!(get(&emulator, &format!("{path}?after=x")).await.status, 400);
    }
    let all: Vec<_> = emulator
        .sessions()
        .iter()
        .map(|session| session.id().to_owned())
        .collect();
    assert_eq!(ids, all);
    let nobody = "/api/v2/externalcontacts/contacts/nobody/journey/sessions";
    assert_eq!(get(&emulator, nobody).await.status, 404);
}

#[tokio::test]
async fn pages_of_a_contacts_sessions_use_the_parameters_of_the_form() {
    for (form, size, other) in [
        (Form::First, "limit", "pageSize"),
        (Form::Current, "pageSize", "limit"),
    ] {
        let emulator = Emulator::builder().sessions(3).events(1).form(form);
        let emulator = emulator.start().await.unwrap();
        let contact = &emulator.contacts()[0];
        let path = format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions");
        let first = format!("{path}?{size}=2");
        let page = get(&emulator, &format!("{first}&{other}=1")).await;
        assert_eq!(
            (page.ids().len(), page.uri("selfUri")),
            (2, Some(first.clone()))
        );
        let next = page.uri("nextUri").unwrap();
        assert!(next.starts_with(&format!("{first}&after=")), "{next}");
        let last = get(&emulator, &next).await;
        assert_eq!((last.ids().len(), last.uri("selfUri")), (1, Some(next)));
        assert_eq!(last.uri("nextUri"), None);
    }
}

#[tokio::test]
async fn a_growing_session_reports_its_events_so_far() {
    let day = Duration::from_secs(24 * 3600);
    let emulator = Emulator::builder().events(2).growth(day);
    let emulator = emulator.start().await.unwrap();
    let session = format!("/api/v2/journey/sessions/{}", emulator.sessions()[0].id());
    assert_eq!(events(&emulator, "").await.ids().len(), 1);
    let now = get(&emulator, &session).await.body;
    assert_eq!(
        (&now["eventCount"], now.get("endedDate")),
        (&1.into(), None)
    );
    tokio::time::pause();
    tokio::time::advance(day).await;
    assert_eq!(events(&emulator, "").await.ids().len(), 2);
    let now = get(&emulator, &session).await.body;
    assert_eq!(
        (&now["eventCount"], now["endedDate"].is_string()),
        (&2.into(), true)
    );
}
