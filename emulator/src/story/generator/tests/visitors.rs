//! The visitors of sessions, and the origins of their visits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{first, parsed};
use crate::story::visit::VISIT_EVENTS;

#[test]
fn a_session_has_one_visitor_one_device_and_one_location() {
    for session in 0..3 {
        let mut seen = BTreeSet::new();
        for event in parsed(4, session) {
            for body in [
                "webEvent",
                "webActionEvent",
                "outcomeAchievedEvent",
                "appEvent",
            ] {
                if let Some(body) = event.get(body) {
                    let same = ["device", "geolocation", "ipAddress", "ipOrganization"];
                    seen.insert(same.map(|name| body[name].to_string()).join(" "));
                }
            }
            seen.insert(event["session"].to_string() + &event["customerId"].to_string());
        }
        assert_eq!(seen.len(), 2, "{seen:?}");
    }
}

#[test]
fn the_sessions_of_a_contact_share_a_visitor_but_not_the_device() {
    let of = |session, what: &dyn Fn(&Value) -> String| -> BTreeSet<String> {
        let events = first(4, session, 100);
        let bodies = events.iter().map(|event| {
            let body = ["webEvent", "appEvent"].map(|name| &event[name]);
            (
                event,
                *body
                    .iter()
                    .find(|body| body.is_object())
                    .unwrap_or(&&Value::Null),
            )
        });
        let bodies = bodies.filter(|(_, body)| body.is_object());
        bodies
            .map(|(event, body)| event["customerId"].to_string() + &what(body))
            .collect()
    };
    let location =
        |body: &Value| body["geolocation"].to_string() + &body["ipOrganization"].to_string();
    let device = |body: &Value| body["device"].to_string();
    for contact in 0..8 {
        let sessions = [0, 1, 2].map(|session| 3 * contact + session);
        let visitors: BTreeSet<_> = sessions.map(|session| of(session, &location)).into();
        assert_eq!(visitors.len(), 1, "{visitors:?}");
        let devices: BTreeSet<_> = sessions.map(|session| of(session, &device)).into();
        assert_eq!(devices.len(), 3, "{devices:?}");
    }
    assert_ne!(of(0, &location), of(3, &location));
}

#[test]
fn the_events_of_a_visit_share_its_origin_and_no_two_visits_do() {
    let of_visit = |visit: &[Value]| {
        let ids: BTreeSet<_> = visit
            .iter()
            .map(|e| e["correlationId"].to_string())
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let campaigns: BTreeSet<_> = visit
            .iter()
            .filter(|event| event["webEvent"].is_object())
            .map(|event| event["webEvent"]["mktCampaign"].to_string())
            .collect();
        assert_eq!(campaigns.len(), 1, "{campaigns:?}");
        ids
    };
    let events = parsed(1, 0);
    let visits = events.chunks(usize::try_from(VISIT_EVENTS).unwrap());
    let count = visits.len();
    assert_eq!(
        visits.flat_map(of_visit).collect::<BTreeSet<_>>().len(),
        count
    );
}
