//! Contestants in turn, round after round: a machine that slows down slows all of them, and a ratio
//! within a round stands where a time would not.

use std::time::{Duration, Instant};

/// One way to do the work.
pub(crate) struct Contestant<'a> {
    pub(crate) name: &'static str,
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Contestant<'a> {
    /// Is measured from outside.
    pub(crate) fn timed(name: &'static str, mut work: impl FnMut() + 'a) -> Self {
        Self::measured(name, move || {
            let start = now();
            work();
            start.elapsed()
        })
    }

    /// Says itself how long it took.
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

/// Times of each contestant in each round.
pub(crate) struct Rounds {
    names: Vec<&'static str>,
    /// One list a contestant.
    times: Vec<Vec<Duration>>,
}

impl Rounds {
    /// Runs everyone once to warm up, unmeasured, and then `count` times.
    pub(crate) fn run(count: usize, mut contestants: Vec<Contestant<'_>>) -> Self {
        let mut times = vec![Vec::new(); contestants.len()];
        for round in 0..=count {
            for (contestant, times) in contestants.iter_mut().zip(&mut times) {
                let time = (contestant.run)();
                if round > 0 {
                    times.push(time);
                }
            }
        }
        Self {
            names: contestants.iter().map(|one| one.name).collect(),
            times,
        }
    }

    fn of(&self, name: &str) -> &[Duration] {
        let index = self.names.iter().position(|other| *other == name).unwrap();
        &self.times[index]
    }

    pub(crate) fn median(&self, name: &str) -> Duration {
        median(self.of(name).to_vec())
    }

    /// The median of the ratios within each round.
    pub(crate) fn ratio(&self, name: &str, rival: &str) -> f64 {
        let pairs = self.of(name).iter().zip(self.of(rival));
        let ratios = pairs.map(|(one, other)| one.as_secs_f64() / other.as_secs_f64());
        median(ratios.collect())
    }

    /// Prints a row of the table of results: two medians, and how many times as fast the first one is.
    pub(crate) fn print_speed(&self, figure: &str, name: &str, rival: &str, target: &str) {
        row(&[
            figure,
            &format!("{name}: {}", shown(self.median(name))),
            &format!("{rival}: {}", shown(self.median(rival))),
            &format!("{:.0} times as fast", self.ratio(rival, name)),
            target,
        ]);
    }

    /// Prints a row of the table of results: two medians and their ratio.
    pub(crate) fn print(&self, figure: &str, name: &str, rival: &str, target: &str) {
        row(&[
            figure,
            &format!("{name}: {}", shown(self.median(name))),
            &format!("{rival}: {}", shown(self.median(rival))),
            &format!("{:.2}", self.ratio(name, rival)),
            target,
        ]);
    }
}

/// Prints a row of the table of results: figure, this crate, rival, ratio, target.
pub(crate) fn row(cells: &[&str; 5]) {
    println!("| {} |", cells.join(" | "));
}

pub(crate) fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.2} µs", seconds * 1e6),
    }
}

/// The middle one.
pub(crate) fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).unwrap());
    values[values.len() / 2]
}
