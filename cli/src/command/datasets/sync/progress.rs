//! A run's progress: sessions, events, and what is waited for.

use std::time::Duration;

use journey_events::{Activity, Client};
use journey_events_dataset::RunProgress;
use tokio::sync::watch;

use crate::terminal::duration::rounded;
use crate::terminal::progress::{Progress, Verbosity, waiting};

/// How often a line is printed where it isn't redrawn.
const LINE: Duration = Duration::from_secs(60);

/// Shows a run's progress until the result is dropped.
pub(super) fn show(
    moments: watch::Receiver<RunProgress>,
    client: Client,
    verbosity: Verbosity,
) -> Progress {
    Progress::show(verbosity, LINE, move |elapsed| {
        line(&moments.borrow(), elapsed, &client.activity())
    })
}

/// Formats a moment of a run as one line.
fn line(moment: &RunProgress, elapsed: Duration, activity: &Activity) -> String {
    let totals = &moment.totals;
    let seconds = elapsed.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is shown without its fraction"
    )]
    let (events, sessions) = (moment.events as f64, moment.sessions as f64);
    let mut parts = vec![
        format!("{} open, {} settled", totals.open, totals.settled),
        format!("{} events", moment.events),
        format!("{:.0}/s", events / seconds),
    ];
    for (number, what) in [(totals.failed, "failed"), (totals.absent, "absent")] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let due = moment.counts.sessions_left();
    if due > 0 && sessions > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "it is shown in seconds")]
        let left = due as f64 * seconds / sessions;
        parts.push(format!(
            "{} left",
            rounded(Duration::from_secs_f64(left.min(1e9)))
        ));
    }
    if let Some(permits) = activity.permits_left {
        parts.push(format!("quota left: {permits}"));
    }
    if moment.is_outage {
        parts.push("waiting for the service".to_owned());
    } else {
        parts.extend(activity.waiting.and_then(waiting));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use journey_events::Waiting;

    use super::*;

    #[test]
    fn the_line_shows_sessions_events_and_what_is_waited_for() {
        let mut moment = RunProgress::default();
        moment.totals.open = 90;
        moment.totals.settled = 10;
        moment.totals.failed = 1;
        moment.counts.due_sessions = 40;
        // A contact that another worker lists: no session.
        moment.counts.held_elsewhere = 1;
        moment.counts.contacts_held_elsewhere = 1;
        moment.sessions = 20;
        moment.events = 500;
        let mut activity = Activity::default();
        activity.permits_left = Some(7);
        activity.waiting = Some(Waiting::Quota(Duration::from_millis(11_500)));
        let elapsed = Duration::from_secs(10);
        assert_eq!(
            line(&moment, elapsed, &activity),
            "90 open, 10 settled, 500 events, 50/s, 1 failed, 20s left, quota left: 7, \
             waiting 12s (quota)"
        );
        moment.is_outage = true;
        assert!(line(&moment, elapsed, &activity).ends_with(", waiting for the service"));
    }
}
