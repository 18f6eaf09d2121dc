//! The pages of the shop: their URLs, titles and breadcrumbs.

use super::markets::Market;
use super::products::Product;
use super::step::Page;
use crate::json::Json;

const HOST: &str = "www.harbourlight.example";

/// The shop in one scene, which is about one product and one search.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) market: &'static Market,
    pub(crate) product: &'static Product,
    pub(crate) search: &'static str,
    /// `search`, form-urlencoded.
    pub(crate) encoded_search: String,
}

impl Shop {
    pub(crate) fn title(&self, page: Page) -> &'static str {
        match page {
            Page::Home => self.market.home,
            Page::Category => self.product.category,
            Page::Product => self.product.name,
            Page::Results => self.market.results,
            Page::Basket => self.market.basket,
            Page::Checkout => self.market.checkout,
            Page::Thanks => self.market.thanks,
            Page::Help => self.market.help,
            Page::Account => self.market.account,
        }
    }

    fn path(&self, page: Page) -> &'static str {
        match page {
            Page::Home => "/",
            Page::Category => self.product.category_path,
            Page::Product => self.product.path,
            Page::Results => "/search",
            Page::Basket => "/basket",
            Page::Checkout => "/checkout",
            Page::Thanks => "/checkout/thanks",
            Page::Help => "/help",
            Page::Account => "/account",
        }
    }

    /// Returns query and fragment, each empty if there is none.
    fn query(&self, page: Page) -> ([&str; 2], &'static str) {
        match page {
            Page::Results => (["q=", &self.encoded_search], ""),
            Page::Product => (["sku=", self.product.sku], "details"),
            Page::Checkout => (["currency=", self.market.currency], "delivery"),
            Page::Help => (["", ""], "contact"),
            _ => (["", ""], ""),
        }
    }

    /// Writes the value of `page`.
    pub(crate) fn write_page(&self, page: Page, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(page), self.query(page));
        let (question, hash) = (mark("?", name), mark("#", fragment));
        let title = self.title(page);
        json.object(|json| {
            json.key("url").concat(&[
                "https://", HOST, path, question, name, value, hash, fragment,
            ]);
            json.key("title").concat(&[title, " | Harbourlight"]);
            json.key("domain").string("harbourlight.example");
            if !fragment.is_empty() {
                json.key("fragment").string(fragment);
            }
            json.key("hostname").string(HOST);
            json.key("keywords")
                .concat(&[self.product.category, ",", self.product.name]);
            json.key("lang").string(self.market.lang);
            json.key("pathname").string(path);
            json.key("queryString").concat(&[name, value]);
            json.key("breadcrumb").array(|json| {
                json.string("Harbourlight");
                if page == Page::Product {
                    json.string(self.product.category);
                }
                if page != Page::Home {
                    json.string(title);
                }
            });
        });
    }

    /// Writes the value of `referrer` for a visitor coming from this page.
    pub(crate) fn write_referrer(&self, page: Page, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(page), self.query(page));
        json.object(|json| {
            json.key("url")
                .concat(&["https://", HOST, path, mark("?", name), name, value]);
            json.key("domain").string("harbourlight.example");
            json.key("hostname").string(HOST);
            json.key("pathname").string(path);
            json.key("queryString").concat(&[name, value]);
            json.key("fragment").string(fragment);
            json.key("medium").string("internal");
        });
    }
}

/// Returns the separator before a part of a URL, if there is that part.
fn mark(mark: &'static str, text: &str) -> &'static str {
    if text.is_empty() { "" } else { mark }
}
