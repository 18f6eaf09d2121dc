//! Options of earlier versions. Each is an error that says what to use instead.

use std::convert::Infallible;

use clap::error::{ContextKind, ContextValue};

/// Options that `events` had.
#[derive(Debug, clap::Args)]
pub(super) struct RemovedArgs {
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_parser = checkpoint)]
    checkpoint: Option<Infallible>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_parser = failures)]
    failures: Option<Infallible>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_parser = retry_failed)]
    retry_failed: Option<Infallible>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_parser = from)]
    from: Option<Infallible>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "", value_parser = formulas)]
    formulas: Option<Infallible>,
}

type Removed = Result<Infallible, String>;

fn checkpoint(_: &str) -> Removed {
    Err(
        "--checkpoint was removed, as `events` keeps no state; for loads that continue after an \
         interruption, use `journey-events sync DATASET --create --sessions FILE`"
            .to_owned(),
    )
}

fn failures(_: &str) -> Removed {
    Err(
        "--failures was removed; failed sessions are listed on stderr, and `journey-events sync` reads \
         its own again in the next run"
            .to_owned(),
    )
}

fn retry_failed(_: &str) -> Removed {
    Err(
        "--retry-failed was removed; give the ids of the failed sessions to --sessions, or use \
         `journey-events sync`, which reads failed sessions again in the next run"
            .to_owned(),
    )
}

fn from(_: &str) -> Removed {
    Err("--from is now --sessions FILE".to_owned())
}

fn formulas(value: &str) -> Removed {
    let now = if value == "keep" { "no" } else { "yes" };
    Err(format!("--formulas is now --escape-formulas {now}"))
}

/// Adds what replaces `--follow=SECONDS` to the error about it.
pub(crate) fn explain(error: &mut clap::Error) {
    let invalid = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    let value = error
        .get(ContextKind::InvalidValue)
        .map(ToString::to_string);
    if let (Some("--follow"), Some(value)) = (invalid.as_deref(), value) {
        let tip = format!("the interval is now a separate option: --follow --every {value}s");
        let tips = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tips);
    }
}
