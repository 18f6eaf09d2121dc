//! The shop, from `shop.json`: markets with their products and texts, devices, scenes, and the names that the
//! site and the app give their events. All is invented except the towns.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::step::{Action, Page, Step};

#[expect(clippy::expect_used, reason = "the file is part of the program")]
pub(super) static SHOP: LazyLock<Shop> =
    LazyLock::new(|| serde_json::from_str(include_str!("shop.json")).expect("a valid shop"));

/// Events of a scene.
pub(super) const SCENE_EVENTS: usize = 8;

/// What a visitor does in a row. All scenes have the same number of events and page views.
pub(super) type Scene = [Step; SCENE_EVENTS];

#[derive(Debug, Deserialize)]
pub(super) struct Shop {
    pub(super) markets: [Market; 5],
    /// Of the pages that have the same path in all markets.
    pub(super) paths: BTreeMap<Page, String>,
    pub(super) web_devices: [Device; 4],
    pub(super) app_devices: [Device; 2],
    pub(super) openings: [Scene; 3],
    pub(super) middles: [Scene; 5],
    pub(super) closings: [Scene; 3],
    pub(super) labels: BTreeMap<Action, Label>,
    /// By the names in labels, and those that all app events or all signed-in visitors have.
    pub(super) attributes: BTreeMap<String, Vec<Attribute>>,
    pub(super) campaigns: [String; 4],
    /// Source, medium and network of each.
    pub(super) channels: [[String; 3]; 3],
    /// Host, name and medium of each.
    pub(super) referrers: [[String; 3]; 5],
    pub(super) segments: [String; 4],
    /// Id and name of each.
    pub(super) outcomes: [[String; 2]; 3],
    pub(super) dispositions: [String; 5],
    pub(super) media: [String; 3],
}

/// The shop in one country.
#[derive(Debug, Deserialize)]
pub(super) struct Market {
    pub(super) lang: String,
    pub(super) currency: String,
    pub(super) carrier: String,
    pub(super) network: String,
    pub(super) geolocation: Box<RawValue>,
    /// Of offers.
    pub(super) prompt: String,
    /// Of the pages that aren't about a product.
    pub(super) titles: BTreeMap<Page, String>,
    pub(super) searches: [String; 5],
    pub(super) products: [Product; 6],
}

#[derive(Debug, Deserialize)]
pub(super) struct Product {
    pub(super) category: String,
    pub(super) category_path: String,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) sku: String,
    pub(super) price: String,
}

/// A device, with its browser if the visitor uses the website.
#[derive(Debug, Deserialize)]
pub(super) struct Device {
    pub(super) browser: Option<Browser>,
    /// Without the fingerprint.
    #[serde(deserialize_with = "members")]
    pub(super) device: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Browser {
    pub(super) family: String,
    pub(super) version: String,
    pub(super) user_agent: String,
    #[serde(deserialize_with = "members")]
    pub(super) viewport: String,
}

/// What the site and the app call an event, and the attributes that it has.
#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) web: String,
    pub(super) app: String,
    pub(super) attributes: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) value: Value,
}

/// The value of an attribute.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Value {
    Text(String),
    /// What is before it, the smallest one, how many there are, and what is after it.
    Number(String, u64, u64, String),
    Boolean,
    Lang,
    Currency,
    Name,
    Sku,
    Price,
    Screen,
    Position,
    Email,
}

/// Returns the members of an object as they are in the file.
fn members<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let object = Box::<RawValue>::deserialize(deserializer)?;
    let members = object.get().strip_prefix('{');
    let members = members.and_then(|members| members.strip_suffix('}'));
    let members = members.ok_or_else(|| D::Error::custom("expected an object"))?;
    Ok(members.to_owned())
}
