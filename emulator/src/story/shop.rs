//! The pages of the shop: where they are, what they are called, how one gets there.

use super::markets::Market;
use super::products::Ware;
use super::scenes::Place;
use crate::json::Json;

/// The shop's host name.
pub(crate) const SITE: &str = "www.harbourlight.example";

/// A page as one scene sees it: its ware and its search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) market: &'static Market,
    pub(crate) ware: &'static Ware,
    pub(crate) search: &'static str,
    /// `search` as a query writes it.
    pub(crate) encoded_search: &'a str,
}

impl Page<'_> {
    pub(crate) fn title(&self, place: Place) -> &'static str {
        match place {
            Place::Home => self.market.home,
            Place::Category => self.ware.category,
            Place::Product => self.ware.name,
            Place::Results => self.market.results,
            Place::Basket => self.market.basket,
            Place::Checkout => self.market.checkout,
            Place::Thanks => self.market.thanks,
            Place::Help => self.market.help,
            Place::Account => self.market.account,
        }
    }

    fn path(&self, place: Place) -> &'static str {
        match place {
            Place::Home => "/",
            Place::Category => self.ware.category_path,
            Place::Product => self.ware.path,
            Place::Results => "/search",
            Place::Basket => "/basket",
            Place::Checkout => "/checkout",
            Place::Thanks => "/checkout/thanks",
            Place::Help => "/help",
            Place::Account => "/account",
        }
    }

    /// Query and fragment, each empty if there is none.
    fn query(&self, place: Place) -> ([&str; 2], &'static str) {
        match place {
            Place::Results => (["q=", self.encoded_search], ""),
            Place::Product => (["sku=", self.ware.sku], "details"),
            Place::Checkout => (["currency=", self.market.currency], "delivery"),
            Place::Help => (["", ""], "contact"),
            _ => (["", ""], ""),
        }
    }

    /// The value of `page`.
    pub(crate) fn write(&self, place: Place, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(place), self.query(place));
        let (question, hash) = (mark("?", name), mark("#", fragment));
        let title = self.title(place);
        json.object(|json| {
            json.key("url").concat(&[
                "https://", SITE, path, question, name, value, hash, fragment,
            ]);
            json.key("title").concat(&[title, " | Harbourlight"]);
            json.key("domain").string("harbourlight.example");
            if !fragment.is_empty() {
                json.key("fragment").string(fragment);
            }
            json.key("hostname").string(SITE);
            json.key("keywords")
                .concat(&[self.ware.category, ",", self.ware.name]);
            json.key("lang").string(self.market.lang);
            json.key("pathname").string(path);
            json.key("queryString").concat(&[name, value]);
            json.key("breadcrumb").array(|json| {
                json.string("Harbourlight");
                if place == Place::Product {
                    json.string(self.ware.category);
                }
                if place != Place::Home {
                    json.string(title);
                }
            });
        });
    }

    /// The value of `referrer` for a page reached from another of the shop's.
    pub(crate) fn write_as_referrer(&self, place: Place, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(place), self.query(place));
        json.object(|json| {
            json.key("url")
                .concat(&["https://", SITE, path, mark("?", name), name, value]);
            json.key("domain").string("harbourlight.example");
            json.key("hostname").string(SITE);
            json.key("pathname").string(path);
            json.key("queryString").concat(&[name, value]);
            json.key("fragment").string(fragment);
            json.key("medium").string("internal");
        });
    }
}

fn mark(mark: &'static str, text: &str) -> &'static str {
    if text.is_empty() { "" } else { mark }
}
