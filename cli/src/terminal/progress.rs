//! Progress on stderr: a line that is redrawn on a terminal, lines now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use journey_events::{Activity, Client, Waiting};
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

use super::counters::Meter;
use super::messages;

const REDRAW: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);
/// Shorter waits are the pace, and nothing to tell.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Failures only.
    Quiet,
    Normal,
    /// Each session's end, too.
    Verbose,
}

/// Progress that is shown until this is dropped.
#[derive(Debug)]
pub(crate) struct Progress(Option<(JoinHandle<()>, ProgressBar)>);

impl Progress {
    pub(crate) fn show(meter: Arc<Meter>, client: Client, verbosity: Verbosity) -> Self {
        if verbosity == Verbosity::Quiet {
            return Self(None);
        }
        let bar = ProgressBar::hidden();
        let task = if std::io::stderr().is_terminal() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            tokio::spawn(redraw(bar.clone(), meter, client))
        } else {
            tokio::spawn(tell(meter, client))
        };
        Self(Some((task, bar)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((task, bar)) = self.0.take() {
            task.abort();
            bar.finish_and_clear();
        }
    }
}

async fn redraw(bar: ProgressBar, meter: Arc<Meter>, client: Client) {
    let start = Instant::now();
    let mut ticks = interval(REDRAW);
    loop {
        ticks.tick().await;
        bar.set_message(line(&meter, start.elapsed(), &client.activity()));
        bar.tick();
    }
}

async fn tell(meter: Arc<Meter>, client: Client) {
    let start = Instant::now();
    let mut ticks = interval(LINE);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        messages::say(line(&meter, start.elapsed(), &client.activity())).await;
    }
}

/// All there is to tell, in one line.
fn line(meter: &Meter, elapsed: Duration, activity: &Activity) -> String {
    let (sessions, done) = (
        Meter::read(&meter.sessions),
        Meter::read(&meter.sessions_done),
    );
    let (events, failed) = (
        Meter::read(&meter.events),
        Meter::read(&meter.sessions_failed),
    );
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
    let expected = Meter::read(&meter.expected);
    if expected > events && speed > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "it is shown in seconds")]
        let left = (expected - events) as f64 / speed;
        parts.push(format!(
            "{} left",
            shown(Duration::from_secs_f64(left.min(1e9)))
        ));
    }
    if let Some(permits) = activity.permits_left {
        parts.push(format!("quota left: {permits}"));
    }
    parts.extend(activity.waiting.and_then(waiting));
    parts.join(", ")
}

fn waiting(waiting: Waiting) -> Option<String> {
    let text = match waiting {
        Waiting::Quota(left) if left >= WORTH_TELLING => format!("quota: {}", shown(left)),
        Waiting::RetryAfter(left) => format!("asked to wait {}", shown(left)),
        Waiting::Retry {
            status,
            attempt,
            of,
            left,
        } if left >= WORTH_TELLING => {
            let what = status.map_or_else(
                || "a lost connection".to_owned(),
                |status| status.to_string(),
            );
            format!(
                "retrying {what}, attempt {attempt} of {of}: {}",
                shown(left)
            )
        }
        _ => return None,
    };
    Some(text)
}

/// Whole seconds, rounded up, as people say them.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_what_it_waits_for() {
        let meter = Meter::default();
        Meter::add(&meter.sessions, 3);
        Meter::add(&meter.sessions_done, 1);
        Meter::add(&meter.events, 500);
        Meter::add(&meter.expected, 1_500);
        let mut activity = Activity::default();
        activity.permits_left = Some(7);
        activity.waiting = Some(Waiting::Quota(Duration::from_millis(11_500)));
        assert_eq!(
            line(&meter, Duration::from_secs(10), &activity),
            "1 of 3 sessions, 500 events, 50/s, 20 s left, quota left: 7, quota: 12 s"
        );
    }

    #[test]
    fn what_is_waited_for_has_its_name() {
        let retry = |status, seconds| Waiting::Retry {
            status,
            attempt: 3,
            of: 5,
            left: Duration::from_secs(seconds),
        };
        for (what, text) in [
            (
                retry(Some(503), 2),
                Some("retrying 503, attempt 3 of 5: 2 s"),
            ),
            (
                retry(None, 2),
                Some("retrying a lost connection, attempt 3 of 5: 2 s"),
            ),
            (retry(Some(503), 0), None),
            (Waiting::Quota(Duration::from_millis(20)), None),
            (
                Waiting::RetryAfter(Duration::from_secs(150)),
                Some("asked to wait 3 min"),
            ),
        ] {
            assert_eq!(waiting(what).as_deref(), text);
        }
    }
}
