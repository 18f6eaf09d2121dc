//! Walks over pages, forwards and backwards.

use std::collections::HashSet;

use journey_events_emulator::Emulator;

use crate::client::{Response, events, events_uri, get, ids, started, walk};

async fn sizes(total: u64, page: u64) -> Vec<usize> {
    let emulator = started(total).await;
    let uri = events_uri(&emulator, 0, &format!("?pageSize={page}"));
    walk(&emulator, uri, "nextUri")
        .await
        .iter()
        .map(|page| page.ids().len())
        .collect()
}

#[tokio::test]
async fn an_empty_session_is_one_empty_page_without_links() {
    let emulator = started(0).await;
    let page = events(&emulator, "").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body["entities"], serde_json::json!([]));
    assert_eq!((page.uri("nextUri"), page.uri("previousUri")), (None, None));
    assert_eq!(page.uri("selfUri"), Some(events_uri(&emulator, 0, "")));
}

#[tokio::test]
async fn all_pages_but_the_last_are_full_and_none_is_empty() {
    assert_eq!(sizes(1, 200).await, [1]);
    assert_eq!(sizes(199, 200).await, [199]);
    assert_eq!(sizes(200, 200).await, [200]);
    assert_eq!(sizes(201, 200).await, [200, 1]);
    assert_eq!(sizes(600, 200).await, [200, 200, 200]);
    assert_eq!(sizes(3, 1).await, [1, 1, 1]);
    assert_eq!(sizes(40, 33).await, [33, 7]);
}

#[tokio::test]
async fn a_walk_has_every_event_once_and_in_order_whatever_the_page_size() {
    let emulator = started(450).await;
    let whole = ids(&walk(&emulator, events_uri(&emulator, 0, "?limit=200"), "nextUri").await);
    assert_eq!(whole.iter().collect::<HashSet<_>>().len(), 450);
    for size in [7, 64, 199] {
        let uri = events_uri(&emulator, 0, &format!("?limit={size}"));
        assert_eq!(ids(&walk(&emulator, uri, "nextUri").await), whole, "{size}");
    }
}

#[tokio::test]
async fn a_walk_backwards_has_the_same_events() {
    let emulator = started(450).await;
    let forwards = walk(
        &emulator,
        events_uri(&emulator, 0, "?pageSize=100"),
        "nextUri",
    )
    .await;
    let previous = forwards
        .last()
        .and_then(|page| page.uri("previousUri"))
        .unwrap();
    let mut backwards = walk(&emulator, previous, "previousUri").await;
    backwards.reverse();
    assert_eq!(ids(&backwards), ids(&forwards)[..400]);
    assert_eq!(
        backwards.first().and_then(|page| page.uri("previousUri")),
        None
    );
}

#[tokio::test]
async fn a_page_read_backwards_links_to_the_page_it_was_reached_from() {
    let emulator = started(90).await;
    let pages = walk(
        &emulator,
        events_uri(&emulator, 0, "?pageSize=40"),
        "nextUri",
    )
    .await;
    let back = get(&emulator, &pages[2].uri("previousUri").unwrap()).await;
    assert_eq!(back.ids(), pages[1].ids());
    let on = get(&emulator, &back.uri("nextUri").unwrap()).await;
    assert_eq!(on.ids(), pages[2].ids());
}

#[tokio::test]
async fn the_first_page_has_no_previous_and_the_last_no_next() {
    let emulator = started(50).await;
    let pages = walk(&emulator, events_uri(&emulator, 0, ""), "nextUri").await;
    let has = |page: &Response, name| page.uri(name).is_some();
    let links: Vec<_> = pages
        .iter()
        .map(|page| (has(page, "previousUri"), has(page, "nextUri")))
        .collect();
    assert_eq!(links, [(false, true), (true, false)]);
}

