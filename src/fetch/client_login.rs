//! The login with client credentials: single attempts, retried as pages are.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::{Instrument, debug_span};
use url::Url;

use crate::error::Error;
use crate::fetch::auth::credentials::ClientCredentials;
use crate::fetch::auth::login;
use crate::fetch::auth::source::TokenSource;
use crate::fetch::auth::token::AccessToken;
use crate::fetch::retry::budget::Budget;
use crate::fetch::retry::policy::RetryPolicy;
use crate::fetch::retry::waits::RetryWaits;
use crate::fetch::retry::{self, Patience};
use crate::fetch::trace::{self, Sending};
use crate::fetch::transport::Transport;
use crate::fetch::transport::settings::Timeouts;
use crate::stats::Counters;

/// Fetches tokens from the login service. It takes no permits: the quota counts requests to the API.
pub(crate) struct ClientLogin {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) url: Url,
    pub(crate) client: ClientCredentials,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Arc<Budget>,
    pub(crate) waits: Arc<RetryWaits>,
    pub(crate) counters: Arc<Counters>,
}

impl ClientLogin {
    async fn log_in(&self) -> Result<AccessToken, Error> {
        let attempt = async |attempt: retry::Attempt| {
            self.counters.token_request();
            let (connection, deadline) = (attempt.connection, &attempt.deadline);
            let (transport, timeouts) = (&*self.transport, &self.timeouts);
            let token = login::log_in(
                transport,
                &self.url,
                &self.client,
                connection,
                timeouts,
                deadline,
            );
            let sending = Sending {
                method: "POST",
                template: login::PATH,
                url: &self.url,
                attempt: attempt.number,
            };
            trace::request(sending, token).await
        };
        retry::run(
            &self.retry,
            &self.budget,
            &self.waits,
            Patience::Policy,
            attempt,
        )
        .instrument(debug_span!("login"))
        .await
        .map_err(|gave_up| {
            let reason = gave_up.reason.describe();
            login::error(gave_up.failure, gave_up.attempts, reason)
        })
    }
}

impl TokenSource for ClientLogin {
    /// The login service issues another token each time, so the refused one doesn't matter.
    fn token<'a>(
        &'a self,
        _refused: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken, Error>> {
        self.log_in().boxed()
    }
}

impl fmt::Debug for ClientLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientLogin").finish_non_exhaustive()
    }
}
