//! What is known of the token and of the login, and what follows from it. Pure: the clock is an argument.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::fetch::auth::token::{AccessToken, Token};

/// How long a refusal answers every caller, and how old a replacement for a refused token must be for its
/// own refusal not to be one.
const REFUSAL: Duration = Duration::from_secs(30);
/// Between failed attempts to refresh a token that is still valid; doubles up to the longest.
const SHORTEST_REFRESH_WAIT: Duration = Duration::from_secs(1);
const LONGEST_REFRESH_WAIT: Duration = Duration::from_secs(60);

/// How a login shows that it is alive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// How often its task renews the claim.
    pub(crate) renew: Duration,
    /// How long a claim may go without renewal before it is in doubt. A claim in doubt that isn't renewed
    /// within another `renew` is lost: after a stall of the whole runtime, the login's task has that
    /// long to renew it.
    pub(crate) doubt: Duration,
    /// How often a waiter looks at it.
    pub(crate) look: Duration,
}

impl Default for Claim {
    fn default() -> Self {
        Self {
            renew: Duration::from_millis(500),
            doubt: Duration::from_secs(2),
            look: Duration::from_secs(1),
        }
    }
}

/// How a login ended: with a token, now the current one, or an error.
pub(crate) type Outcome = Option<Result<(), Error>>;

#[derive(Debug, Default)]
pub(crate) struct State {
    claim: Claim,
    current: Option<Arc<Token>>,
    /// The token refused last, until there is another one.
    refused: Option<AccessToken>,
    /// The answer to every caller, and until when.
    refusal: Option<(Instant, Error)>,
    running: Option<Running>,
    /// How many logins were started.
    generation: u64,
    /// The login that the latest token is from.
    latest: u64,
    failed_refreshes: u32,
    next_refresh: Option<Instant>,
}

/// A login under way. Its task owns the sender, so it has ended once that is gone.
#[derive(Debug)]
struct Running {
    generation: u64,
    renewed: Instant,
    in_doubt_since: Option<Instant>,
    outcome: Weak<watch::Sender<Outcome>>,
    /// Keeps a refresh alive that no caller waits for.
    background: Option<watch::Receiver<Outcome>>,
}

/// A login to be started.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) generation: u64,
    pub(crate) outcome: Arc<watch::Sender<Outcome>>,
    pub(crate) refused: Option<AccessToken>,
}

/// What a caller does.
#[derive(Debug)]
pub(crate) enum Access {
    /// Use this token, and start this refresh in the background.
    Use(Arc<Token>, Option<Start>),
    /// Fail.
    Refuse(Error),
    /// Wait for a login, and call `access` again at the latest then.
    Wait(watch::Receiver<Outcome>, Instant),
    /// Start a login and wait for it.
    Start(Start, watch::Receiver<Outcome>),
}

impl State {
    pub(crate) fn new(claim: Claim) -> Self {
        Self {
            claim,
            ..Self::default()
        }
    }

    /// Returns what a caller who needs a token does.
    pub(crate) fn access(&mut self, now: Instant) -> Access {
        if let Some(token) = self.valid(now) {
            let may_refresh = token.is_due(now)
                && self.next_refresh.is_none_or(|next| next <= now)
                && self.refusal(now).is_none()
                && self.join(now).is_none();
            let refresh = may_refresh.then(|| self.start(now)).map(|(start, kept)| {
                if let Some(running) = &mut self.running {
                    running.background = Some(kept);
                }
                start
            });
            return Access::Use(token, refresh);
        }
        if let Some(error) = self.refusal(now) {
            return Access::Refuse(error);
        }
        if let Some((outcome, look)) = self.join(now) {
            if let Some(running) = &mut self.running {
                // From now on it ends when no caller waits for it.
                running.background = None;
            }
            return Access::Wait(outcome, look);
        }
        let (start, outcome) = self.start(now);
        Access::Start(start, outcome)
    }

    /// Returns the token in use, unless it has expired.
    pub(crate) fn valid(&self, now: Instant) -> Option<Arc<Token>> {
        self.current.clone().filter(|token| !token.is_expired(now))
    }

    /// Whether this token is the one in use and hasn't expired.
    pub(crate) fn is_current(&self, token: &Arc<Token>, now: Instant) -> bool {
        self.is_in_use(token) && !token.is_expired(now)
    }

    fn is_in_use(&self, token: &Arc<Token>) -> bool {
        (self.current.as_ref()).is_some_and(|current| Arc::ptr_eq(current, token))
    }

