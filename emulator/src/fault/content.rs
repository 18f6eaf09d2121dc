//! Responses whose JSON is wrong. All other values stay as they were, byte for byte; the members of an object that
//! was changed are sorted.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::kind::Content;
use super::scope::Endpoint;

/// Members of an object, with their values as they are.
type Members = BTreeMap<String, Box<RawValue>>;

/// The members of an item in which faults are.
struct Names {
    /// Without it, it isn't an item.
    essential: &'static str,
    id: &'static str,
    text: &'static str,
    number: &'static str,
}

fn names(endpoint: Endpoint) -> Names {
    let [essential, id, text, number] = match endpoint {
        Endpoint::Events => ["eventType", "id", "correlationId", "totalEventCount"],
        Endpoint::Sessions => ["id", "id", "type", "eventCount"],
        Endpoint::Conversations => [
            "conversationId",
            "conversationId",
            "externalTag",
            "mediaStatsMinConversationMos",
        ],
        Endpoint::Token => ["access_token", "access_token", "token_type", "expires_in"],
    };
    Names {
        essential,
        id,
        text,
        number,
    }
}

/// Returns the JSON of a response with a fault; unchanged if it has nothing to change.
pub(crate) fn edit(content: Content, endpoint: Endpoint, json: String) -> String {
    edited(content, endpoint, &json).unwrap_or(json)
}

fn edited(content: Content, endpoint: Endpoint, json: &str) -> Option<String> {
    let mut page: Members = serde_json::from_str(json).ok()?;
    let list = ["entities", "conversations"]
        .into_iter()
        .find(|name| page.contains_key(*name));
    let Some(list) = list else {
        // One session, conversation or token, or a page without hits.
        page.get(names(endpoint).essential)?;
        return edited_item(content, endpoint, json);
    };
    let mut items: Vec<Box<RawValue>> = serde_json::from_str(page.get(list)?.get()).ok()?;
    if content == Content::LateEvent {
        let index = items.len().checked_sub(1)?.saturating_sub(1);
        items.remove(index);
    } else {
        let middle = items.len() / 2;
        let item = items.get_mut(middle)?;
        *item = raw(edited_item(content, endpoint, item.get())?)?;
    }
    page.insert(list.to_owned(), raw(serde_json::to_string(&items).ok()?)?);
    serde_json::to_string(&page).ok()
}

fn edited_item(content: Content, endpoint: Endpoint, json: &str) -> Option<String> {
    let mut item: Members = serde_json::from_str(json).ok()?;
    let names = names(endpoint);
    match content {
        Content::Malformed => drop(item.remove(names.essential)),
        Content::HalfSurrogate => {
            item.insert(names.text.to_owned(), raw(r#""\ud800""#.to_owned())?);
        }
        Content::NumericId => {
            item.insert(names.id.to_owned(), raw("12345".to_owned())?);
        }
        Content::HugeNumber => insert_number(&mut item, names.number)?,
        // Of pages alone.
        Content::LateEvent => return None,
    }
    serde_json::to_string(&item).ok()
}

/// An event's number is in its body.
fn insert_number(item: &mut Members, name: &str) -> Option<()> {
    let huge = raw("1e999".to_owned())?;
    let body = item.iter_mut().find(|(name, _)| name.ends_with("Event"));
    if let Some((_, body)) = body {
        let mut members: Members = serde_json::from_str(body.get()).ok()?;
        members.insert(name.to_owned(), huge);
        *body = raw(serde_json::to_string(&members).ok()?)?;
    } else {
        item.insert(name.to_owned(), huge);
    }
    Some(())
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

#[cfg(test)]
mod tests {
    use super::{Content, Endpoint, edit};

    #[test]
    fn only_what_is_wrong_changes() {
        let page = r#"{"entities":[{"eventType":"a","id":"1"},{"eventType":"b", "id":"2","webEvent":{"x":1.50}},{"eventType":"c","id":"3"}],"nextUri":"/n"}"#;
        for (content, expected) in [
            (Content::Malformed, r#"{"id":"2","webEvent":{"x":1.50}}"#),
            (
                Content::HalfSurrogate,
                r#"{"correlationId":"\ud800","eventType":"b","id":"2","webEvent":{"x":1.50}}"#,
            ),
            (
                Content::HugeNumber,
                r#"{"eventType":"b","id":"2","webEvent":{"totalEventCount":1e999,"x":1.50}}"#,
            ),
            (
                Content::NumericId,
                r#"{"eventType":"b","id":12345,"webEvent":{"x":1.50}}"#,
            ),
        ] {
            let expected = page.replace(
                r#"{"eventType":"b", "id":"2","webEvent":{"x":1.50}}"#,
                expected,
            );
            assert_eq!(edit(content, Endpoint::Events, page.to_owned()), expected);
        }
        let late = page.replace(r#"{"eventType":"b", "id":"2","webEvent":{"x":1.50}},"#, "");
        assert_eq!(
            edit(Content::LateEvent, Endpoint::Events, page.to_owned()),
            late
        );
    }

    #[test]
    fn short_pages_and_single_items_are_edited_too() {
        let edited = |content, endpoint, json: &str| edit(content, endpoint, json.to_owned());
        let one = r#"{"entities":[{"eventType":"a"}]}"#;
        assert_eq!(
            edited(Content::LateEvent, Endpoint::Events, one),
            r#"{"entities":[]}"#
        );
        assert_eq!(
            edited(Content::Malformed, Endpoint::Events, one),
            r#"{"entities":[{}]}"#
        );
        let none = r#"{"entities":[]}"#;
        assert_eq!(edited(Content::LateEvent, Endpoint::Events, none), none);
        assert_eq!(edited(Content::NumericId, Endpoint::Events, none), none);
        let session = r#"{"id":"a","eventCount":3}"#;
        assert_eq!(
            edited(Content::HugeNumber, Endpoint::Sessions, session),
            r#"{"eventCount":1e999,"id":"a"}"#
        );
        let page = r#"{"conversations":[{"conversationId":"c"}],"totalHits":1}"#;
        assert_eq!(
            edited(Content::Malformed, Endpoint::Conversations, page),
            r#"{"conversations":[{}],"totalHits":1}"#
        );
        let token = r#"{"access_token":"t","expires_in":5}"#;
        assert_eq!(
            edited(Content::NumericId, Endpoint::Token, token),
            r#"{"access_token":12345,"expires_in":5}"#
        );
    }
}
