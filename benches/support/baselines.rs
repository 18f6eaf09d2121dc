//! The same work without this crate: a hand-written loop, another crate, and the minimum.

use std::sync::Arc;

use journey_events::model::{
    AppEvent, EventSession, GenericActionEvent, OutcomeAchievedEvent, SegmentAssignedEvent,
    SegmentAssignmentEvent, WebActionEvent, WebEvent,
};
use page_turner::prelude::*;
use serde::Deserialize;

use super::SESSION;

/// A page, decoded into typed events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypedPage {
    pub(crate) entities: Vec<TypedEvent>,
    pub(crate) next_uri: Option<String>,
}

/// An event with every published field, using this crate's body types.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypedEvent {
    pub(crate) id: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) customer_id_type: Option<String>,
    pub(crate) session: Option<EventSession>,
    pub(crate) event_type: String,
    pub(crate) created_date: Option<String>,
    pub(crate) web_event: Option<WebEvent>,
    pub(crate) web_action_event: Option<WebActionEvent>,
    pub(crate) segment_assignment_event: Option<SegmentAssignmentEvent>,
    pub(crate) outcome_achieved_event: Option<OutcomeAchievedEvent>,
    pub(crate) app_event: Option<AppEvent>,
    pub(crate) segment_assigned_event: Option<SegmentAssignedEvent>,
    pub(crate) generic_action_event: Option<GenericActionEvent>,
}

/// Fetches pages without this crate.
#[derive(Clone)]
pub(crate) struct Endpoint {
    client: reqwest::Client,
    base_url: Arc<str>,
    path: Arc<str>,
}

impl Endpoint {
    pub(crate) fn new(base_url: &str) -> Self {
        Self {
            client: reqwest::Client::builder().gzip(true).build().unwrap(),
            base_url: base_url.into(),
            path: format!("/api/v2/journey/sessions/{SESSION}/events?pageSize=200").into(),
        }
    }

    /// Returns the body of a page; without a URI, of the first page.
    pub(crate) async fn page(&self, uri: Option<&str>) -> Vec<u8> {
        let url = format!("{}{}", self.base_url, uri.unwrap_or(&self.path));
        let response = self.client.get(url).bearer_auth("any").send().await;
        let response = response.unwrap().error_for_status().unwrap();
        response.bytes().await.unwrap().into()
    }
}

/// A hand-written loop: request, decode, use, follow the link.
pub(crate) async fn typed_loop(endpoint: &Endpoint) -> u64 {
    let (mut next, mut count) = (None, 0);
    loop {
        let body = endpoint.page(next.as_deref()).await;
        let page: TypedPage = serde_json::from_slice(&body).unwrap();
        for event in page.entities {
            std::hint::black_box(&event);
            count += 1;
        }
        match page.next_uri {
            Some(uri) => next = Some(uri),
            None => return count,
        }
    }
}

/// The minimum: the same requests and bytes, with nothing decoded. Counts pages.
pub(crate) async fn floor(endpoint: &Endpoint) -> u64 {
    let (mut next, mut count) = (None, 0);
    loop {
        let body = endpoint.page(next.as_deref()).await;
        count += 1;
        match next_uri(&body) {
            Some(uri) => next = Some(uri.to_owned()),
            None => return count,
        }
    }
}

/// Finds the link to the next page at the end of the body, where the emulator writes it.
pub(crate) fn next_uri(body: &[u8]) -> Option<&str> {
    let tail = &body[body.len().saturating_sub(600)..];
    let name = br#""nextUri":""#;
    let start = tail.windows(name.len()).position(|window| window == name)? + name.len();
    let length = tail[start..].iter().position(|byte| *byte == b'"')?;
    str::from_utf8(&tail[start..start + length]).ok()
}

/// The same loop with the `page-turner` crate.
pub(crate) async fn page_turner(endpoint: &Endpoint) -> u64 {
    use futures::TryStreamExt;
    let events = endpoint.clone().into_pages(None).items();
    let count = events.try_fold(0, |count, event| async move {
        std::hint::black_box(&event);
        Ok(count + 1)
    });
    count.await.unwrap()
}

impl PageTurner<Option<String>> for Endpoint {
    type PageItems = Vec<TypedEvent>;
    type PageError = serde_json::Error;

    async fn turn_page(&self, uri: Option<String>) -> TurnedPageResult<Self, Option<String>> {
        let body = self.page(uri.as_deref()).await;
        let page: TypedPage = serde_json::from_slice(&body)?;
        Ok(match page.next_uri {
            Some(uri) => TurnedPage::next(page.entities, Some(uri)),
            None => TurnedPage::last(page.entities),
        })
    }
}
