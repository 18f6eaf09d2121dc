//! Several real runtimes that share a cache, one of which is idle, blocked or gone during a login.

use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tracing::{Instrument, Span, info_span};

use super::*;

/// Short enough for a test, long enough for a busy machine.
const CLAIM: Claim = Claim {
    renew: Duration::from_millis(50),
    doubt: Duration::from_millis(200),
    look: Duration::from_millis(100),
};
const HANGS: u64 = 100;
const HANG: Duration = Duration::from_secs(4);

fn quick_cache(source: &Scripted) -> Arc<TokenCache> {
    Arc::new(cache_of(Arc::new(source.clone()), CLAIM))
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_time().build().unwrap()
}

type Flavor = fn() -> Runtime;
const FLAVORS: [(&str, Flavor); 2] = [
    ("current_thread", current_thread),
    ("multi_thread", multi_thread),
];

/// Starts a login on a runtime; the task of its waiter stays there.
fn start_login(runtime: &Runtime, cache: &Arc<TokenCache>, source: &Scripted) {
    let cache = Arc::clone(cache);
    runtime.spawn(async move { text(&cache).await });
    runtime.block_on(until(|| source.running() > 0));
}

async fn until(happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < HANG, "a hang");
        sleep(Duration::from_millis(1)).await;
    }
}

/// The token another runtime gets, and after how long.
fn elsewhere(flavor: Flavor, cache: &Arc<TokenCache>) -> (String, Duration) {
    let start = Instant::now();
    let runtime = flavor();
    let token = runtime.block_on(async { timeout(HANG, text(cache)).await });
    (token.expect("a hang").unwrap(), start.elapsed())
}

fn first_hangs() -> Scripted {
    Scripted::new(|call| match call {
        1 => Reply::token(LIFETIME).after(HANGS),
        _ => Reply::token(LIFETIME),
    })
}

#[test]
fn row_61_a_runtime_that_is_idle_while_it_holds_a_login_holds_up_nobody() {
    for (name, other) in FLAVORS {
        let source = first_hangs();
        let cache = quick_cache(&source);
        let idle = current_thread();
        start_login(&idle, &cache, &source);
        let (token, took) = elsewhere(other, &cache);
        assert_eq!(token, "2", "{name}");
        assert!(took < Duration::from_secs(2), "{name}: {took:?}");
    }
}

#[test]
fn row_61_a_runtime_that_is_blocked_while_it_holds_a_login_holds_up_nobody() {
    for (name, flavor) in FLAVORS {
        let source = first_hangs();
        let cache = quick_cache(&source);
        let (unblock, blocked) = mpsc::channel::<()>();
        let (here, there) = (Arc::clone(&cache), source.clone());
        let blocks = thread::spawn(move || {
            let runtime = flavor();
            start_login(&runtime, &here, &there);
            runtime.block_on(async {
                tokio::spawn(async move { blocked.recv() })
                    .await
                    .unwrap()
                    .unwrap_err();
                text(&here).await.unwrap()
            })
        });
        current_thread().block_on(until(|| source.running() > 0));
        let (token, took) = elsewhere(current_thread, &cache);
        assert_eq!(token, "2", "{name}");
        assert!(took < Duration::from_secs(2), "{name}: {took:?}");
        drop(unblock);
        assert_eq!(
            blocks.join().unwrap(),
            "2",
            "{name}: it uses that token too"
        );
    }
}

#[test]
fn row_61_a_runtime_that_was_shut_down_while_it_held_a_login_holds_up_nobody() {
    for (name, flavor) in FLAVORS {
        let source = first_hangs();
        let cache = Arc::new(super::cache(&source));
        let gone = flavor();
        start_login(&gone, &cache, &source);
        drop(gone);
        assert_eq!(source.running(), 0);
        let (token, took) = elsewhere(flavor, &cache);
        assert_eq!(token, "2", "{name}");
        assert!(took < Duration::from_secs(1), "{name}, at once: {took:?}");
    }
}

#[test]
fn row_62_a_login_whose_runtime_shuts_down_is_done_at_once_by_another_task() {
    for (name, flavor) in FLAVORS {
        let source = first_hangs();
        let cache = Arc::new(super::cache(&source));
        let (here, there) = (flavor(), flavor());
        start_login(&here, &cache, &source);
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let cache = Arc::clone(&cache);
                there.spawn(async move { text(&cache).await })
            })
            .collect();
        there.block_on(settle());
        let start = Instant::now();
        drop(here);
        there.block_on(async {
            for token in waiting {
                assert_eq!(token.await.expect("a panic").unwrap(), "2", "{name}");
            }
        });
        let took = start.elapsed();
        assert!(took < Duration::from_millis(900), "{name}: {took:?}");
        assert_eq!((source.calls().len(), source.most_at_once()), (2, 1));
    }
}

