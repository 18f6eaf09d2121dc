//! A cache over a scripted source, under a paused clock; `runtimes` uses real ones.

mod runtimes;
mod scripted;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::task::yield_now;
use tokio::time::{advance, sleep, timeout};

use super::cache::TokenCache;
use super::source::TokenSource;
use super::state::Claim;
use super::token::{AccessToken, Token};
use crate::error::{Error, ErrorKind, ServiceAnswer};
use scripted::{Reply, Scripted};

const LIFETIME: Duration = Duration::from_secs(1_000);
const LONGEST_CALL: Duration = Duration::from_secs(5 * 60);
/// A token of `LIFETIME` is due then.
const DUE: Duration = Duration::from_secs(15 * 60);

fn cache(source: &Scripted) -> TokenCache {
    cache_of(Arc::new(source.clone()), Claim::default())
}

fn cache_of(source: Arc<dyn TokenSource>, claim: Claim) -> TokenCache {
    TokenCache::new(source, LONGEST_CALL, claim)
}

async fn text(cache: &TokenCache) -> Result<String, ErrorKind> {
    let token = cache.token().await.map_err(|error| error.kind())?;
    Ok(token.access.expose_secret().to_owned())
}

/// Lets every other task run until it waits.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

fn unauthorized() -> ServiceAnswer {
    ServiceAnswer {
        status: Some(401),
        correlation_id: Some("c-1".into()),
        ..ServiceAnswer::default()
    }
}

fn reject(cache: &TokenCache, token: &Arc<Token>) -> bool {
    cache.reject(token, &unauthorized())
}

