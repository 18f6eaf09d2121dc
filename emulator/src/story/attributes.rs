//! The attributes and traits of web and app events.

use super::shop::{SHOP, Value};
use super::topic::Topic;
use crate::json::Json;
use crate::rng::Rng;

/// What the values of attributes depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) topic: &'a Topic,
    pub(super) email: &'a str,
    pub(super) position: u64,
}

/// Writes the attributes of this name in the shop. Their values are strings, whatever the type.
pub(super) fn write(name: &str, facts: &Facts<'_>, rng: &mut Rng, json: &mut Json) {
    let (market, product) = (facts.topic.market, facts.topic.product);
    for attribute in SHOP.attributes.get(name).into_iter().flatten() {
        let number;
        let value = match &attribute.value {
            Value::Text(text) => ["", text, ""],
            Value::Number(before, first, count, after) => {
                number = (first + rng.below(*count)).to_string();
                [before, &*number, after]
            }
            Value::Boolean if rng.once_in(2) => ["", "true", ""],
            Value::Boolean => ["", "false", ""],
            Value::Lang => ["", &market.lang, ""],
            Value::Currency => ["", &market.currency, ""],
            Value::Name => ["", &product.name, ""],
            Value::Sku => ["", &product.sku, ""],
            Value::Price => ["", &product.price, ""],
            Value::Screen => ["harbourlight://", &product.path, ""],
            Value::Position => {
                number = facts.position.to_string();
                ["", &*number, ""]
            }
            Value::Email => ["", facts.email, ""],
        };
        json.key(&attribute.name).object(|json| {
            json.member("dataType", &attribute.data_type);
            json.member("value", value);
        });
    }
}
