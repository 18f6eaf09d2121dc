//! The labels of actions: the names that the site and the app give their events.

use super::attributes::Attributes;
use super::step::{Action, Offer};
use crate::rng::Rng;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub(crate) web_name: &'static str,
    pub(crate) app_name: &'static str,
    pub(crate) is_search: bool,
    pub(crate) attributes: Attributes,
}

const fn label(web_name: &'static str, app_name: &'static str, attributes: Attributes) -> Label {
    Label {
        web_name,
        app_name,
        is_search: false,
        attributes,
    }
}

pub(crate) fn view() -> Label {
    label("page_viewed", "screen_viewed", Attributes::Page)
}

/// The app shows offers as notifications.
pub(crate) fn push(offer: Offer) -> Label {
    let name = match offer {
        Offer::Qualified => "push_scheduled",
        Offer::Offered => "push_received",
        Offer::Disposed => "push_opened",
    };
    label(name, name, Attributes::Gesture)
}

pub(crate) fn action(action: Action, rng: &mut Rng) -> Label {
    use Attributes::{Basket, Empty, Form, Gesture, Page, Product};
    match action {
        Action::Click => label("object_clicked", "element_tapped", Gesture),
        Action::Scroll => label("scroll_depth_reached", "screen_scrolled", Gesture),
        Action::ProductViewed => label("product_viewed", "product_viewed", Product),
        Action::Gallery => label("gallery_opened", "gallery_swiped", Product),
        Action::Search => Label {
            is_search: true,
            ..label("search_performed", "search_performed", Page)
        },
        Action::Filter => label("filter_applied", "filter_applied", Page),
        Action::BasketAdd => label("product_added", "product_added", Basket),
        Action::BasketRemove => label("product_removed", "product_removed", Basket),
        Action::CheckoutStart => label("checkout_started", "checkout_started", Basket),
        Action::Order => label("order_completed", "order_completed", Basket),
        Action::FormSubmit => label("form_submitted", "form_submitted", Form),
        Action::FormAbandon => label("form_abandoned", "form_abandoned", Form),
        Action::Idle if rng.once_in(2) => label("user_inactive", "app_in_background", Empty),
        Action::Idle => label("user_inactive", "app_in_background", Gesture),
        Action::SignIn => label("signed_in", "signed_in", Form),
    }
}
