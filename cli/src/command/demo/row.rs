//! An event as a line of a table, for people.

use journey_events::{Event, EventBody};

/// Wide enough for the names of the emulator's events.
const NAME: usize = 24;

/// Returns when an event happened, what it was and what it was about, without a line break.
pub(super) fn row(event: &Event) -> String {
    let when = event.created_at().map_or_else(
        || "-".to_owned(),
        |date| date.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    );
    let (name, about) = description(event);
    let text = format!("{when:19}  {name:NAME$}  {}", about.unwrap_or_default());
    let text = text.trim_end();
    text.replace(|c: char| c.is_control(), " ")
}

/// Returns an event's name, and the page, screen, segment, outcome or offer that it is about.
fn description(event: &Event) -> (String, Option<String>) {
    let event_type = event.event_type();
    let short = event_type.rsplit('.').next().unwrap_or(event_type);
    let named = |name: Option<String>, about| (name.unwrap_or_else(|| short.to_owned()), about);
    match event.body() {
        Ok(EventBody::Web(web)) => {
            let page = web.page.and_then(|page| page.title.or(page.url));
            named(web.event_name, web.search_query.or(page))
        }
        Ok(EventBody::App(app)) => named(app.event_name, app.search_query.or(app.screen_name)),
        Ok(EventBody::WebAction(action)) => {
            let state = action.action.and_then(|action| action.state);
            let map = action.action_map.and_then(|map| map.display_name);
            named(state.map(|state| format!("offer {state}")), map)
        }
        Ok(EventBody::SegmentAssigned(assigned)) => {
            let segment = assigned.segment.and_then(|segment| segment.display_name);
            named(Some("segment assigned".to_owned()), segment)
        }
        Ok(EventBody::SegmentAssignment(assigned)) => {
            let segment = assigned.segment.and_then(|segment| segment.id);
            named(Some("segment assigned".to_owned()), segment)
        }
        Ok(EventBody::OutcomeAchieved(achieved)) => {
            let outcome = achieved.outcome.and_then(|outcome| outcome.display_name);
            named(Some("outcome achieved".to_owned()), outcome)
        }
        _ => named(None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(json: &str) -> String {
        row(&Event::from_json(json).unwrap())
    }

    #[test]
    fn a_row_says_when_what_and_where() {
        let viewed = r#"{"eventType":"com.genesys.journey.WebEvent","createdDate":"2026-03-01T12:00:05.250Z",
            "webEvent":{"eventName":"page_viewed","page":{"title":"Boots","url":"https://shop.example/boots"}}}"#;
        assert_eq!(
            row_of(viewed),
            "2026-03-01 12:00:05  page_viewed               Boots"
        );
        let searched = r#"{"eventType":"com.genesys.journey.WebEvent",
            "webEvent":{"eventName":"product_search","searchQuery":"red\u001b[31m\nboots","page":{"title":"Search"}}}"#;
        assert_eq!(
            row_of(searched),
            "-                    product_search            red [31m boots"
        );
        let offer = r#"{"eventType":"com.genesys.journey.WebActionEvent",
            "webActionEvent":{"action":{"state":"accepted"},"actionMap":{"displayName":"Chat"}}}"#;
        assert!(row_of(offer).ends_with("  offer accepted            Chat"));
    }

    #[test]
    fn an_unknown_type_is_its_own_name() {
        let event = r#"{"eventType":"com.genesys.journey.NewEvent"}"#;
        assert_eq!(row_of(event), "-                    NewEvent");
    }
}
