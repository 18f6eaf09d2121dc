//! Runs candidates in turn, round after round, so that a machine that slows down affects all of them and
//! ratios within a round stay valid.

use std::time::{Duration, Instant};

/// One way to do the work.
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'static str,
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Candidate<'a> {
    /// Measures the time that `work` takes.
    pub(crate) fn timed(name: &'static str, mut work: impl FnMut() + 'a) -> Self {
        Self::measured(name, move || {
            let start = now();
            work();
            start.elapsed()
        })
    }

    /// Uses the duration that `run` returns.
    pub(crate) fn measured(name: &'static str, run: impl FnMut() -> Duration + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Durations of each candidate in each round.
pub(crate) struct Rounds {
    names: Vec<&'static str>,
    /// One list per candidate.
    times: Vec<Vec<Duration>>,
}

impl Rounds {
    /// Runs every candidate once to warm up, then `count` times.
    pub(crate) fn run(count: usize, mut candidates: Vec<Candidate<'_>>) -> Self {
        let mut times = vec![Vec::new(); candidates.len()];
        for round in 0..=count {
            for (candidate, times) in candidates.iter_mut().zip(&mut times) {
                let time = (candidate.run)();
                if round > 0 {
                    times.push(time);
                }
            }
        }
        Self {
            names: candidates.iter().map(|candidate| candidate.name).collect(),
            times,
        }
    }

    fn times_of(&self, name: &str) -> &[Duration] {
        let index = self.names.iter().position(|other| *other == name).unwrap();
        &self.times[index]
    }

    pub(crate) fn median(&self, name: &str) -> Duration {
        median(self.times_of(name).to_vec())
    }

    /// Median of the ratios within each round.
    pub(crate) fn ratio(&self, name: &str, baseline: &str) -> f64 {
        let pairs = self.times_of(name).iter().zip(self.times_of(baseline));
        let ratios = pairs.map(|(one, other)| one.as_secs_f64() / other.as_secs_f64());
        median(ratios.collect())
    }

    /// Prints a result row: two medians, and how many times as fast the first one is.
    pub(crate) fn print_speed(&self, figure: &str, name: &str, baseline: &str, target: &str) {
        print_row(&[
            figure,
            &format!("{name}: {}", format_duration(self.median(name))),
            &format!("{baseline}: {}", format_duration(self.median(baseline))),
            &format!("{:.0} times as fast", self.ratio(baseline, name)),
            target,
        ]);
    }

    /// Prints a result row: two medians and their ratio.
    pub(crate) fn print(&self, figure: &str, name: &str, baseline: &str, target: &str) {
        print_row(&[
            figure,
            &format!("{name}: {}", format_duration(self.median(name))),
            &format!("{baseline}: {}", format_duration(self.median(baseline))),
            &format!("{:.2}", self.ratio(name, baseline)),
            target,
        ]);
    }
}

/// Prints a result row: figure, this crate, baseline, ratio, target.
pub(crate) fn print_row(cells: &[&str; 5]) {
    println!("| {} |", cells.join(" | "));
}

pub(crate) fn format_duration(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.2} µs", seconds * 1e6),
    }
}

/// The upper median.
pub(crate) fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).unwrap());
    values[values.len() / 2]
}
