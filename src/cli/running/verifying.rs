//! The way from callers' PINs to the store, and from what came of them to the engine.
//!
//! A look-up is a task of its own with a deadline: a store that is slow or down keeps no caller waiting, and nobody
//! waits for another's. The PIN is hashed here and forgotten.

use crate::base::Verdict;
use crate::customer::{Day, Pin, PinKey, judge_pin};
use crate::dialplan::NoAnswer;
use crate::net::Shell;
use crate::node::{Input, Node, PinQuestion};
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// PINs looked up at once; one more is not.
const MOST_OPEN: usize = 64;

/// Looks up whatever PIN this shell's node wants verified.
pub(super) fn serve<N: Node>(store: Store, key: PinKey, shell: &mut Shell<N>) {
    let engine = shell.handle();
    let shared = Arc::new((store, key, Semaphore::new(MOST_OPEN)));
    shell.on_verify(move |question| {
        let (engine, shared) = (engine.clone(), shared.clone());
        tokio::spawn(async move {
            let (store, key, open) = &*shared;
            let verdict = match open.try_acquire() {
                Ok(_open) => within(&question, look_up(store, key, &question)).await,
                Err(_) => Err(NoAnswer::TooMany),
            };
            let _ended = engine.input(Input::Verified(question.judged(verdict))).await;
        });
    });
}

async fn within(
    question: &PinQuestion,
    looking: impl Future<Output = Result<Verdict, NoAnswer>>,
) -> Result<Verdict, NoAnswer> {
    tokio::time::timeout(question.deadline, looking).await.unwrap_or(Err(NoAnswer::Late))
}

/// The same work for a PIN that is known and for one that is not.
async fn look_up(store: &Store, key: &PinKey, question: &PinQuestion) -> Result<Verdict, NoAnswer> {
    let Ok(pin) = Pin::parse(question.pin.reveal()) else { return Ok(Verdict::Unknown) };
    let found = store.contract_of_pin(&key.hash(&pin)).await.map_err(|error| {
        tracing::warn!("a PIN was not verified: {error}");
        NoAnswer::Unreachable
    })?;
    Ok(judge_pin(found.as_ref(), Day::in_japan(question.at)))
}