#[tokio::test(start_paused = true)]
async fn many_callers_cause_one_call() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after(1));
    let cache = cache(&source);
    let tokens = join_all((0..2_000).map(|_| text(&cache))).await;
    assert!(tokens.into_iter().all(|token| token.unwrap() == "1"));
    assert_eq!(source.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_due_stays_in_use_while_it_is_refreshed_in_the_background() {
    let source = Scripted::new(|call| Reply::token(LIFETIME).after(if call == 1 { 0 } else { 50 }));
    let cache = cache(&source);
    assert_eq!(text(&cache).await.unwrap(), "1");
    sleep(Duration::from_secs(899)).await;
    for _ in 0..51 {
        let token = cache.token().now_or_never().expect("no wait").unwrap();
        assert!(cache.is_current(&token));
        assert_eq!(token.access.expose_secret(), "1");
        sleep(Duration::from_secs(1)).await;
    }
    settle().await;
    assert_eq!(text(&cache).await.unwrap(), "2");
    assert_eq!(source.call_times(), [0, 900]);
    assert_eq!(source.most_at_once(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_not_used() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after(1));
    let cache = cache(&source);
    let first = cache.token().await.unwrap();
    sleep(LIFETIME).await;
    assert!(!cache.is_current(&first));
    assert_eq!(text(&cache).await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn row_66_a_failed_refresh_keeps_the_valid_token_and_is_repeated_ever_more_slowly() {
    let day = Duration::from_secs(24 * 3600);
    let source = Scripted::new(move |call| match call {
        2..=9 => Reply::error(ErrorKind::Unavailable),
        _ => Reply::token(day),
    });
    let cache = cache(&source);
    cache.token().await.unwrap();
    let due = 86_400 - 300;
    sleep(Duration::from_secs(due)).await;
    for _ in 0..250 {
        let token = cache.token().now_or_never().expect("no wait");
        let expected = if source.calls().len() < 10 { "1" } else { "10" };
        assert_eq!(token.unwrap().access.expose_secret(), expected);
        settle().await;
        advance(Duration::from_secs(1)).await;
    }
    let waits: Vec<_> = source
        .call_times()
        .iter()
        .skip(1)
        .map(|at| at - due)
        .collect();
    assert_eq!(waits, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
}

#[tokio::test(start_paused = true)]
async fn row_66_a_refused_refresh_keeps_the_valid_token_until_it_expires() {
    let source = Scripted::new(|call| match call {
        1 => Reply::token(LIFETIME),
        _ => Reply::error(ErrorKind::Login),
    });
    let cache = cache(&source);
    cache.token().await.unwrap();
    sleep(DUE).await;
    for _ in 0..100 {
        assert_eq!(text(&cache).now_or_never().unwrap().unwrap(), "1");
        settle().await;
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(text(&cache).await, Err(ErrorKind::Login));
    assert_eq!(source.call_times(), [0, 900, 930, 960, 990]);
}

#[tokio::test(start_paused = true)]
async fn row_67_a_refused_login_answers_everyone_for_30_s() {
    let source = Scripted::new(|_| Reply::error(ErrorKind::Login).after(1));
    let cache = cache(&source);
    for _ in 0..2 {
        let all = join_all((0..2_000).map(|_| text(&cache))).await;
        assert!(all.into_iter().all(|token| token == Err(ErrorKind::Login)));
    }
    sleep(Duration::from_secs(29)).await;
    let error = cache.token().now_or_never().expect("no wait").unwrap_err();
    assert_eq!(error.to_string(), "scripted", "the same error");
    assert_eq!(source.call_times(), [0]);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(text(&cache).await, Err(ErrorKind::Login));
    assert_eq!(source.call_times(), [0, 31]);
}

#[tokio::test(start_paused = true)]
async fn another_failure_is_for_those_who_wait_and_the_next_caller_calls_again() {
    let source = Scripted::new(|call| match call {
        1 => Reply::error(ErrorKind::Unavailable).after(1),
        _ => Reply::token(LIFETIME),
    });
    let cache = cache(&source);
    let all = join_all((0..20).map(|_| text(&cache))).await;
    assert!(
        all.into_iter()
            .all(|token| token == Err(ErrorKind::Unavailable))
    );
    assert_eq!(text(&cache).await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_nobody_waits_for_it() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after(100));
    let cache = cache(&source);
    let (impatient, patient) = (Duration::from_secs(10), Duration::from_secs(20));
    let (one, other) = tokio::join!(
        timeout(impatient, text(&cache)),
        timeout(patient, text(&cache))
    );
    assert!(one.is_err() && other.is_err());
    settle().await;
    assert_eq!((source.calls().len(), source.running()), (1, 0));
    assert_eq!(text(&cache).await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_dropped_although_somebody_always_waits() {
    let source = Scripted::new(|call| match call {
        1 => Reply::token(LIFETIME).after(1_000_000),
        _ => Reply::token(LIFETIME),
    });
    let cache = cache(&source);
    let mut waits = Box::pin(text(&cache));
    for _ in 0..299 {
        let second = timeout(Duration::from_secs(1), &mut waits).await;
        assert!(second.is_err());
        waits = Box::pin(text(&cache));
        assert!((&mut waits).now_or_never().is_none());
    }
    assert_eq!(waits.await, Err(ErrorKind::Timeout));
    assert_eq!((source.calls().len(), source.running()), (1, 0));
    assert_eq!(text(&cache).await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_or_is_not_polled_does_not_hold_up_the_others() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after(10));
    let cache = cache(&source);
    let mut unpolled = Box::pin(text(&cache));
    assert!((&mut unpolled).now_or_never().is_none());
    let mut leaves = Box::pin(text(&cache));
    assert!((&mut leaves).now_or_never().is_none());
    drop(leaves);
    assert_eq!(text(&cache).await.unwrap(), "1");
    reject(&cache, &cache.token().await.unwrap());
    assert_eq!(text(&cache).await.unwrap(), "2");
    assert_eq!(unpolled.await.unwrap(), "2", "the token in use now");
}

#[tokio::test(start_paused = true)]
async fn a_caller_polled_long_after_its_login_failed_gets_a_later_token() {
    let source = Scripted::new(|call| match call {
        1 => Reply::error(ErrorKind::Unavailable),
        _ => Reply::token(LIFETIME),
    });
    let cache = cache(&source);
    let mut unpolled = Box::pin(text(&cache));
    assert!((&mut unpolled).now_or_never().is_none());
    settle().await;
    assert_eq!(text(&cache).await.unwrap(), "2");
    assert_eq!(unpolled.await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_in_the_background_needs_no_waiter_but_ends_with_the_cache() {
    let source = Scripted::new(|call| Reply::token(LIFETIME).after(if call == 1 { 0 } else { 50 }));
    for is_dropped in [false, true] {
        let cache = cache(&source);
        cache.token().await.unwrap();
        sleep(DUE).await;
        cache.token().await.unwrap();
        settle().await;
        assert_eq!(source.running(), 1);
        if is_dropped {
            drop(cache);
            settle().await;
        } else {
            sleep(Duration::from_secs(51)).await;
            let token = text(&cache).now_or_never().unwrap();
            assert_eq!(token.unwrap(), "2");
        }
        assert_eq!(source.running(), 0);
        source.forget();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_hangs_past_the_expiry_ends_with_those_who_then_wait_for_it() {
    let source = Scripted::new(|call| match call {
        2 => Reply::token(LIFETIME).after(1_000_000),
        _ => Reply::token(LIFETIME),
    });
    let cache = cache(&source);
    cache.token().await.unwrap();
    sleep(DUE).await;
    cache.token().await.unwrap();
    sleep(Duration::from_secs(100)).await;
    timeout(Duration::from_secs(60), text(&cache))
        .await
        .unwrap_err();
    settle().await;
    assert_eq!(text(&cache).await.unwrap(), "3");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_dropped_once_and_named_to_the_source() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after(1));
    let cache = cache(&source);
    let first = cache.token().await.unwrap();
    assert!(cache.is_current(&first));
    assert!(reject(&cache, &first));
    assert!(!cache.is_current(&first));
    assert!(reject(&cache, &first), "others met the same refusal");
    assert_eq!(text(&cache).await.unwrap(), "2");
    assert!(reject(&cache, &first), "a late refusal of the same token");
    assert_eq!(text(&cache).await.unwrap(), "2");
    assert_eq!(source.refused(), [None, Some("1".into())]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_named_again_after_a_failed_call_and_not_after_a_token() {
    let source = Scripted::new(|call| match call {
        2 => Reply::error(ErrorKind::Unavailable),
        _ => Reply::token(LIFETIME),
    });
    let cache = cache(&source);
    reject(&cache, &cache.token().await.unwrap());
    text(&cache).await.unwrap_err();
    text(&cache).await.unwrap();
    sleep(LIFETIME).await;
    text(&cache).await.unwrap();
    let refused = Some("1".to_owned());
    assert_eq!(source.refused(), [None, refused.clone(), refused, None]);
}

/// A vault hands out the token that it has stored until it hears that it was refused.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_began_before_its_token_was_refused_does_not_bring_it_back() {
    let source = Scripted::new(|call| match call {
        1 => Reply::text_for("stored", LIFETIME),
        2 => Reply::text_for("stored", LIFETIME).after(10),
        _ => Reply::text("new"),
    });
    let cache = cache(&source);
    let stored = cache.token().await.unwrap();
    sleep(DUE).await;
    cache.token().await.unwrap();
    settle().await;
    assert!(reject(&cache, &stored));
    assert_eq!(text(&cache).await.unwrap(), "new");
    assert_eq!(source.refused(), [None, None, Some("stored".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn row_67_a_replacement_refused_within_30_s_answers_everyone_for_30_s() {
    let source = Scripted::new(|_| Reply::token(LIFETIME));
    let cache = cache(&source);
    assert!(
        reject(&cache, &cache.token().await.unwrap()),
        "replaced once"
    );
    let second = cache.token().await.unwrap();
    sleep(Duration::from_secs(29)).await;
    assert!(!reject(&cache, &second));
    assert!(!reject(&cache, &second), "others met the same refusal");
    for wait in [0, 29] {
        sleep(Duration::from_secs(wait)).await;
        let error = cache.token().now_or_never().expect("no wait").unwrap_err();
        assert_eq!(
            (error.kind(), error.status(), error.correlation_id()),
            (ErrorKind::Unauthorized, Some(401), Some("c-1"))
        );
    }
    sleep(Duration::from_secs(1)).await;
    let third = cache.token().await.unwrap();
    assert_eq!(source.call_times(), [0, 0, 59]);
    sleep(Duration::from_secs(30)).await;
    assert!(reject(&cache, &third), "it was accepted for a while");
}

#[tokio::test(start_paused = true)]
async fn row_68_a_lifetime_without_sense_means_no_call_per_request() {
    for seconds in [0, 1, 59, u64::MAX] {
        let source = Scripted::new(move |_| Reply::token(Duration::from_secs(seconds)));
        let cache = cache(&source);
        for _ in 0..100 {
            assert_eq!(text(&cache).await.unwrap(), "1");
            sleep(Duration::from_secs(60)).await;
        }
        assert_eq!(source.calls().len(), 1, "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_fit_into_a_header_is_refused() {
    for token in ["", "canary canary", "canary\r\nx: y", "canaryä"] {
        let source = Scripted::new(move |_| Reply::text(token));
        let cache = cache(&source);
        for _ in 0..2 {
            let error = cache.token().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Login);
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
        assert_eq!(source.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_source_is_an_error_for_everyone_who_waits() {
    let source = Scripted::new(|_| Reply::panic().after(1));
    let cache = cache(&source);
    let all = join_all((0..20).map(|_| cache.token())).await;
    for token in all {
        let error = token.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Login);
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
    assert_eq!(source.calls().len(), 1);
}

#[test]
fn without_a_runtime_the_login_is_a_typed_error() {
    let source = Scripted::new(|_| Reply::token(LIFETIME));
    let error = cache(&source).token().now_or_never().unwrap().unwrap_err();
    assert!(
        error.to_string().contains("outside a tokio runtime"),
        "{error}"
    );
    assert_eq!(source.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_closure_is_a_source() {
    let source = crate::token_fn(|refused: Option<AccessToken>| async move {
        let refused = refused.map_or("none", |_| "one");
        Ok::<_, Error>(AccessToken::new(refused))
    });
    let cache = cache_of(Arc::new(Arc::new(source)), Claim::default());
    let first = cache.token().await.unwrap();
    assert_eq!(first.access.expose_secret(), "none");
    reject(&cache, &first);
    assert_eq!(text(&cache).await.unwrap(), "one");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_token_can_not_be_replaced() {
    let auth = super::Auth::fixed(AccessToken::new("canary"));
    let token = auth.token().await.unwrap();
    assert!(!auth.reject(&token, &unauthorized()));
    assert!(auth.is_current(&token));
    assert!(!format!("{auth:?}").contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn debug_shows_no_secret_in_any_state() {
    let source = Scripted::new(|_| Reply::text("canary").after(1));
    let auth = super::Auth::cached(Arc::new(source), LONGEST_CALL);
    let super::Auth::Cached(cache) = &auth else {
        panic!("cached")
    };
    let shows = |when: &str| {
        let text = format!("{auth:?} {}", cache.state());
        assert!(text.contains("State"), "{text}");
        assert!(!text.contains("canary"), "{when}: {text}");
    };
    shows("idle");
    assert!(cache.token().now_or_never().is_none());
    shows("running");
    let token = cache.token().await.unwrap();
    shows("with a token");
    assert!(!format!("{token:?}").contains("canary"));
    reject(cache, &token);
    shows("refused");
    cache.token().await.unwrap();
    reject(cache, &cache.token().await.unwrap());
    shows("held");
}
