//! Pages of conversations: numbered, with how many there are in all.

use crate::decode::entity::{Entity, Malformed};
use crate::decode::error::JsonError;
use crate::decode::lenient::{Field, Lenient};
use crate::decode::listing::{Entities, ListingError, MAX_ENTITIES, document, is_set_twice};
use crate::decode::lossy::LossyJson;
use crate::decode::reader::JsonReader;

/// The content of one response.
#[derive(Debug)]
pub(crate) struct ConversationPage<T> {
    /// In the order sent. A malformed one doesn't fail the others.
    pub(crate) conversations: Vec<Result<T, Malformed>>,
    /// How many the query has on all pages, if the service reports it.
    pub(crate) total: Option<u64>,
}

/// Decodes a page of conversations.
///
/// `conversations` is absent if there are none, and so may be everything else. But a response that has
/// only other members is something else, and an empty page would be a silent loss.
pub(crate) fn page<T: Entity>(body: &[u8]) -> Result<ConversationPage<T>, ListingError> {
    let mut members = Members {
        conversations: None,
        total: None,
        has_total: false,
        others: 0,
    };
    document(body, |json| {
        if json.peek() == Some(b'{') {
            json.object(|json, name| members.read(json, name))
        } else {
            members.others += 1;
            json.skip()?;
            Ok(())
        }
    })?;
    members.into_page()
}

/// The page's members so far.
struct Members<T> {
    conversations: Option<Entities<T>>,
    total: Option<u64>,
    /// Whether there is a total, be it a number or not.
    has_total: bool,
    others: usize,
}

impl<T: Entity> Members<T> {
    fn read(&mut self, json: &mut JsonReader<'_>, name: Option<&str>) -> Result<(), ListingError> {
        match name {
            Some("conversations") => {
                if is_set_twice(&mut self.conversations, Entities::read(json)?) {
                    // Either may be the right one, and the wrong one loses conversations.
                    return Err(json.unexpected().into());
                }
            }
            Some("totalHits") => {
                self.total = total(json)?;
                self.has_total = true;
            }
            _ => {
                self.others += 1;
                json.skip()?;
            }
        }
        Ok(())
    }

    fn into_page(self) -> Result<ConversationPage<T>, ListingError> {
        let is_marked = self.conversations.is_some() || self.has_total;
        if !is_marked && self.others > 0 {
            return Err(ListingError::NoConversations);
        }
        let conversations = self.conversations.unwrap_or_else(Entities::none);
        if conversations.count > MAX_ENTITIES {
            return Err(ListingError::TooMany(conversations.count));
        }
        Ok(ConversationPage {
            conversations: conversations.read,
            total: self.total,
        })
    }
}

/// A number of conversations, in any notation.
struct Total(u64);

impl Field for Total {
    fn from_integer(value: i128) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn from_float(value: f64) -> Option<Self> {
        Self::from_text(value.to_string().as_str())
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

fn total(json: &mut JsonReader<'_>) -> Result<Option<u64>, JsonError> {
    let text = json.skip()?;
    let Ok(Lenient(total)) = serde::Deserialize::deserialize(LossyJson(text)) else {
        return Ok(None);
    };
    Ok(total.map(|Total(total)| total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::conversation::Conversation;

    fn counts(body: &str) -> Result<(usize, Option<u64>), ListingError> {
        let page = page::<Conversation>(body.as_bytes())?;
        Ok((page.conversations.len(), page.total))
    }

    #[test]
    fn a_page_without_conversations_is_empty() {
        for (body, total) in [
            ("{}", None),
            (r#"{"totalHits":0}"#, Some(0)),
            (r#"{"conversations":null,"totalHits":7}"#, Some(7)),
            (r#"{"conversations":[],"aggregations":[]}"#, None),
        ] {
            assert_eq!(counts(body).unwrap(), (0, total), "{body}");
        }
    }

    #[test]
    fn a_total_in_any_notation_is_read_and_an_odd_one_is_none() {
        for (total, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            (r#""12""#, Some(12)),
            ("-1", None),
            ("1.5", None),
            ("1e999", None),
            (r#""\ud83d""#, None),
            ("null", None),
            ("{}", None),
        ] {
            let body =
                format!(r#"{{"totalHits":{total},"conversations":[{{"participants":[]}}]}}"#);
            assert_eq!(counts(&body).unwrap(), (1, expected), "{total}");
        }
    }

    #[test]
    fn a_response_of_another_kind_is_refused() {
        let error_body = include_str!("../../tests/fixtures/error-body-with-status-200.json");
        for body in [error_body, "[]", "7", r#"{"entities":[]}"#] {
            let error = counts(body).unwrap_err();
            assert!(matches!(error, ListingError::NoConversations), "{body}");
        }
        for body in [
            r#"{"conversations":[],"conversations":[]}"#,
            r#"{"conversations":{}}"#,
            r#"{"conversations":[]}}"#,
        ] {
            assert!(matches!(counts(body), Err(ListingError::Json(_))), "{body}");
        }
        let torn = counts(r#"{"conversations":[{"conversationId":"a"#);
        assert!(matches!(torn, Err(ListingError::Torn(_))));
    }

    #[test]
    fn one_that_cannot_be_decoded_leaves_the_others() {
        let body = r#"{"conversations":[null,7,{},{"conversationId":"\ud83d","participants":[]},{"conversationId":"c"}],"totalHits":5}"#;
        let page = page::<Conversation>(body.as_bytes()).unwrap();
        let readable: Vec<_> = page.conversations.iter().map(Result::is_ok).collect();
        assert_eq!(readable, [false, false, false, true, true]);
    }
}
