//! Progress on stderr: one redrawn line on a terminal, a line now and then elsewhere.

use std::sync::Arc;
use std::time::Duration;

use journey_events::{Activity, Client, Waiting};

use super::counters::Counters;
use super::duration::rounded;
use super::messages;
use super::queue;
use super::stderr::STDERR;
use super::stream::Stream;
#[cfg(unix)]
use super::suspension;

const REDRAW_INTERVAL: Duration = Duration::from_millis(100);
/// Between lines where progress isn't redrawn.
pub(crate) const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Shorter waits are normal pacing and not shown.
const MIN_SHOWN_WAIT: Duration = Duration::from_secs(1);

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Failures only.
    Quiet,
    Normal,
    /// Also each session's result.
    Verbose,
}

/// Progress, shown until this is dropped.
///
/// Once it is dropped, its line is gone from the terminal. If the terminal has stalled, that is awaited for
/// 200 ms.
#[derive(Debug)]
#[must_use = "progress is shown until this is dropped"]
pub(crate) struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Shows what `line` returns: redrawn on a terminal, or printed every `every` elsewhere. It is given
    /// how long progress has been shown, and called on the thread that writes to stderr.
    pub(crate) fn show(
        verbosity: Verbosity,
        every: Duration,
        line: impl Fn(Duration) -> String + Send + 'static,
    ) -> Self {
        if verbosity == Verbosity::Quiet {
            return Self { is_shown: false };
        }
        STDERR.show(if STDERR.is_terminal() {
            #[cfg(unix)]
            suspension::watch();
            queue::Progress::new(REDRAW_INTERVAL, move |elapsed| {
                format!("{} {}", spinner(elapsed), line(elapsed))
            })
        } else {
            queue::Progress::new(every, move |elapsed| messages::formatted(&line(elapsed)))
        });
        Self { is_shown: true }
    }

    /// Shows events and sessions as they are counted: every 10 s where it isn't redrawn.
    pub(crate) fn show_counters(
        counters: Arc<Counters>,
        client: Client,
        verbosity: Verbosity,
    ) -> Self {
        Self::show(verbosity, LINE_INTERVAL, move |elapsed| {
            line(&counters, elapsed, &client.activity())
        })
    }

    /// Shows the same on a terminal while events are streamed, unless the line could be among the events.
    pub(crate) fn show_counters_beside(
        stream: Stream<'_>,
        counters: Arc<Counters>,
        client: Client,
        verbosity: Verbosity,
    ) -> Self {
        if STDERR.is_terminal() && !stream.may_be_shown() {
            Self::show_counters(counters, client, verbosity)
        } else {
            Self { is_shown: false }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            STDERR.hide();
        }
    }
}

fn spinner(elapsed: Duration) -> char {
    match elapsed.as_millis() / REDRAW_INTERVAL.as_millis() % 4 {
        0 => '-',
        1 => '\\',
        2 => '|',
        _ => '/',
    }
}

/// Formats all figures as one line.
fn line(counters: &Counters, elapsed: Duration, activity: &Activity) -> String {
    let sessions = Counters::read(&counters.sessions);
    let done = Counters::read(&counters.sessions_done);
    let failed = Counters::read(&counters.sessions_failed);
    let events = Counters::read(&counters.events);
    let expected = Counters::read(&counters.expected);
    let seconds = elapsed.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is shown without its fraction"
    )]
    let speed = events as f64 / seconds;
    let mut parts = vec![
        format!("{done} of {sessions} sessions"),
        format!("{events} events"),
        format!("{speed:.0}/s"),
    ];
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if expected > events && speed > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "it is shown in seconds")]
        let left = (expected - events) as f64 / speed;
        let left = Duration::from_secs_f64(left.min(1e9));
        parts.push(format!("{} left", rounded(left)));
    }
    if let Some(permits) = activity.permits_left {
        parts.push(format!("quota left: {permits}"));
    }
    parts.extend(activity.waiting.and_then(waiting));
    parts.join(", ")
}

/// Describes a wait, if it is long enough to be shown.
pub(crate) fn waiting(waiting: Waiting) -> Option<String> {
    match waiting {
        Waiting::Quota(left) if left >= MIN_SHOWN_WAIT => {
            Some(format!("waiting {} (quota)", rounded(left)))
        }
        Waiting::RetryAfter(left) => Some(format!(
            "waiting {} (rate limited by the service)",
            rounded(left)
        )),
        Waiting::Retry {
            status,
            attempt,
            of,
            left,
            ..
        } => retrying(status, attempt, of, left),
        _ => None,
    }
}

fn retrying(status: Option<u16>, attempt: u32, of: u32, left: Duration) -> Option<String> {
    if left < MIN_SHOWN_WAIT {
        return None;
    }
    let cause = status.map_or_else(|| "connection lost".to_owned(), |status| status.to_string());
    let left = rounded(left);
    // An outage is waited out by more attempts than a request has.
    let attempts = if attempt <= of {
        format!("attempt {attempt} of {of}")
    } else {
        format!("attempt {attempt}")
    };
    Some(format!("retrying in {left} ({cause}, {attempts})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_progress_and_the_current_wait() {
        let counters = Counters::default();
        Counters::add(&counters.sessions, 3);
        Counters::add(&counters.sessions_done, 1);
        Counters::add(&counters.events, 500);
        Counters::add(&counters.expected, 1_500);
        let mut activity = Activity::default();
        activity.permits_left = Some(7);
        activity.waiting = Some(Waiting::Quota(Duration::from_millis(11_500)));
        assert_eq!(
            line(&counters, Duration::from_secs(10), &activity),
            "1 of 3 sessions, 500 events, 50/s, 20s left, quota left: 7, waiting 12s (quota)"
        );
    }

    #[test]
    fn waits_are_shown_with_their_cause_from_a_second_on() {
        for (status, seconds, text) in [
            (Some(503), 2, Some("retrying in 2s (503, attempt 3 of 5)")),
            (
                None,
                2,
                Some("retrying in 2s (connection lost, attempt 3 of 5)"),
            ),
            (Some(503), 0, None),
        ] {
            let left = Duration::from_secs(seconds);
            assert_eq!(retrying(status, 3, 5, left).as_deref(), text);
        }
        let outage = retrying(None, 8, 5, Duration::from_secs(9));
        let text = "retrying in 9s (connection lost, attempt 8)";
        assert_eq!(outage.as_deref(), Some(text));
        for (wait, text) in [
            (Waiting::Quota(Duration::from_millis(20)), None),
            (
                Waiting::RetryAfter(Duration::from_secs(150)),
                Some("waiting 3m (rate limited by the service)"),
            ),
        ] {
            assert_eq!(waiting(wait).as_deref(), text);
        }
    }
}
