//! The filter on event types.

/// Comma-separated event types, as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter(pub(crate) String);

impl Filter {
    pub(crate) fn matches(&self, event_type: &str) -> bool {
        self.0.split(',').any(|name| name.trim() == event_type)
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::story::EventType;

    #[test]
    fn a_filter_matches_the_types_it_lists_by_full_name() {
        let filter = Filter("com.genesys.journey.WebEvent, com.genesys.journey.AppEvent".into());
        assert!(filter.matches(EventType::Web.name()) && filter.matches(EventType::App.name()));
        assert!(!filter.matches(EventType::WebAction.name()));
        assert!(!Filter("WebEvent".into()).matches(EventType::Web.name()));
        assert!(!Filter(String::new()).matches(EventType::Web.name()));
    }
}
