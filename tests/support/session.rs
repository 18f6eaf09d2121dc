//! The expected result: a session whose pages and ids are known, in the service's JSON.

pub(crate) const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

/// Ids of the events on a page of [`session_json`].
pub(crate) fn ids(page: usize, count: usize) -> Vec<String> {
    (0..count).map(|event| format!("{page}-{event}")).collect()
}

/// All ids of [`session_json`], in order.
pub(crate) fn all_ids(sizes: &[usize]) -> Vec<String> {
    sizes
        .iter()
        .enumerate()
        .flat_map(|(page, count)| ids(page, *count))
        .collect()
}

/// One page of a session whose pages have these sizes.
pub(crate) fn session_json(sizes: &[usize], page: usize) -> String {
    page_json(
        &ids(page, sizes[page]),
        (page + 1 < sizes.len()).then_some(page + 1),
    )
}

/// A page with events of these ids. The cursor of the next page is its number.
pub(crate) fn page_json<I: AsRef<str>>(ids: &[I], next: Option<usize>) -> String {
    let events: Vec<_> = ids
        .iter()
        .map(|id| {
            format!(
                r#"{{"id":"{}","eventType":"com.genesys.journey.WebEvent"}}"#,
                id.as_ref()
            )
        })
        .collect();
    let link = |page| format!(r#","nextUri":"/x?after={page}""#);
    format!(
        r#"{{"entities":[{}],"selfUri":"/x"{}}}"#,
        events.join(","),
        next.map_or(String::new(), link)
    )
}
