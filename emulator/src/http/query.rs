//! The query parameters of a list request.

use crate::data::{Filter, Merged, PageRequest};
use crate::form::Form;

const DEFAULT_PAGE_SIZE: u64 = 25;

const MAX_PAGE_SIZE: u64 = 200;

/// The parameters of a request. Unknown ones are ignored; of a repeated one, the first counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) size: Option<PageSize>,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) filter: Option<Filter>,
    /// Of a contact's sessions, as sent.
    pub(crate) include_merged: Option<String>,
}

/// A page size and the parameter it was sent in, which the URIs of the response use too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize {
    pub(crate) parameter: &'static str,
    pub(crate) items: u64,
}

/// A parameter whose value isn't allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidValue {
    pub(crate) parameter: &'static str,
    pub(crate) value: String,
    pub(crate) allowed: &'static str,
}

/// Whether a form knows a parameter; one that it doesn't is ignored as any unknown one.
pub(crate) fn is_known(form: Form, parameter: &str) -> bool {
    match parameter {
        "limit" | "before" => form != Form::Current,
        "pageSize" | "eventType" => form != Form::First,
        _ => true,
    }
}

impl Query {
    pub(crate) fn parse(query: &str, form: Form) -> Result<Self, InvalidValue> {
        let (mut page_size, mut limit) = (None, None);
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                name if !is_known(form, name) => (),
                "pageSize" if page_size.is_none() => page_size = Some(size("pageSize", &value)?),
                "limit" if limit.is_none() => limit = Some(size("limit", &value)?),
                "after" if parsed.after.is_none() => parsed.after = Some(value.into_owned()),
                "before" if parsed.before.is_none() => parsed.before = Some(value.into_owned()),
                "eventType" if parsed.filter.is_none() => {
                    parsed.filter = Some(Filter(value.into_owned()));
                }
                "includeMerged" if parsed.include_merged.is_none() => {
                    parsed.include_merged = Some(value.into_owned());
                }
                _ => (),
            }
        }
        parsed.size = page_size.or(limit);
        Ok(parsed)
    }

    /// Returns the cursor and its parameter.
    pub(crate) fn cursor(&self) -> Option<(&'static str, &str)> {
        let after = self.after.as_deref().map(|text| ("after", text));
        after.or_else(|| self.before.as_deref().map(|text| ("before", text)))
    }

    /// Returns whether the sessions of merged contacts are requested too.
    pub(crate) fn merged(&self) -> Result<Merged, InvalidValue> {
        match self.include_merged.as_deref() {
            None | Some("false") => Ok(Merged::Excluded),
            Some("true") => Ok(Merged::Included),
            Some(other) => Err(InvalidValue {
                parameter: "includeMerged",
                value: other.to_owned(),
                allowed: "true, false",
            }),
        }
    }

    pub(crate) fn page(&self) -> PageRequest<'_> {
        PageRequest {
            size: self.size.map_or(DEFAULT_PAGE_SIZE, |size| size.items),
            after: self.after.as_deref(),
            before: self.before.as_deref(),
            filter: self.filter.as_ref(),
        }
    }
}

fn size(parameter: &'static str, value: &str) -> Result<PageSize, InvalidValue> {
    // Rust would parse a plus sign too.
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(items @ 1..=MAX_PAGE_SIZE) if digits => Ok(PageSize { parameter, items }),
        _ => Err(InvalidValue {
            parameter,
            value: value.to_owned(),
            allowed: "1 to 200",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, InvalidValue, PageSize, Query};
    use crate::form::Form;

    fn size(query: &str) -> Option<PageSize> {
        Query::parse(query, Form::Both).unwrap().size
    }

    #[test]
    fn the_page_size_has_two_names_and_page_size_wins() {
        assert_eq!(
            size("limit=7"),
            Some(PageSize {
                parameter: "limit",
                items: 7
            })
        );
        let page_size = Some(PageSize {
            parameter: "pageSize",
            items: 200,
        });
        assert_eq!(size("pageSize=200"), page_size);
        assert_eq!(size("limit=7&pageSize=200"), page_size);
        assert_eq!(size("pageSize=200&limit=7"), page_size);
        assert_eq!(size("PAGESIZE=3&size=4"), None);
        assert_eq!(Query::parse("", Form::Both).unwrap().page().size, 25);
    }

    #[test]
    fn an_invalid_page_size_is_an_error_with_parameter_and_value() {
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
                    allowed: "1 to 200",
                });
                assert_eq!(Query::parse(&query, Form::Both), refused);
            }
        }
    }

    #[test]
    fn a_single_form_ignores_the_parameters_of_the_other() {
        let query = "limit=7&pageSize=9&before=b&after=a&eventType=t";
        let first = Query::parse(query, Form::First).unwrap();
        assert_eq!((first.page().size, first.filter), (7, None));
        assert_eq!(first.before.as_deref(), Some("b"));
        let current = Query::parse(query, Form::Current).unwrap();
        assert_eq!((current.page().size, current.before), (9, None));
        assert_eq!(current.filter, Some(Filter("t".into())));
        assert!(Query::parse("limit=no", Form::Current).is_ok());
    }
}
