//! The URIs of a page and its neighbours, relative to the host.

use super::query::Query;
use crate::data::Filter;

/// Returns a path with the request's parameters and this cursor.
pub(crate) fn page(path: &str, query: &Query, cursor: Option<(&str, &str)>) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    if let Some(size) = query.size {
        parameters.append_pair(size.parameter, &size.items.to_string());
    }
    if let Some(Filter(types)) = &query.filter {
        parameters.append_pair("eventType", types);
    }
    if let Some(merged) = &query.include_merged {
        parameters.append_pair("includeMerged", merged);
    }
    if let Some((name, cursor)) = cursor {
        parameters.append_pair(name, cursor);
    }
    let parameters = parameters.finish();
    if parameters.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{parameters}")
    }
}
