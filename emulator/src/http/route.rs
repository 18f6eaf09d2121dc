//! All routes: those of the service, and those that control the emulator.

use axum::http::Method;

use crate::fault::Endpoint;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Service(Call),
    Control(Control),
}

/// An endpoint of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Events,
    Session,
    ContactSessions,
    Conversation,
    Conversations,
    Token,
}

/// What controls the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Health,
    Description,
    Recorded,
    Forget,
    Sessions,
    AddSessions,
    Append,
    End,
    Clients,
    ExpireTokens,
    Faults,
    SetFaults,
    AddFaults,
    ClearFaults,
    Quota,
    Reset,
}

impl Call {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Events => Endpoint::Events,
            Self::Session | Self::ContactSessions => Endpoint::Sessions,
            Self::Conversation | Self::Conversations => Endpoint::Conversations,
            Self::Token => Endpoint::Token,
        }
    }
}

/// The prefix of what controls the emulator.
pub(crate) const CONTROL: &str = "/emulator/";

/// Every route; `openapi.json` describes each, which a test checks.
pub(crate) const ROUTES: [(Route, Method, &str); 22] = [
    service(
        Call::Events,
        Method::GET,
        "/api/v2/journey/sessions/{sessionId}/events",
    ),
    service(
        Call::Session,
        Method::GET,
        "/api/v2/journey/sessions/{sessionId}",
    ),
    service(
        Call::ContactSessions,
        Method::GET,
        "/api/v2/externalcontacts/contacts/{contactId}/journey/sessions",
    ),
    service(
        Call::Conversation,
        Method::GET,
        "/api/v2/analytics/conversations/{conversationId}/details",
    ),
    service(
        Call::Conversations,
        Method::POST,
        "/api/v2/analytics/conversations/details/query",
    ),
    service(Call::Token, Method::POST, "/oauth/token"),
    control(Control::Health, Method::GET, "/emulator/health"),
    control(Control::Description, Method::GET, "/emulator/openapi.json"),
    control(Control::Recorded, Method::GET, "/emulator/requests"),
    control(Control::Forget, Method::DELETE, "/emulator/requests"),
    control(Control::Sessions, Method::GET, "/emulator/sessions"),
    control(Control::AddSessions, Method::POST, "/emulator/sessions"),
    control(
        Control::Append,
        Method::POST,
        "/emulator/sessions/{sessionId}/events",
    ),
    control(
        Control::End,
        Method::POST,
        "/emulator/sessions/{sessionId}/end",
    ),
    control(Control::Clients, Method::GET, "/emulator/clients"),
    control(
        Control::ExpireTokens,
        Method::POST,
        "/emulator/tokens/expire",
    ),
    control(Control::Faults, Method::GET, "/emulator/faults"),
    control(Control::SetFaults, Method::PUT, "/emulator/faults"),
    control(Control::AddFaults, Method::POST, "/emulator/faults"),
    control(Control::ClearFaults, Method::DELETE, "/emulator/faults"),
    control(Control::Quota, Method::GET, "/emulator/quota"),
    control(Control::Reset, Method::POST, "/emulator/reset"),
];

const fn service(call: Call, method: Method, path: &'static str) -> (Route, Method, &'static str) {
    (Route::Service(call), method, path)
}

const fn control(
    control: Control,
    method: Method,
    path: &'static str,
) -> (Route, Method, &'static str) {
    (Route::Control(control), method, path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{CONTROL, ROUTES, Route};

    #[test]
    fn the_description_has_every_route_and_no_other() {
        let description: Value = serde_json::from_str(include_str!("openapi.json")).unwrap();
        let paths = description["paths"].as_object().unwrap();
        let described: BTreeSet<_> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let routes = ROUTES.map(|(_, method, path)| format!("{method} {path}"));
        assert_eq!(described, routes.into());
    }

    #[test]
    fn only_control_routes_are_below_their_prefix() {
        for (route, _, path) in ROUTES {
            assert_eq!(
                matches!(route, Route::Control(_)),
                path.starts_with(CONTROL),
                "{path}"
            );
        }
    }
}
