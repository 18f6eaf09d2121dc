//! Events and their bodies, as the service publishes them.
//!
//! Every field of a body is optional, whatever the published form requires: an absent or null field
//! must never cost an event. Types, fields and values that are not here stay in
//! [`Event::json`], which is the text as sent.

mod app;
mod date;
mod envelope;
mod event;
mod generic_action;
mod open;
mod outcome;
mod segment;
mod session;
mod shared;
mod web;
mod web_action;

pub use app::{AppEvent, JourneyApp, NetworkConnectivity, SdkLibrary};
pub use date::DateTime;
pub use envelope::EventSession;
pub use event::{Event, EventBody};
pub use generic_action::GenericActionEvent;
pub use open::{ActionState, DeviceCategory, MediaType, ReferrerMedium};
pub use outcome::{Outcome as AchievedOutcome, OutcomeAchievedEvent};
pub use segment::{Segment, SegmentAssignedEvent, SegmentAssignmentEvent};
pub use session::Session;
pub use shared::{
    Action, ActionMap, AddressableEntity, Browser, Campaign, CustomAttribute, Device, Geolocation,
    Referrer,
};
pub use web::{Page as WebPage, WebEvent};
pub use web_action::WebActionEvent;

/// Declares a part of the model: a plain struct in the service's camelCase whose fields are all
/// optional, so that each file reads as the table of its fields.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$field_doc:meta])* $field:ident: $kind:ty, )+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>,
            )+
        }
    };
}
use part;
