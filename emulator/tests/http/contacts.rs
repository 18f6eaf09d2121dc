//! Contacts with several sessions, and merged ones.

use std::collections::BTreeSet;

use journey_events_emulator::{Emulator, SessionInfo};

use crate::client::{get, ids, walk};

async fn started() -> Emulator {
    let builder = Emulator::builder().sessions(9).sessions_per_contact(2);
    builder.events(1).start().await.unwrap()
}

fn uri(contact: &str, query: &str) -> String {
    format!("/api/v2/externalcontacts/contacts/{contact}/journey/sessions{query}")
}

#[tokio::test]
async fn a_contact_has_so_many_sessions_of_one_customer() {
    let emulator = started().await;
    assert_eq!(emulator.contacts().len(), 5);
    let mut all = Vec::new();
    for contact in emulator.contacts() {
        let sessions = get(&emulator, &uri(contact, "")).await.ids();
        let mut customers = BTreeSet::new();
        for session in &sessions {
            let page = get(
                &emulator,
                &format!("/api/v2/journey/sessions/{session}/events"),
            )
            .await;
            customers.insert(page.body["entities"][0]["customerId"].to_string());
        }
        assert_eq!(customers.len(), 1);
        all.push(sessions);
    }
    assert!(all.iter().map(Vec::len).eq([2, 2, 2, 2, 1]));
    let expected = emulator.sessions().iter().map(SessionInfo::id);
    assert!(all.concat().iter().map(String::as_str).eq(expected));
}

#[tokio::test]
async fn include_merged_lists_the_sessions_of_both_contacts_page_by_page() {
    let emulator = started().await;
    let contacts = emulator.contacts();
    assert_eq!(
        emulator.merged_with(&contacts[2]).as_ref(),
        Some(&contacts[3])
    );
    assert_eq!(emulator.merged_with(&contacts[0]), None);
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    for contact in [&contacts[2], &contacts[3]] {
        let merged = uri(contact, "?pageSize=3&includeMerged=true");
        let pages = walk(&emulator, merged, "nextUri").await;
        assert_eq!(pages.len(), 2);
        assert_eq!(ids(&pages), sessions[4..8]);
        assert!(
            pages[0]
                .uri("nextUri")
                .unwrap()
                .contains("includeMerged=true")
        );
        let own = get(&emulator, &uri(contact, "?includeMerged=false")).await;
        assert_eq!(own.ids().len(), 2);
        // A cursor of one list isn't one of the other.
        let next = pages[0]
            .uri("nextUri")
            .unwrap()
            .replace("includeMerged=true", "x=y");
        assert_eq!(get(&emulator, &next).await.status, 400);
    }
    let alone = get(&emulator, &uri(&contacts[0], "?includeMerged=true")).await;
    assert_eq!(alone.ids(), sessions[..2]);
    let refused = get(&emulator, &uri(&contacts[0], "?includeMerged=yes")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["messageParams"]["field"], "includeMerged");
}
