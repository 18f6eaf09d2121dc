//! Which published form of the endpoint is spoken.

/// A published form of the endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// The parameters of both forms, and today's events.
    #[default]
    Both,
    /// The form first published (April 2019): `limit`, `after` and `before`, and no filter. All sessions
    /// are a website's, and segments come in its `SegmentAssignedEvent`.
    First,
    /// Today's form (August 2026): `pageSize`, `after` and `eventType`; there is no way back.
    Current,
}

impl Form {
    /// Whether a parameter is read; of one that isn't, nothing is known, so that it is ignored.
    pub(crate) fn reads(self, parameter: &str) -> bool {
        match parameter {
            "limit" | "before" => self != Self::Current,
            "pageSize" | "eventType" => self != Self::First,
            _ => true,
        }
    }
}

impl std::str::FromStr for Form {
    type Err = &'static str;

    /// `both`, `first` or `current`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "both" => Ok(Self::Both),
            "first" => Ok(Self::First),
            "current" => Ok(Self::Current),
            _ => Err("allowed is both, first or current"),
        }
    }
}
