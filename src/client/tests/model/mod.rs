//! Random walks against a model: whatever happens on the wire and whatever the consumer does, every
//! event comes out once and in order, from every checkpoint the rest comes, and every request keeps
//! to the rules.
//!
//! A walk follows from its seed alone. A failure prints the command that replays it.

mod consumer;
mod seen;
mod service;
mod session;
mod wire;

use std::time::Duration;

use fastrand::Rng;
use futures::StreamExt;
use futures::future::join_all;
use tokio::time::timeout;

use self::consumer::{ALL_DEEDS, Consumer, Place};
use self::seen::Seen;
use self::service::{Service, all_troubles};
use super::memory::oauth_client;

use super::session::SESSION;
use crate::fetch::auth::credentials::Credentials;
use crate::{CheckpointState, Client, ErrorKind, RateLimit, RetryPolicy};

const WALKS: u64 = 10_000;
const SEED: &str = "JOURNEY_EVENTS_SEED";
/// No rest takes nearly as many streams.
const MOST_ROUNDS: u32 = 1_000;
/// No walk takes nearly as long, in virtual time.
const HANG: Duration = Duration::from_hours(10 * 24);

/// All but `InvalidInput` and `StaleCheckpoint`: the consumer makes no mistake, and the service
/// forgets no event.
const ALL_KINDS: [ErrorKind; 17] = [
    ErrorKind::Unauthorized,
    ErrorKind::Login,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::RateLimited,
    ErrorKind::CursorRejected,
    ErrorKind::Rejected,
    ErrorKind::Unavailable,
    ErrorKind::Connect,
    ErrorKind::Certificate,
    ErrorKind::Timeout,
    ErrorKind::Transport,
    ErrorKind::TooLarge,
    ErrorKind::UnexpectedResponse,
    ErrorKind::MalformedEvent,
    ErrorKind::CursorLoop,
    ErrorKind::Stalled,
];

#[test]
fn every_event_comes_once_whatever_happens() {
    let seen = Seen::default();
    if let Ok(seed) = std::env::var(SEED) {
        run(seed.parse().unwrap(), &seen);
        eprintln!("{seen}");
        return;
    }
    (0..WALKS).for_each(|seed| run(seed, &seen));
    let kinds = ALL_KINDS.map(|kind| format!("error {kind:?}"));
    let never: Vec<_> = all_troubles()
        .chain(ALL_DEEDS)
        .map(str::to_owned)
        .chain(kinds)
        .filter(|name| !seen.has(name))
        .collect();
    assert!(
        never.is_empty(),
        "never happened: {never:?}; what did:\n{seen}"
    );
}

/// Says how to replay a walk that fails.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = self.0;
            eprintln!(
                "seed {seed}; {SEED}={seed} cargo test -p journey-events --lib model -- --nocapture"
            );
        }
    }
}

fn run(seed: u64, happened: &Seen) {
    let _replay = Replay(seed);
    // The library's jitter.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(async {
        timeout(HANG, walk(Rng::with_seed(seed), happened))
            .await
            .expect("the walk hangs");
    });
}

async fn walk(mut rng: Rng, seen: &Seen) {
    let consumers = rng.choice([1, 1, 1, 2]).unwrap();
    let service = Service::random(consumers, &mut rng, seen);
    let memory = service.memory();
    let (limit, quota) = random_limit(&mut rng);
    let client = memory.client_of(random_credentials(&mut rng), random_policy(&mut rng), limit);
    let walks = (0..consumers).map(|number| {
        let consumer = Consumer {
            number,
            client: client.clone(),
            service: service.clone(),
            seen: seen.clone(),
            whims_left: rng.u32(..12),
            growths_left: rng.choice([0, 0, 0, 1, 2]).unwrap(),
            rng: rng.fork(),
            came: 0,
            places: Vec::new(),
        };
        consumer.walk()
    });
    let places = join_all(walks.collect::<Vec<_>>()).await;
    wire::check(&memory.asked(), &service.said(), &client.stats(), quota);
    let healthy = service.healthy_memory().client();
    for place in places.into_iter().flatten() {
        check_rest(&healthy, &service, place).await;
    }
}

fn random_limit(rng: &mut Rng) -> (RateLimit, Option<u32>) {
    if rng.bool() {
        return (RateLimit::unlimited(), None);
    }
    let quota = rng.u32(1..8);
    let limit = RateLimit::per_minute(quota)
        .burst(rng.u32(1..4))
        .per_second(rng.u32(1..20));
    (limit, Some(quota))
}

fn random_credentials(rng: &mut Rng) -> Credentials {
    if rng.bool() {
        oauth_client()
    } else {
        Credentials::AccessToken("fixed".into())
    }
}

fn random_policy(rng: &mut Rng) -> RetryPolicy {
    let default = RetryPolicy::default();
    match rng.u8(..6) {
        0 => RetryPolicy::never(),
        1 => default.max_attempts(2).max_throttled_attempts(2),
        2 => default.budget(20),
        3 => default.page_deadline(Duration::from_secs(45)),
        _ => default,
    }
}

/// From a checkpoint, exactly the rest comes.
async fn check_rest(client: &Client, service: &Service, (came, place): Place) {
    let truth = service.with_session(|session| session.truth()[came..].to_vec());
    let mut rest = truth.iter();
    let mut from = place.clone();
    for _ in 0..MOST_ROUNDS {
        let mut stream = client.session_events(SESSION).resume(from).stream();
        let error = loop {
            match stream.next().await {
                Some(Ok(event)) => {
                    assert_eq!(
                        Some(event.json()),
                        rest.next().map(String::as_str),
                        "from {place:?}"
                    );
                }
                Some(Err(error)) => break error,
                None => {
                    assert_eq!(rest.next(), None, "more is to come from {place:?}");
                    assert_eq!(stream.checkpoint().state(), CheckpointState::Done);
                    return;
                }
            }
        };
        from = match error.kind() {
            ErrorKind::MalformedEvent => stream.checkpoint().skip(1),
            ErrorKind::Stalled => stream.checkpoint(),
            _ => panic!("{error}, from {place:?}"),
        };
    }
    panic!("the rest goes round in circles, from {place:?}");
}
