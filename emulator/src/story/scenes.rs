//! The scenes that visits are drawn from. All have the same number of events and page views.

use super::step::Action::{
    BasketAdd, BasketRemove, CheckoutStart, Click, Filter, FormAbandon, FormSubmit, Gallery, Idle,
    Order, ProductViewed, Scroll, Search, SignIn,
};
use super::step::Offer::{Disposed, Offered, Qualified};
use super::step::Page::{
    Account, Basket, Category, Checkout, Help, Home, Product, Results, Thanks,
};
use super::step::Step::{self, Do, Outcome, Segment, View, WebAction};

/// Events of a scene.
pub(crate) const SCENE_EVENTS: usize = 8;

/// Page views of a scene.
pub(crate) const SCENE_VIEWS: usize = 3;

pub(crate) type Scene = [Step; SCENE_EVENTS];

/// A row is a scene.
macro_rules! scenes {
    ($($($step:expr),*;)*) => { [$([$($step),*]),*] };
}

pub(crate) const OPENINGS: [Scene; 3] = scenes! {
    View(Home), Segment, Do(Home, Click), View(Category),
        Do(Category, Scroll), View(Product), Do(Product, ProductViewed), Do(Product, Gallery);
    View(Product), Segment, Do(Product, ProductViewed), Do(Product, Scroll),
        View(Category), Do(Category, Click), View(Product), Do(Product, Gallery);
    View(Home), Do(Home, SignIn), Segment, View(Account),
        Do(Account, Click), View(Category), Do(Category, Filter), Do(Category, Scroll);
};

pub(crate) const MIDDLES: [Scene; 5] = scenes! {
    View(Results), Do(Results, Search), Do(Results, Click), View(Product),
        Do(Product, ProductViewed), Do(Product, Gallery), View(Results), Do(Results, Scroll);
    View(Product), Do(Product, Idle), WebAction(Product, Qualified), WebAction(Product, Offered),
        WebAction(Product, Disposed), View(Help), Do(Help, FormSubmit), View(Product);
    View(Product), Do(Product, ProductViewed), Do(Product, BasketAdd), View(Basket),
        Do(Basket, Scroll), Do(Basket, BasketRemove), View(Category), Segment;
    View(Help), Do(Help, Search), Do(Help, FormAbandon), View(Help),
        Do(Help, Idle), Do(Help, FormSubmit), View(Account), Do(Account, Click);
    View(Category), Do(Category, Filter), View(Product), Do(Product, ProductViewed),
        Do(Product, Gallery), View(Category), Do(Category, Scroll), Do(Category, Click);
};

pub(crate) const CLOSINGS: [Scene; 3] = scenes! {
    View(Basket), Do(Basket, CheckoutStart), View(Checkout), Do(Checkout, FormSubmit),
        View(Thanks), Do(Thanks, Order), Outcome, Segment;
    View(Basket), Do(Basket, CheckoutStart), View(Checkout), Do(Checkout, FormAbandon),
        WebAction(Checkout, Offered), WebAction(Checkout, Disposed), View(Home), Do(Home, Idle);
    View(Category), Do(Category, Scroll), View(Product), Do(Product, Gallery),
        Do(Product, Idle), View(Home), Do(Home, Click), Do(Home, Idle);
};

#[cfg(test)]
mod tests {
    use super::{CLOSINGS, MIDDLES, OPENINGS, SCENE_VIEWS, Step};

    #[test]
    fn every_scene_has_the_same_number_of_page_views() {
        for scene in OPENINGS.iter().chain(&MIDDLES).chain(&CLOSINGS) {
            let views = scene
                .iter()
                .filter(|step| matches!(step, Step::View(_)))
                .count();
            assert_eq!(views, SCENE_VIEWS, "{scene:?}");
        }
    }
}