    fn refusal(&self, now: Instant) -> Option<Error> {
        let (until, error) = self.refusal.as_ref()?;
        (now < *until).then(|| error.clone())
    }

    /// Returns the outcome of the login under way and when to look at it again, unless its claim is lost.
    fn join(&mut self, now: Instant) -> Option<(watch::Receiver<Outcome>, Instant)> {
        let Claim { renew, doubt, look } = self.claim;
        let running = self.running.as_mut()?;
        let outcome = running.outcome.upgrade()?.subscribe();
        let in_doubt_at = running.renewed + doubt;
        if now < in_doubt_at {
            return Some((outcome, in_doubt_at.min(now + look)));
        }
        let lost_at = *running.in_doubt_since.get_or_insert(now) + renew;
        (now < lost_at).then_some((outcome, lost_at))
    }

    fn start(&mut self, now: Instant) -> (Start, watch::Receiver<Outcome>) {
        self.generation += 1;
        let (sender, receiver) = watch::channel(None);
        let outcome = Arc::new(sender);
        self.running = Some(Running {
            generation: self.generation,
            renewed: now,
            in_doubt_since: None,
            outcome: Arc::downgrade(&outcome),
            background: None,
        });
        let start = Start {
            generation: self.generation,
            outcome,
            refused: self.refused.clone(),
        };
        (start, receiver)
    }

    /// Renews a login's claim, unless another login has taken its place.
    pub(crate) fn renew(&mut self, generation: u64, now: Instant) {
        if let Some(running) = self.running_as(generation) {
            running.renewed = now;
            running.in_doubt_since = None;
        }
    }

    fn running_as(&mut self, generation: u64) -> Option<&mut Running> {
        (self.running.as_mut()).filter(|running| running.generation == generation)
    }

    /// Takes a token. Returns the login that a late token has made needless.
    pub(crate) fn succeeded(
        &mut self,
        login: &Start,
        access: AccessToken,
        now: Instant,
    ) -> Option<Arc<watch::Sender<Outcome>>> {
        // A login that began before its token was refused can't know of that; the next one does.
        let refused = self.refused.as_ref().map(AccessToken::expose_secret);
        let knew = login.refused.as_ref().map(AccessToken::expose_secret);
        let is_refused = refused == Some(access.expose_secret()) && knew != refused;
        if login.generation > self.latest && !is_refused {
            let token = Token::new(access, now, login.refused.is_some());
            self.current = Some(Arc::new(token));
            self.latest = login.generation;
            self.refused = None;
            self.refusal = None;
            self.failed_refreshes = 0;
            self.next_refresh = None;
        }
        let outlived = self.running.take()?;
        if outlived.generation == login.generation {
            return None;
        }
        let needless = outlived.outcome.upgrade();
        self.running = Some(outlived);
        needless
    }

    /// Takes a failure; whether it counts, which that of a login whose place was taken doesn't.
    pub(crate) fn failed(&mut self, login: &Start, error: &Error, now: Instant) -> bool {
        if self.running_as(login.generation).is_none() {
            return false;
        }
        self.running = None;
        if error.kind() == ErrorKind::Login {
            self.refusal = Some((now + REFUSAL, error.clone()));
        }
        let doubled = 2_u32.saturating_pow(self.failed_refreshes);
        let wait = SHORTEST_REFRESH_WAIT.saturating_mul(doubled);
        self.next_refresh = Some(now + wait.min(LONGEST_REFRESH_WAIT));
        self.failed_refreshes = self.failed_refreshes.saturating_add(1);
        true
    }

    /// Drops a token that the service refused, unless it has been replaced meanwhile; whether a
    /// login may follow now.
    ///
    /// A replacement for a refused token that is itself refused soon after is a refusal for every caller.
    pub(crate) fn reject(
        &mut self,
        token: &Arc<Token>,
        answer: &ServiceAnswer,
        now: Instant,
    ) -> bool {
        if self.is_in_use(token) {
            self.current = None;
            self.refused = Some(token.access.clone());
            if token.replaces_refused && now < token.received + REFUSAL {
                let message = "the service refused the access token and its replacement";
                let error =
                    Error::new(ErrorKind::Unauthorized, message).with_answer(answer.clone());
                self.refusal = Some((now + REFUSAL, error));
            }
        }
        self.current.is_some() || self.refusal(now).is_none()
    }
}
