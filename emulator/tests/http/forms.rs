//! One published form alone.

use journey_events_emulator::{Emulator, Form};

use crate::client::{events, events_uri, walk};

#[tokio::test]
async fn the_first_form_has_only_its_parameters_and_events() {
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
async fn the_current_form_has_no_previous_pages() {
    let emulator = Emulator::builder().events(60).form(Form::Current);
    let emulator = emulator.start().await.unwrap();
    let uri = events_uri(&emulator, 0, "?pageSize=25&limit=3&before=none");
    let pages = walk(&emulator, uri, "nextUri").await;
    let sizes: Vec<_> = pages.iter().map(|page| page.ids().len()).collect();
    assert_eq!(sizes, [25, 25, 10]);
    assert!(pages.iter().all(|page| page.uri("previousUri").is_none()));
}