#[test]
fn row_62_a_caller_on_a_runtime_that_has_shut_down_gets_a_typed_error() {
    for (name, flavor) in FLAVORS {
        let runtime = flavor();
        let handle = runtime.handle().clone();
        drop(runtime);
        let source = first_hangs();
        let cache = super::cache(&source);
        let error = handle.block_on(cache.token()).unwrap_err();
        assert!(
            error.to_string().contains("outside a tokio runtime"),
            "{name}: {error}"
        );
        assert_eq!(source.calls().len(), 0, "{name}");
    }
}

/// The first login's runtime stands still until the second login is under way, and then continues.
fn late(first: Reply, second: Reply) -> (Scripted, Result<String, ErrorKind>) {
    let source = Scripted::new(move |call| {
        if call == 1 {
            first.clone()
        } else {
            second.clone()
        }
    });
    let cache = quick_cache(&source);
    let slow = current_thread();
    start_login(&slow, &cache, &source);
    let other = multi_thread();
    let waiter = other.spawn({
        let cache = Arc::clone(&cache);
        async move { text(&cache).await }
    });
    current_thread().block_on(until(|| source.calls().len() == 2));
    slow.block_on(async { sleep(Duration::from_millis(100)).await });
    let token = other.block_on(async { timeout(HANG, waiter).await });
    (source, token.expect("a hang").unwrap())
}

#[test]
fn a_late_token_counts_if_there_is_no_newer_one() {
    let first = Reply::token(LIFETIME).after_millis(20);
    let (source, token) = late(first, Reply::token(LIFETIME).after(HANGS));
    assert_eq!(token.unwrap(), "1");
    assert_eq!(source.calls().len(), 2);
}

#[test]
fn a_late_refusal_is_ignored() {
    let first = Reply::error(ErrorKind::Login).after_millis(20);
    let (_, token) = late(first, Reply::token(LIFETIME).after_millis(200));
    assert_eq!(token.unwrap(), "2");
}

#[test]
fn a_late_token_does_not_replace_a_newer_one() {
    let source = Scripted::new(|call| match call {
        1 => Reply::token(LIFETIME).after_millis(20),
        _ => Reply::token(LIFETIME),
    });
    let cache = quick_cache(&source);
    let slow = current_thread();
    start_login(&slow, &cache, &source);
    assert_eq!(elsewhere(current_thread, &cache).0, "2");
    slow.block_on(async { sleep(Duration::from_millis(100)).await });
    assert_eq!(elsewhere(current_thread, &cache).0, "2");
}

#[test]
fn a_login_that_takes_long_on_a_runtime_that_runs_is_not_repeated() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after_millis(1_500));
    // A machine that stands still for a while isn't taken for the runtime.
    let doubt = Duration::from_secs(1);
    let cache = Arc::new(cache_of(Arc::new(source.clone()), Claim { doubt, ..CLAIM }));
    let here = multi_thread();
    start_login(&here, &cache, &source);
    assert_eq!(elsewhere(current_thread, &cache).0, "1");
}

/// Whoever was just blocked finds a claim in doubt, and gives the login's task time to renew it.
#[test]
fn a_stall_of_the_runtime_that_logs_in_itself_is_no_second_call() {
    let source = Scripted::new(|_| Reply::token(LIFETIME).after_millis(1_000));
    let cache = quick_cache(&source);
    let runtime = current_thread();
    start_login(&runtime, &cache, &source);
    let (_sender, nothing) = mpsc::channel::<()>();
    let stalled = nothing.recv_timeout(Duration::from_millis(400));
    assert!(stalled.is_err());
    // The new waiter is polled before the login's task is.
    assert_eq!(runtime.block_on(text(&cache)).unwrap(), "1");
    assert_eq!(source.calls().len(), 1);
}

#[test]
fn a_login_inherits_span_and_subscriber_on_another_thread() {
    let source = crate::token_fn(|_| async {
        let span = Span::current()
            .metadata()
            .map_or("none", |span| span.name());
        Ok(AccessToken::new(span))
    });
    let cache = cache_of(Arc::new(source), Claim::default());
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::sink)
        .finish();
    let token = tracing::subscriber::with_default(subscriber, || {
        multi_thread().block_on(text(&cache).instrument(info_span!("page")))
    });
    assert_eq!(token.unwrap(), "page");
}
