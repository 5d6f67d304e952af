//! The way from callers' PINs to whoever says what they prove, and from what came of them to the engine.
//!
//! A look-up is a task of its own with a deadline: a store or a system that is slow or down keeps no caller waiting, and
//! nobody waits for another's. The PIN is hashed here and forgotten.

use crate::base::{Verdict, Verification, VerifiedBy};
use crate::cli::customer::{Authority, Unsaid};
use crate::customer::{Asked, Pin, PinKey};
use crate::dialplan::NoAnswer;
use crate::net::Shell;
use crate::node::{Input, Node, PinQuestion};
use std::sync::Arc;

/// Looks up whatever PIN this shell's node wants verified.
pub(super) fn serve<N: Node>(authority: Arc<Authority>, key: PinKey, shell: &mut Shell<N>) {
    let engine = shell.handle();
    let shared = Arc::new((authority, key));
    shell.on_verify(move |question| {
        let (engine, shared) = (engine.clone(), shared.clone());
        tokio::spawn(async move {
            let (authority, key) = &*shared;
            let came = within(&question, look_up(authority, key, &question)).await;
            let _ended = engine.input(Input::Verified(question.judged(came))).await;
        });
    });
}

async fn within(
    question: &PinQuestion,
    looking: impl Future<Output = Result<Verification, NoAnswer>>,
) -> Result<Verification, NoAnswer> {
    tokio::time::timeout(question.deadline, looking).await.unwrap_or(Err(NoAnswer::Late))
}

/// The same work for a PIN that is known and for one that is not.
async fn look_up(
    authority: &Authority,
    key: &PinKey,
    question: &PinQuestion,
) -> Result<Verification, NoAnswer> {
    let Ok(pin) = Pin::parse(question.pin.reveal()) else {
        return Ok(Verdict::Unknown.said(VerifiedBy::Store));
    };
    let asked = Asked::Pin(key.hash(&pin));
    authority.verify(&asked, question.at, question.deadline).await.map_err(|why| match why {
        Unsaid::System(why) => why,
        Unsaid::Store(error) => {
            tracing::warn!("a PIN was not verified: {error}");
            NoAnswer::Unreachable
        }
    })
}
