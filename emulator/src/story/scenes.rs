//! What a visitor does, a scene at a time. Every scene has as many events and page views as any
//! other; which ones make up a visit is chance.

/// Events of a scene.
pub(crate) const SCENE: usize = 8;

/// Page views of a scene.
pub(crate) const VIEWS: usize = 3;

/// A page of the shop, or a screen of its app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
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

/// Something done on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
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

/// How far the offer of a web action has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Qualified,
    Offered,
    /// Accepted, rejected, ignored and so on.
    Disposed,
}

/// One event of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    View(Place),
    Do(Place, Deed),
    Segment,
    Action(Place, Offer),
    Outcome,
}

use Deed::{
    BasketAdd, BasketRemove, CheckoutStart, Click, Filter, FormAbandon, FormSubmit, Gallery, Idle,
    Order, ProductViewed, Scroll, Search, SignIn,
};
use Offer::{Disposed, Offered, Qualified};
use Place::{Account, Basket, Category, Checkout, Help, Home, Product, Results, Thanks};
use Step::{Action, Do, Outcome, Segment, View};

type Scene = [Step; SCENE];

pub(crate) const OPENINGS: [Scene; 3] = [
    [
        View(Home),
        Segment,
        Do(Home, Click),
        View(Category),
        Do(Category, Scroll),
        View(Product),
        Do(Product, ProductViewed),
        Do(Product, Gallery),
    ],
    [
        View(Product),
        Segment,
        Do(Product, ProductViewed),
        Do(Product, Scroll),
        View(Category),
        Do(Category, Click),
        View(Product),
        Do(Product, Gallery),
    ],
    [
        View(Home),
        Do(Home, SignIn),
        Segment,
        View(Account),
        Do(Account, Click),
        View(Category),
        Do(Category, Filter),
        Do(Category, Scroll),
    ],
];

pub(crate) const MIDDLES: [Scene; 5] = [
    [
        View(Results),
        Do(Results, Search),
        Do(Results, Click),
        View(Product),
        Do(Product, ProductViewed),
        Do(Product, Gallery),
        View(Results),
        Do(Results, Scroll),
    ],
    [
        View(Product),
        Do(Product, Idle),
        Action(Product, Qualified),
        Action(Product, Offered),
        Action(Product, Disposed),
        View(Help),
        Do(Help, FormSubmit),
        View(Product),
    ],
    [
        View(Product),
        Do(Product, ProductViewed),
        Do(Product, BasketAdd),
        View(Basket),
        Do(Basket, Scroll),
        Do(Basket, BasketRemove),
        View(Category),
        Segment,
    ],
    [
        View(Help),
        Do(Help, Search),
        Do(Help, FormAbandon),
        View(Help),
        Do(Help, Idle),
        Do(Help, FormSubmit),
        View(Account),
        Do(Account, Click),
    ],
    [
        View(Category),
        Do(Category, Filter),
        View(Product),
        Do(Product, ProductViewed),
        Do(Product, Gallery),
        View(Category),
        Do(Category, Scroll),
        Do(Category, Click),
    ],
];

pub(crate) const CLOSINGS: [Scene; 3] = [
    [
        View(Basket),
        Do(Basket, CheckoutStart),
        View(Checkout),
        Do(Checkout, FormSubmit),
        View(Thanks),
        Do(Thanks, Order),
        Outcome,
        Segment,
    ],
    [
        View(Basket),
        Do(Basket, CheckoutStart),
        View(Checkout),
        Do(Checkout, FormAbandon),
        Action(Checkout, Offered),
        Action(Checkout, Disposed),
        View(Home),
        Do(Home, Idle),
    ],
    [
        View(Category),
        Do(Category, Scroll),
        View(Product),
        Do(Product, Gallery),
        Do(Product, Idle),
        View(Home),
        Do(Home, Click),
        Do(Home, Idle),
    ],
];

#[cfg(test)]
mod tests {
    use super::{CLOSINGS, MIDDLES, OPENINGS, Step, VIEWS};

    #[test]
    fn every_scene_has_its_number_of_page_views() {
        for scene in OPENINGS.iter().chain(&MIDDLES).chain(&CLOSINGS) {
            let views = scene
                .iter()
                .filter(|step| matches!(step, Step::View(_)))
                .count();
            assert_eq!(views, VIEWS, "{scene:?}");
        }
    }
}
