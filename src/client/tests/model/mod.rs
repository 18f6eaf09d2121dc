//! Random walks compared with a model. Whatever faults occur and whatever the consumer does, every
//! event is yielded once and in order, every checkpoint resumes with exactly the rest, and requests
//! respect quota, waits and timeouts.
//!
//! Each walk is determined by its seed. A failure prints the command that replays it.

mod consumer;
mod coverage;
mod service;
mod session;
mod wire;

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use futures::StreamExt;
use futures::future::join_all;
use tokio::runtime::Handle;
use tokio::time::timeout;

use self::consumer::{ALL_ACTIONS, Consumed, ConsumedCheckpoint, Consumer};
use self::coverage::Coverage;
use self::service::{Service, all_names};
use super::memory::client_credentials;
use super::session::SESSION;
use crate::fetch::auth::credentials::Credentials;
use crate::{CheckpointState, Client, ErrorKind, RateLimit, RetryPolicy};

const WALKS: u64 = 10_000;
const SEED: &str = "JOURNEY_EVENTS_SEED";
/// Far more than resuming from any checkpoint takes.
const MAX_STREAMS: u32 = 1_000;
/// Virtual time, far longer than any walk takes.
const WALK_TIMEOUT: Duration = Duration::from_secs(10 * 24 * 3600);

/// All but `InvalidInput` and `StaleCheckpoint`: the consumer makes valid requests, and the service
/// loses no events.
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
fn every_event_is_yielded_once_whatever_happens() {
    let coverage = Coverage::default();
    if let Ok(seed) = std::env::var(SEED) {
        run(seed.parse().unwrap(), &coverage);
        eprintln!("{coverage}");
        return;
    }
    (0..WALKS).for_each(|seed| run(seed, &coverage));
    let kinds = ALL_KINDS.map(|kind| format!("error {kind:?}"));
    let never: Vec<_> = all_names()
        .chain(ALL_ACTIONS)
        .map(str::to_owned)
        .chain(kinds)
        .filter(|name| !coverage.has(name))
        .collect();
    assert!(
        never.is_empty(),
        "never happened: {never:?}; covered:\n{coverage}"
    );
}

/// Prints how to replay a walk that fails.
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

fn run(seed: u64, coverage: &Coverage) {
    let _replay = Replay(seed);
    // Seeds the library's jitter.
    fastrand::seed(seed);
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap()
    };
    let elsewhere = runtime();
    runtime().block_on(async {
        let walk = walk(Rng::with_seed(seed), elsewhere.handle(), coverage);
        timeout(WALK_TIMEOUT, walk).await.expect("the walk hangs");
    });
}

async fn walk(mut rng: Rng, elsewhere: &Handle, coverage: &Coverage) {
    let consumers = rng.choice([1, 1, 1, 2]).unwrap();
    let service = Service::random(consumers, &mut rng, coverage);
    let server = service.faulty_server();
    let (limit, quota) = random_limit(&mut rng);
    let client = server.client_with_credentials(
        random_credentials(&mut rng),
        random_policy(&mut rng),
        limit,
    );
    let walks = (0..consumers).map(|number| {
        let consumer = Consumer {
            number,
            client: client.clone(),
            service: service.clone(),
            coverage: coverage.clone(),
            interruptions_left: rng.u32(..12),
            growths_left: rng.choice([0, 0, 0, 1, 2]).unwrap(),
            rng: rng.fork(),
            elsewhere: elsewhere.clone(),
            consumed: Consumed::default(),
            checkpoints: Vec::new(),
        };
        consumer.walk()
    });
    let checkpoints = join_all(walks.collect::<Vec<_>>()).await;
    wire::assert_well_behaved(
        &server.requests(),
        &service.responses(),
        &client.stats(),
        quota,
    );
    let healthy = service.healthy_server().client();
    for checkpoint in checkpoints.into_iter().flatten() {
        assert_resumes(&healthy, &service, checkpoint).await;
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
        client_credentials()
    } else {
        Credentials::AccessToken(crate::AccessToken::new("fixed"))
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

/// Asserts that resuming from a checkpoint yields exactly the rest.
async fn assert_resumes(
    client: &Client,
    service: &Service,
    (consumed, checkpoint): ConsumedCheckpoint,
) {
    let (mut rest, is_reordered) = service.with_session(|session| {
        let events = session.expected_events().iter().enumerate();
        let rest = events.filter(|(index, _)| !consumed.contains(*index));
        let rest: VecDeque<String> = rest.map(|(_, event)| event.clone()).collect();
        (rest, session.is_reordered())
    });
    let mut from = checkpoint.clone();
    for _ in 0..MAX_STREAMS {
        let mut stream = client.session_events(SESSION).resume(from).stream();
        let error = loop {
            match stream.next().await {
                Some(Ok(event)) => {
                    let index = rest.iter().position(|rest| rest == event.json());
                    let index = index.unwrap_or_else(|| panic!("{event:?}, from {checkpoint:?}"));
                    assert!(index == 0 || is_reordered, "{event:?}, from {checkpoint:?}");
                    rest.remove(index);
                }
                Some(Err(error)) => break error,
                None => {
                    assert!(rest.is_empty(), "the walk ended early, from {checkpoint:?}");
                    assert_eq!(stream.checkpoint().state(), CheckpointState::Done);
                    return;
                }
            }
        };
        from = match error.kind() {
            ErrorKind::MalformedEvent => stream.checkpoint().skip(),
            ErrorKind::Stalled => stream.checkpoint(),
            _ => panic!("{error}, from {checkpoint:?}"),
        };
    }
    panic!("the walk doesn't end, from {checkpoint:?}");
}
