//! The body of a query for conversations.

/// One page of the conversations of an interval, in the order of their start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConversationQuery {
    /// `start/end` in ISO 8601.
    pub(crate) interval: String,
    pub(crate) page_size: u32,
    /// Counted from 1.
    pub(crate) page_number: u32,
}

impl ConversationQuery {
    /// The query in JSON.
    pub(crate) fn body(&self) -> String {
        let Self {
            interval,
            page_size,
            page_number,
        } = self;
        format!(
            r#"{{"interval":"{interval}","order":"asc","orderBy":"conversationStart","paging":{{"pageSize":{page_size},"pageNumber":{page_number}}}}}"#
        )
    }
}
