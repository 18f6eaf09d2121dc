//! The parameters of a request for events.

use crate::form::Form;

/// Events of a page when no size is asked for.
pub(crate) const DEFAULT_PAGE: u64 = 25;

/// The most events that a page may have.
pub(crate) const LARGEST_PAGE: u64 = 200;

/// What a request asks for. Parameters that the service doesn't know are ignored; of one that
/// comes twice, the first counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) size: Option<PageSize>,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) filter: Option<Filter>,
}

/// A page size and the parameter it came in, which the answer's URIs use too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize {
    pub(crate) parameter: &'static str,
    pub(crate) events: u64,
}

/// A parameter whose value isn't allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidValue {
    pub(crate) parameter: &'static str,
    pub(crate) value: String,
}

impl Query {
    pub(crate) fn parse(query: &str, form: Form) -> Result<Self, InvalidValue> {
        let (mut page_size, mut limit) = (None, None);
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                name if !form.reads(name) => (),
                "pageSize" if page_size.is_none() => page_size = Some(size("pageSize", &value)?),
                "limit" if limit.is_none() => limit = Some(size("limit", &value)?),
                "after" if parsed.after.is_none() => parsed.after = Some(value.into_owned()),
                "before" if parsed.before.is_none() => parsed.before = Some(value.into_owned()),
                "eventType" if parsed.filter.is_none() => {
                    parsed.filter = Some(Filter(value.into_owned()));
                }
                _ => (),
            }
        }
        parsed.size = page_size.or(limit);
        Ok(parsed)
    }

    /// The cursor that came, and its parameter.
    pub(crate) fn cursor(&self) -> Option<(&'static str, &str)> {
        let after = self.after.as_deref().map(|text| ("after", text));
        after.or_else(|| self.before.as_deref().map(|text| ("before", text)))
    }

    pub(crate) fn page(&self) -> u64 {
        self.size.map_or(DEFAULT_PAGE, |size| size.events)
    }
}

fn size(parameter: &'static str, value: &str) -> Result<PageSize, InvalidValue> {
    // Digits alone: a sign or a space is no number here.
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(events @ 1..=LARGEST_PAGE) if digits => Ok(PageSize { parameter, events }),
        _ => Err(InvalidValue {
            parameter,
            value: value.to_owned(),
        }),
    }
}

/// Event types to keep, comma separated, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter(pub(crate) String);

impl Filter {
    pub(crate) fn keeps(&self, event_type: &str) -> bool {
        self.0.split(',').any(|name| name.trim() == event_type)
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, InvalidValue, PageSize, Query};
    use crate::form::Form;
    use crate::story::EventType;

    fn size(query: &str) -> Option<PageSize> {
        Query::parse(query, Form::Both).unwrap().size
    }

    #[test]
    fn the_page_size_is_read_under_both_names_and_page_size_wins() {
        assert_eq!(
            size("limit=7"),
            Some(PageSize {
                parameter: "limit",
                events: 7
            })
        );
        let page_size = Some(PageSize {
            parameter: "pageSize",
            events: 200,
        });
        assert_eq!(size("pageSize=200"), page_size);
        assert_eq!(size("limit=7&pageSize=200"), page_size);
        assert_eq!(size("pageSize=200&limit=7"), page_size);
        assert_eq!(size("PAGESIZE=3&size=4"), None);
        assert_eq!(Query::parse("", Form::Both).unwrap().page(), 25);
    }

    #[test]
    fn a_size_out_of_range_or_no_number_is_refused_by_name() {
        let huge = "99999999999999999999999";
        for value in ["0", "201", "-1", "+5", "abc", "", "2.5", " 5", huge] {
            for parameter in ["limit", "pageSize"] {
                let query: String = form_urlencoded::Serializer::new(String::new())
                    .append_pair("pageSize", if parameter == "limit" { "5" } else { value })
                    .append_pair("limit", if parameter == "limit" { value } else { "5" })
                    .finish();
                let refused = Err(InvalidValue {
                    parameter,
                    value: value.to_owned(),
                });
                assert_eq!(Query::parse(&query, Form::Both), refused);
            }
        }
    }

    #[test]
    fn one_form_alone_ignores_the_parameters_of_the_other() {
        let query = "limit=7&pageSize=9&before=b&after=a&eventType=t";
        let first = Query::parse(query, Form::First).unwrap();
        assert_eq!((first.page(), first.filter), (7, None));
        assert_eq!(first.before.as_deref(), Some("b"));
        let current = Query::parse(query, Form::Current).unwrap();
        assert_eq!((current.page(), current.before), (9, None));
        assert_eq!(current.filter, Some(Filter("t".into())));
        assert!(Query::parse("limit=no", Form::Current).is_ok());
    }

    #[test]
    fn a_filter_keeps_the_types_it_names_in_full() {
        let filter = Filter("com.genesys.journey.WebEvent, com.genesys.journey.AppEvent".into());
        assert!(filter.keeps(EventType::Web.name()) && filter.keeps(EventType::App.name()));
        assert!(!filter.keeps(EventType::WebAction.name()));
        assert!(!Filter("WebEvent".into()).keeps(EventType::Web.name()));
        assert!(!Filter(String::new()).keeps(EventType::Web.name()));
    }
}
