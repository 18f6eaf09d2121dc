//! What was offered in a session, and what became of it.

use std::collections::HashMap;

use serde::Serialize;

use super::digest::OfferStep;

/// The offers of a session, in the order of their first steps.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Offers {
    all: Vec<Offer>,
    #[serde(skip)]
    numbers: HashMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Offer {
    prompt: String,
    medium: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    state: String,
    row: usize,
}

impl Offers {
    /// Takes in a step. Without an id it can't be told to belong to another: it is an offer of its own.
    pub(super) fn push(&mut self, step: &OfferStep, row: usize) {
        let known = self.numbers.get(&step.id).copied();
        let number = known.filter(|_| !step.id.is_empty());
        let number = number.unwrap_or(self.all.len());
        if number == self.all.len() {
            self.numbers.insert(step.id.clone(), number);
            self.all.push(Offer {
                prompt: step.prompt.clone(),
                medium: step.medium.clone(),
                steps: Vec::new(),
            });
        }
        if let Some(offer) = self.all.get_mut(number) {
            let state = step.state.clone();
            offer.steps.push(Step { state, row });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_one_action_are_one_offer_and_those_without_an_id_are_each_one() {
        let mut offers = Offers::default();
        for (row, id) in ["1", "2", "1", "", ""].into_iter().enumerate() {
            let step = OfferStep {
                id: id.to_owned(),
                state: "offered".to_owned(),
                prompt: String::new(),
                medium: String::new(),
            };
            offers.push(&step, row);
        }
        let rows = |offer: &Offer| offer.steps.iter().map(|step| step.row).collect();
        let rows: Vec<Vec<usize>> = offers.all.iter().map(rows).collect();
        assert_eq!(rows, [vec![0, 2], vec![1], vec![3], vec![4]]);
    }
}
