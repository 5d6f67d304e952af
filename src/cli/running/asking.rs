//! The way from the plans' questions to the services outside, and from their answers to the engine.

use crate::net::Shell;
use crate::node::{Input, Node};
use crate::webhook::Webhooks;
use std::sync::Arc;

/// Asks whatever this shell's node asks. A question is a task of its own: nobody waits for another's answer.
pub(super) fn serve<N: Node>(webhooks: Webhooks, shell: &mut Shell<N>) {
    let (webhooks, engine) = (Arc::new(webhooks), shell.handle());
    shell.on_ask(move |question| {
        let (webhooks, engine) = (webhooks.clone(), engine.clone());
        tokio::spawn(async move {
            let answer = webhooks.ask(&question).await;
            let _ended = engine.input(Input::Told(question.told(answer))).await;
        });
    });
}
