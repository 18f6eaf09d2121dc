//! The steps of a visit, each of which becomes one event.

use serde::Deserialize;

/// A page of the shop, or a screen of its app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Page {
    Home,
    Category,
    Product,
    Results,
    Basket,
    Checkout,
    Thanks,
    Help,
    Account,
}

/// What happens on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    View,
    Click,
    Scroll,
    ProductViewed,
    Gallery,
    Search,
    Filter,
    BasketAdd,
    BasketRemove,
    CheckoutStart,
    Order,
    FormSubmit,
    FormAbandon,
    Idle,
    SignIn,
    // The states of an offer, which the app shows as a notification.
    Qualified,
    Offered,
    /// Accepted, rejected, ignored and so on.
    Disposed,
}

impl Action {
    pub(super) fn is_offer(self) -> bool {
        matches!(self, Self::Qualified | Self::Offered | Self::Disposed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    Segment,
    Outcome,
    #[serde(untagged)]
    On(Page, Action),
}
