//! The attributes and traits of web and app events.

use super::shop::Shop;
use crate::json::Json;
use crate::rng::Rng;

/// What an event's attributes describe.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attributes {
    Empty,
    Page,
    Product,
    Basket,
    Form,
    Gesture,
}

/// Writes the members of `attributes`.
pub(crate) fn write(attributes: Attributes, shop: &Shop, rng: &mut Rng, json: &mut Json) {
    match attributes {
        Attributes::Empty => (),
        Attributes::Page => {
            attribute("page_lang", "string", &[shop.market.lang], json);
            attribute("results", "integer", &[&rng.below(90).to_string()], json);
        }
        Attributes::Product => product(shop, json),
        Attributes::Basket => {
            product(shop, json);
            // Above 2^53, so that a double can't hold it.
            let basket = (9_007_199_254_740_993 + rng.below(1 << 40)).to_string();
            attribute("basket_id", "integer", &[&basket], json);
            attribute(
                "quantity",
                "integer",
                &[&(1 + rng.below(3)).to_string()],
                json,
            );
        }
        Attributes::Form => {
            attribute("form_name", "string", &["contact \"short\""], json);
            attribute(
                "fields_filled",
                "integer",
                &[&rng.below(9).to_string()],
                json,
            );
            attribute("newsletter", "boolean", &[boolean(rng)], json);
        }
        Attributes::Gesture => {
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

/// Writes the members of `attributes` that all app events have.
pub(crate) fn write_app(shop: &Shop, position: u64, rng: &mut Rng, json: &mut Json) {
    attribute(
        "screen_path",
        "string",
        &["harbourlight://", shop.product.path],
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

/// Writes an attribute or trait. Its value is a string whatever its type.
pub(crate) fn attribute(name: &'static str, data_type: &str, value: &[&str], json: &mut Json) {
    json.key(name).object(|json| {
        json.key("dataType").string(data_type);
        json.key("value").concat(value);
    });
}

fn product(shop: &Shop, json: &mut Json) {
    attribute("sku", "string", &[shop.product.sku], json);
    attribute("product_name", "string", &[shop.product.name], json);
    attribute("price", "number", &[shop.product.price], json);
    attribute("currency", "string", &[shop.market.currency], json);
}

fn boolean(rng: &mut Rng) -> &'static str {
    if rng.once_in(2) { "true" } else { "false" }
}
