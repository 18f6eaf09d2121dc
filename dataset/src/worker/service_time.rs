//! The date that ages are measured by.

use jiff::Timestamp;
use journey_events::Client;

/// The service's date, or this machine's before the first response.
pub(super) fn service_time(client: &Client) -> Timestamp {
    let time = client.service_time();
    time.and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_else(Timestamp::now)
}
