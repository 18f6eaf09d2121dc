//! The quota as a whole: in the file, within one process, and between real processes.

mod file;
mod processes;
mod waiting;

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use super::rules::Rules;
use super::shared::SharedQuota;

/// A period of two seconds and the margin, so that tests needn't wait for a minute.
fn short() -> Rules {
    Rules {
        period: Duration::from_secs(2 + 1),
        ..Rules::default()
    }
}

fn open(folder: &Path, per_minute: u32, rules: Rules) -> SharedQuota {
    let per_minute = NonZeroU32::new(per_minute).unwrap();
    SharedQuota::with_rules(folder, "name", per_minute, rules).unwrap()
}
