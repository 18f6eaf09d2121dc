//! The steps of a visit, each of which becomes one event.

/// A page of the shop, or a screen of its app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
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

/// Something a visitor does on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
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
}

/// The state of a web action's offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Qualified,
    Offered,
    /// Accepted, rejected, ignored and so on.
    Disposed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    View(Page),
    Do(Page, Action),
    Segment,
    WebAction(Page, Offer),
    Outcome,
}
