//! What a scene is about: its pages, with URLs, titles and breadcrumbs.

use super::shop::{Market, Product, SHOP};
use super::step::Page;
use crate::json::Json;
use crate::rng::Rng;

const HOST: &str = "www.harbourlight.example";

/// One product and one search.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) market: &'static Market,
    pub(super) product: &'static Product,
    pub(super) search: &'static str,
    /// `search`, form-urlencoded.
    encoded_search: String,
}

impl Topic {
    pub(super) fn new(market: &'static Market, scene: &mut Rng) -> Self {
        let search = scene.pick(&market.searches);
        Self {
            market,
            product: scene.pick(&market.products),
            search,
            encoded_search: form_urlencoded::byte_serialize(search.as_bytes()).collect(),
        }
    }

    pub(super) fn title(&self, page: Page) -> &'static str {
        match page {
            Page::Category => &self.product.category,
            Page::Product => &self.product.name,
            _ => self.market.titles.get(&page).map_or("", String::as_str),
        }
    }

    fn path(&self, page: Page) -> &'static str {
        match page {
            Page::Category => &self.product.category_path,
            Page::Product => &self.product.path,
            _ => SHOP.paths.get(&page).map_or("", String::as_str),
        }
    }

    /// Returns query and fragment, each empty if there is none.
    fn query(&self, page: Page) -> ([&str; 2], &'static str) {
        match page {
            Page::Results => (["q=", &self.encoded_search], ""),
            Page::Product => (["sku=", &self.product.sku], "details"),
            Page::Checkout => (["currency=", &self.market.currency], "delivery"),
            Page::Help => (["", ""], "contact"),
            _ => (["", ""], ""),
        }
    }

    /// Writes the members of `page`.
    pub(super) fn write_page(&self, page: Page, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(page), self.query(page));
        let (question, hash) = (mark("?", name), mark("#", fragment));
        let title = self.title(page);
        let url = [
            "https://", HOST, path, question, name, value, hash, fragment,
        ];
        json.member("url", url);
        json.member("title", [title, " | Harbourlight"]);
        json.member("domain", "harbourlight.example");
        if !fragment.is_empty() {
            json.member("fragment", fragment);
        }
        json.member("hostname", HOST);
        let keywords = [&self.product.category, ",", &self.product.name];
        json.member("keywords", keywords);
        json.member("lang", &*self.market.lang);
        json.member("pathname", path);
        json.member("queryString", [name, value]);
        json.key("breadcrumb").array(|json| {
            json.value("Harbourlight");
            if page == Page::Product {
                json.value(&*self.product.category);
            }
            if page != Page::Home {
                json.value(title);
            }
        });
    }

    /// Writes the members of `referrer` for a visitor coming from this page.
    pub(super) fn write_referrer(&self, page: Page, json: &mut Json) {
        let (path, ([name, value], fragment)) = (self.path(page), self.query(page));
        json.member(
            "url",
            ["https://", HOST, path, mark("?", name), name, value],
        );
        json.member("domain", "harbourlight.example");
        json.member("hostname", HOST);
        json.member("pathname", path);
        json.member("queryString", [name, value]);
        json.member("fragment", fragment);
        json.member("medium", "internal");
    }
}

/// Returns the separator before a part of a URL, if there is that part.
fn mark(mark: &'static str, text: &str) -> &'static str {
    if text.is_empty() { "" } else { mark }
}