#[tokio::test]
async fn uris_use_the_parameters_of_the_client() {
    let emulator = started(900).await;
    for (query, size) in [
        ("?limit=10", "?limit=10"),
        ("?pageSize=10", "?pageSize=10"),
        ("?limit=10&pageSize=10", "?pageSize=10"),
        ("?limit=20&pageSize=10&unknown=1", "?pageSize=10"),
    ] {
        let page = events(&emulator, query).await;
        assert_eq!(page.ids().len(), 10);
        assert_eq!(page.uri("selfUri"), Some(events_uri(&emulator, 0, size)));
        let next = page.uri("nextUri").unwrap();
        assert!(
            next.starts_with(&events_uri(&emulator, 0, &format!("{size}&after="))),
            "{next}"
        );
        let cursor = next.split_once("after=").unwrap().1;
        assert!(!cursor.contains(['+', '/', '=', '&', ' ']), "{cursor}");
    }
}

#[tokio::test]
async fn the_self_uri_returns_the_same_page() {
    let emulator = started(90).await;
    for page in walk(
        &emulator,
        events_uri(&emulator, 0, "?pageSize=40"),
        "nextUri",
    )
    .await
    {
        assert_eq!(
            get(&emulator, &page.uri("selfUri").unwrap()).await.body,
            page.body
        );
    }
}

#[tokio::test]
async fn a_cursor_may_be_encoded_raw_or_have_an_unencoded_plus() {
    let emulator = started(450).await;
    let mut raw_plus = 0;
    for page in walk(&emulator, events_uri(&emulator, 0, "?limit=10"), "nextUri").await {
        let Some(next) = page.uri("nextUri") else {
            break;
        };
        let raw = next
            .replace("%2B", "+")
            .replace("%2F", "/")
            .replace("%3D", "=");
        raw_plus += usize::from(raw.contains('+'));
        assert_eq!(
            get(&emulator, &raw).await.ids(),
            get(&emulator, &next).await.ids()
        );
    }
    assert!(raw_plus > 3);
}

#[tokio::test]
async fn filtered_pages_are_full_in_both_directions() {
    let emulator = started(1_000).await;
    let all = walk(&emulator, events_uri(&emulator, 0, "?limit=200"), "nextUri").await;
    let wanted = [
        "com.genesys.journey.SegmentAssignmentEvent",
        "com.genesys.journey.WebActionEvent",
    ];
    let expected: Vec<String> = all
        .iter()
        .flat_map(|page| page.body["entities"].as_array().unwrap())
        .filter(|event| wanted.iter().any(|name| event["eventType"] == *name))
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    let query = format!("?pageSize=7&eventType={}", wanted.join(","));
    let pages = walk(&emulator, events_uri(&emulator, 0, &query), "nextUri").await;
    assert_eq!(ids(&pages), expected);
    let (last, full) = pages.split_last().unwrap();
    assert!(full.iter().all(|page| page.ids().len() == 7));
    assert!(!last.ids().is_empty());

    let mut back = walk(&emulator, last.uri("previousUri").unwrap(), "previousUri").await;
    back.reverse();
    assert_eq!(ids(&back), ids(full));
}

#[tokio::test]
async fn a_filter_without_matches_returns_one_empty_page() {
    let emulator = started(1_000_000_000).await;
    for filter in [
        "com.genesys.journey.AppEvent",
        // Occurs only in the first form.
        "com.genesys.journey.SegmentAssignedEvent",
        "no.such.Type",
        "",
    ] {
        let page = events(&emulator, &format!("?eventType={filter}")).await;
        assert_eq!(page.body["entities"], serde_json::json!([]), "{filter}");
        assert_eq!((page.uri("nextUri"), page.uri("previousUri")), (None, None));
    }
}

#[tokio::test]
async fn a_seed_serves_the_same_events_whatever_the_totals() {
    let small = Emulator::builder()
        .seed(9)
        .events(60)
        .start()
        .await
        .unwrap();
    let large = Emulator::builder()
        .seed(9)
        .sessions(4)
        .events(90)
        .start()
        .await
        .unwrap();
    let other = Emulator::builder()
        .seed(10)
        .events(60)
        .start()
        .await
        .unwrap();
    assert_eq!(small.sessions()[0].id(), large.sessions()[0].id());
    let first = events(&small, "?limit=60").await;
    assert_eq!(
        first.body["entities"],
        events(&large, "?limit=60").await.body["entities"]
    );
    assert_ne!(first.ids(), events(&other, "?limit=60").await.ids());
}
