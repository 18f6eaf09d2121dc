//! The offers made in a session, and how the visitor responded.

use std::collections::HashMap;

use serde::Serialize;

use super::summary::OfferStep;

/// The offers of a session, in the order of their first steps.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Offers {
    all: Vec<Offer>,
    #[serde(skip)]
    by_id: HashMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Offer {
    prompt: String,
    media_type: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    state: String,
    row: usize,
}

impl Offers {
    /// Adds a step. A step without an action id is a separate offer.
    pub(super) fn push(&mut self, step: &OfferStep, row: usize) {
        let known = self.by_id.get(&step.id).copied();
        let index = known.filter(|_| !step.id.is_empty());
        let index = index.unwrap_or(self.all.len());
        if index == self.all.len() {
            self.by_id.insert(step.id.clone(), index);
            self.all.push(Offer {
                prompt: step.prompt.clone(),
                media_type: step.media_type.clone(),
                steps: Vec::new(),
            });
        }
        if let Some(offer) = self.all.get_mut(index) {
            let state = step.state.clone();
            offer.steps.push(Step { state, row });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_one_action_are_one_offer_and_steps_without_an_id_are_separate() {
        let mut offers = Offers::default();
        for (row, id) in ["1", "2", "1", "", ""].into_iter().enumerate() {
            let step = OfferStep {
                id: id.to_owned(),
                state: "offered".to_owned(),
                prompt: String::new(),
                media_type: String::new(),
            };
            offers.push(&step, row);
        }
        let rows = |offer: &Offer| offer.steps.iter().map(|step| step.row).collect();
        let rows: Vec<Vec<usize>> = offers.all.iter().map(rows).collect();
        assert_eq!(rows, [vec![0, 2], vec![1], vec![3], vec![4]]);
    }
}
