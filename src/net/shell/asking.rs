//! Questions to the name service, each a task of its own: nobody waits for another's answer.

use crate::base::Rng;
use crate::net::{Found, Names};
use crate::signaling::Lookup;
use tokio::task::JoinSet;

/// The questions under way. A node asks one at a time for each of its trunks.
pub(super) struct Asking {
    names: Names,
    rng: Rng,
    asked: JoinSet<(Lookup, Found)>,
    count: u64,
}

impl Asking {
    pub(super) fn new(names: Names, rng: Rng) -> Asking {
        Asking { names, rng, asked: JoinSet::new(), count: 0 }
    }

    pub(super) fn ask(&mut self, lookup: Lookup) {
        self.count += 1;
        let (names, rng) = (self.names.clone(), self.rng.fork(&self.count.to_string()));
        self.asked.spawn(async move {
            let found = names.places(&lookup, rng).await;
            (lookup, found)
        });
    }

    /// The next answer; `None` where nothing is asked.
    pub(super) async fn next(&mut self) -> Option<(Lookup, Found)> {
        self.asked.join_next().await?.ok()
    }
}
