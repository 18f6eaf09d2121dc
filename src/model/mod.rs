//! Events and their bodies, as the service publishes them.
//!
//! Every field of a body is optional, whatever the published form requires. A field that is absent, null,
//! of another type or can't be decoded is `None` and costs nothing else. Types, fields and values that
//! aren't here are in [`Event::json`], which is the text as sent.

mod app;
mod body;
pub(crate) mod conversation;
mod date;
mod envelope;
mod event;
mod exact;
mod generic_action;
pub(crate) mod interval;
mod members;
mod open;
mod outcome;
mod part;
mod segment;
mod session;
mod shared;
mod web;
mod web_action;

pub use app::{AppEvent, JourneyApp, NetworkConnectivity, SdkLibrary};
pub use body::EventBody;
pub use conversation::FoundSession;
pub use date::DateTime;
pub use envelope::EventSession;
pub use event::Event;
pub use generic_action::GenericActionEvent;
/// An instant, as events report it and intervals are made of. From the jiff crate.
#[doc(no_inline)]
pub use jiff::Timestamp;
pub use members::{Member, members};
pub use open::{ActionState, DeviceCategory, MediaType, ReferrerMedium};
pub use outcome::{AchievedOutcome, OutcomeAchievedEvent};
pub use segment::{Segment, SegmentAssignedEvent, SegmentAssignmentEvent};
pub use session::Session;
pub use shared::{
    Action, ActionMap, AddressableEntity, Browser, Campaign, CustomAttribute, Device, Geolocation,
    Referrer,
};
pub use web::{WebEvent, WebPage};
pub use web_action::WebActionEvent;
