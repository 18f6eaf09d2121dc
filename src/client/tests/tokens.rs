//! The access token in the middle of walks.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::memory::{Asked, Memory, Reply, session};
use super::session::SESSION;
use crate::{Client, Error, ErrorKind, RateLimit};

async fn count(client: &Client) -> Result<usize, Error> {
    let events: Vec<_> = client
        .session_events(SESSION)
        .stream()
        .try_collect()
        .await?;
    Ok(events.len())
}

/// A service that numbers its tokens and takes only one of them.
fn takes_only(token: &'static str) -> impl Fn(&Asked) -> Reply {
    move |asked| match &asked.token {
        None => Reply::token(&format!("t{}", asked.number), 86_399).after(Duration::from_secs(1)),
        Some(given) if given == token => session(&[1, 1], asked),
        Some(_) => Reply::status(401).after(Duration::from_secs(1)),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_and_the_walk_goes_on() {
    let memory = Memory::new(takes_only("t3"));
    let client = memory.client_that_logs_in();
    assert_eq!(count(&client).await.unwrap(), 2);
    let tokens: Vec<_> = memory
        .asked()
        .into_iter()
        .map(|asked| asked.token)
        .collect();
    let t = |text: &str| Some(text.to_owned());
    assert_eq!(tokens, [None, t("t1"), None, t("t3"), t("t3")]);
    let stats = client.stats();
    assert_eq!((stats.requests, stats.attempts, stats.pages), (5, 3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_for_ever_is_an_error_after_one_new_token() {
    let memory = Memory::new(takes_only("none"));
    let error = count(&memory.client_that_logs_in()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_eq!(memory.asked().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_token_that_is_refused_is_an_error_at_once() {
    let memory = Memory::new(takes_only("none"));
    let error = count(&memory.client()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unauthorized, Some(401))
    );
    assert_eq!(memory.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_40_many_walks_that_meet_a_refusal_together_cause_one_login() {
    // The first login is request 1; 20 walks are refused by requests 2 to 21.
    let memory = Memory::new(takes_only("t22"));
    let client = memory.client_that_logs_in();
    let walks = futures::future::join_all((0..20).map(|_| count(&client))).await;
    assert!(walks.into_iter().all(|events| events.unwrap() == 2));
    let logins = memory
        .asked()
        .iter()
        .filter(|asked| asked.token.is_none())
        .count();
    assert_eq!(logins, 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_before_it_ends_without_a_refusal() {
    let memory = Memory::new(|asked| match asked.token {
        None => Reply::token(&format!("t{}", asked.number), 100),
        Some(_) => session(&[1; 5], asked),
    });
    let client = memory.client_that_logs_in();
    let mut stream = client.session_events(SESSION).stream();
    while stream.next().await.transpose().unwrap().is_some() {
        tokio::time::sleep(Duration::from_secs(50)).await;
    }
    let logins: Vec<_> = memory
        .asked()
        .iter()
        .map(|asked| asked.token.is_none())
        .collect();
    assert_eq!(
        logins,
        [true, false, false, true, false, false, true, false]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_an_error_that_says_what_the_service_said() {
    for status in [400, 401, 404, 302] {
        let body = r#"{"error":"invalid_client","error_description":"no"}"#;
        let memory = Memory::new(move |_| Reply::status(status).body(body));
        let error = count(&memory.client_that_logs_in()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Login);
        assert_eq!(
            (error.status(), error.code()),
            (Some(status), Some("invalid_client"))
        );
        assert_eq!(memory.asked().len(), 1);
    }
    let memory = Memory::new(|_| Reply::ok("{}"));
    let error = count(&memory.client_that_logs_in()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Login);
}

#[tokio::test(start_paused = true)]
async fn row_67_a_refused_login_is_one_request_in_30_s_for_2000_streams() {
    let body = r#"{"error":"invalid_client"}"#;
    let memory = Memory::new(move |_| Reply::status(401).body(body).after(Duration::from_secs(1)));
    let client = memory.client_that_logs_in();
    for logins in [1, 1, 2] {
        for walk in futures::future::join_all((0..2_000).map(|_| count(&client))).await {
            let error = walk.unwrap_err();
            assert_eq!(
                (error.kind(), error.status(), error.code()),
                (ErrorKind::Login, Some(401), Some("invalid_client"))
            );
        }
        assert_eq!(memory.asked().len(), logins);
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_66_a_login_service_that_is_down_stops_no_walk_while_the_token_is_valid() {
    let memory = Memory::new(|asked| match (&asked.token, asked.at.as_secs()) {
        (None, 0) => Reply::token("old", 1_000),
        (None, ..1_000) => Reply::status(503).after(Duration::from_secs(5)),
        (None, _) => Reply::token("new", 1_000),
        (Some(token), at) if token == if at < 1_000 { "old" } else { "new" } => {
            session(&[1; 20], asked)
        }
        (Some(_), _) => Reply::status(401),
    });
    let client = memory.client_that_logs_in();
    let mut stream = client.session_events(SESSION).stream();
    let mut events = 0;
    while stream.next().await.transpose().unwrap().is_some() {
        events += 1;
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    assert_eq!(events, 20);
    let asked = memory.asked();
    let refreshes = asked
        .iter()
        .filter(|asked| asked.token.is_none() && (900..1_000).contains(&asked.at.as_secs()));
    assert!(refreshes.count() > 1, "the fault fired");
    let pages = asked.iter().filter(|asked| asked.token.is_some());
    let late: Vec<_> = pages.filter(|page| page.at.as_secs() % 60 > 1).collect();
    assert!(late.is_empty(), "no page waited: {late:?}");
}

#[tokio::test(start_paused = true)]
async fn row_68_a_token_with_an_odd_lifetime_is_used_until_it_is_refused() {
    for lifetime in [
        "",
        r#","expires_in":null"#,
        r#","expires_in":"soon""#,
        r#","expires_in":"3600""#,
        r#","expires_in":-1"#,
        r#","expires_in":0"#,
        r#","expires_in":1"#,
        r#","expires_in":0.5"#,
        r#","expires_in":1e300"#,
        r#","expires_in":18446744073709551615"#,
    ] {
        let memory = Memory::new(move |asked| match asked.token {
            None => Reply::ok(format!(r#"{{"access_token":"t"{lifetime}}}"#)),
            Some(_) => session(&[1, 1], asked),
        });
        assert_eq!(count(&memory.client_that_logs_in()).await.unwrap(), 2);
        assert_eq!(memory.asked().len(), 3, "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_service_that_can_not_answer_now_is_asked_again() {
    let memory = Memory::new(|asked| match (asked.number, &asked.token) {
        (1, _) => Reply::status(503),
        (2, _) => Reply::ok(r#"{"access_token":"#),
        (_, None) => Reply::token("t", 1_000),
        _ => session(&[1], asked),
    });
    assert_eq!(count(&memory.client_that_logs_in()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_while_its_page_waits_for_a_permit_is_replaced() {
    let memory = Memory::new(|asked| match &asked.token {
        None => Reply::token(&asked.at.as_secs().to_string(), 60),
        // A token is its time of birth.
        Some(token) if asked.at.as_secs() < token.parse::<u64>().unwrap() + 60 => {
            session(&[1; 4], asked)
        }
        Some(_) => Reply::status(401),
    });
    let client = memory.client_that_logs_in_under(RateLimit::per_minute(1));
    assert_eq!(count(&client).await.unwrap(), 4);
    assert_eq!(
        client.stats().attempts,
        4,
        "no permit was wasted on a refusal"
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_behind_the_queue_does_not_carry_a_permit_into_the_next_window() {
    let memory = Memory::new(|asked| match (&asked.token, asked.at.as_secs()) {
        (None, 0) => Reply::token("short", 60),
        (None, _) => Reply::token("long", 86_399).after(Duration::from_secs(30)),
        (Some(_), _) => session(&[1; 3], asked),
    });
    let client = memory.client_that_logs_in_under(RateLimit::per_minute(1));
    assert_eq!(count(&client).await.unwrap(), 3);
    let pages: Vec<_> = memory
        .asked()
        .iter()
        .filter(|asked| asked.token.is_some())
        .map(|asked| asked.at.as_secs())
        .collect();
    assert_eq!(pages, [0, 122, 183], "the permit of second 61 was void");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_hangs_ends_with_the_deadline_of_the_page() {
    let memory = Memory::new(|_| Reply::status(200).after(Duration::from_hours(1)));
    let start = tokio::time::Instant::now();
    let error = count(&memory.client_that_logs_in()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        start.elapsed() <= Duration::from_mins(5),
        "{:?}",
        start.elapsed()
    );
}
