//! What a deed is called on the site and in the app, and the attributes it is tracked with.

use super::scenes::{Deed, Offer};
use super::shop::Page;
use crate::json::Json;
use crate::rng::Rng;

/// A deed, or a page view, in the words of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) web_name: &'static str,
    pub(crate) app_name: &'static str,
    pub(crate) searches: bool,
    about: About,
}

/// What an event's attributes are about.
#[derive(Debug, Clone, Copy)]
enum About {
    Nothing,
    Page,
    Ware,
    Basket,
    Form,
    Gesture,
}

const fn named(web_name: &'static str, app_name: &'static str, about: About) -> Told {
    Told {
        web_name,
        app_name,
        searches: false,
        about,
    }
}

pub(crate) fn view() -> Told {
    named("page_viewed", "screen_viewed", About::Page)
}

/// In the app, an offer is a notification.
pub(crate) fn push(offer: Offer) -> Told {
    let name = match offer {
        Offer::Qualified => "push_scheduled",
        Offer::Offered => "push_received",
        Offer::Disposed => "push_opened",
    };
    named(name, name, About::Gesture)
}

pub(crate) fn told(deed: Deed, rng: &mut Rng) -> Told {
    match deed {
        Deed::Click => named("object_clicked", "element_tapped", About::Gesture),
        Deed::Scroll => named("scroll_depth_reached", "screen_scrolled", About::Gesture),
        Deed::ProductViewed => named("product_viewed", "product_viewed", About::Ware),
        Deed::Gallery => named("gallery_opened", "gallery_swiped", About::Ware),
        Deed::Search => Told {
            searches: true,
            ..named("search_performed", "search_performed", About::Page)
        },
        Deed::Filter => named("filter_applied", "filter_applied", About::Page),
        Deed::BasketAdd => named("product_added", "product_added", About::Basket),
        Deed::BasketRemove => named("product_removed", "product_removed", About::Basket),
        Deed::CheckoutStart => named("checkout_started", "checkout_started", About::Basket),
        Deed::Order => named("order_completed", "order_completed", About::Basket),
        Deed::FormSubmit => named("form_submitted", "form_submitted", About::Form),
        Deed::FormAbandon => named("form_abandoned", "form_abandoned", About::Form),
        Deed::Idle if rng.once_in(2) => named("user_inactive", "app_in_background", About::Nothing),
        Deed::Idle => named("user_inactive", "app_in_background", About::Gesture),
        Deed::SignIn => named("signed_in", "signed_in", About::Form),
    }
}

/// Members of `attributes`.
pub(crate) fn attributes(told: &Told, page: &Page<'_>, rng: &mut Rng, json: &mut Json) {
    match told.about {
        About::Nothing => (),
        About::Page => {
            attribute("page_lang", "string", &[page.market.lang], json);
            attribute("results", "integer", &[&rng.below(90).to_string()], json);
        }
        About::Ware => ware(page, json),
        About::Basket => {
            ware(page, json);
            // Above 2^53: an id that a double can't hold.
            let basket = (9_007_199_254_740_993 + rng.below(1 << 40)).to_string();
            attribute("basket_id", "integer", &[&basket], json);
            attribute(
                "quantity",
                "integer",
                &[&(1 + rng.below(3)).to_string()],
                json,
            );
        }
        About::Form => {
            attribute("form_name", "string", &["contact \"short\""], json);
            attribute(
                "fields_filled",
                "integer",
                &[&rng.below(9).to_string()],
                json,
            );
            attribute("newsletter", "boolean", &[boolean(rng)], json);
        }
        About::Gesture => {
            attribute("element", "string", &["#main > a.tile:nth-child(3)"], json);
            attribute(
                "scroll_percent",
                "number",
                &[&rng.below(100).to_string(), ".5"],
                json,
            );
        }
    }
}

/// What the app adds to the attributes of all its events.
pub(crate) fn app_attributes(page: &Page<'_>, position: u64, rng: &mut Rng, json: &mut Json) {
    attribute(
        "screen_path",
        "string",
        &["harbourlight://", page.ware.path],
        json,
    );
    attribute("sequence", "integer", &[&position.to_string()], json);
    attribute("dark_mode", "boolean", &[boolean(rng)], json);
    attribute(
        "battery",
        "number",
        &["0.", &(10 + rng.below(90)).to_string()],
        json,
    );
    attribute("accessibility_text_scale", "number", &["1.25"], json);
    attribute(
        "notification_permission",
        "string",
        &["granted \"while in use\""],
        json,
    );
}

/// One attribute or trait: its value is a string, whatever its type.
pub(crate) fn attribute(name: &'static str, data_type: &str, value: &[&str], json: &mut Json) {
    json.key(name).object(|json| {
        json.key("dataType").string(data_type);
        json.key("value").concat(value);
    });
}

fn ware(page: &Page<'_>, json: &mut Json) {
    attribute("sku", "string", &[page.ware.sku], json);
    attribute("product_name", "string", &[page.ware.name], json);
    attribute("price", "number", &[page.ware.price], json);
    attribute("currency", "string", &[page.market.currency], json);
}

fn boolean(rng: &mut Rng) -> &'static str {
    if rng.once_in(2) { "true" } else { "false" }
}
