//! The way from the engine's queues and calls to whoever watches them: shown when somebody asks; queues also while anybody
//! follows, whenever a call may have moved one. And the way of who is away to the engine.

use super::keeper::call_record;
use crate::net::ShellHandle;
use crate::node::Input;
use crate::node::journal::{Entry, What};
use crate::web::Floor;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::timeout;

/// Between two looks at the queues, or at the calls, whoever asks and however many calls move.
const PACE: Duration = Duration::from_millis(100);
/// How long an engine may take to answer: one in which a rule broke over the question never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Attends to the floor until the engine has ended; followers are sent away when it drains.
pub async fn attend(floor: Arc<Floor>, engine: ShellHandle) {
    let closing = async {
        engine.until_draining().await;
        floor.close();
        std::future::pending().await
    };
    tokio::select! {
        () = show_queues(&floor, &engine) => {}
        () = show_calls(&floor, &engine) => {}
        () = closing => {}
    }
}

async fn show_queues(floor: &Floor, engine: &ShellHandle) {
    let mut journal: Option<Receiver<Arc<Entry>>> = None;
    let mut away = floor.away();
    // What was said before this began.
    away.mark_changed();
    loop {
        tokio::select! {
            () = floor.asked() => {}
            _ = away.changed() => away.mark_changed(),
            () = moved(&mut journal) => {}
        }
        // What moves from here on is seen by the next look, what moved before by this one.
        journal = floor.is_watched().then(|| journal.take().unwrap_or_else(|| engine.journal()));
        journal.iter_mut().for_each(forget);
        // Who looks after somebody left sees them gone.
        if away.has_changed().unwrap_or(false) {
            let seats = away.borrow_and_update().clone();
            if engine.input(Input::Away(seats)).await.is_err() {
                return;
            }
        }
        match timeout(PATIENCE, engine.queues()).await {
            Ok(Ok(board)) => floor.show(board),
            Ok(Err(_ended)) => return,
            Err(_silent) => tracing::error!("the engine does not say how queues stand"),
        }
        // However much moves, watching costs no more than this.
        tokio::time::sleep(PACE).await;
    }
}

async fn show_calls(floor: &Floor, engine: &ShellHandle) {
    loop {
        floor.asked_for_calls().await;
        match timeout(PATIENCE, engine.calls()).await {
            Ok(Ok(stories)) => floor.show_calls(stories.iter().cloned().map(call_record).collect()),
            Ok(Err(_ended)) => return,
            Err(_silent) => tracing::error!("the engine does not say which calls it has"),
        }
        // However many ask, the engine is asked no more often than this.
        tokio::time::sleep(PACE).await;
    }
}

/// Waits until a call may have moved a queue; for ever where nobody follows.
async fn moved(journal: &mut Option<Receiver<Arc<Entry>>>) {
    let Some(journal) = journal else { return std::future::pending().await };
    loop {
        match journal.recv().await {
            Ok(entry) if !moves_queues(&entry.what) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // The engine's handle has the other end.
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn forget(journal: &mut Receiver<Arc<Entry>>) {
    while let Ok(_) | Err(TryRecvError::Lagged(_)) = journal.try_recv() {}
}

/// Steps too: a caller leaves a line for the next.
fn moves_queues(what: &What) -> bool {
    matches!(
        what,
        What::Queued { .. }
            | What::Step { .. }
            | What::Offered { .. }
            | What::NotTaken { .. }
            | What::Referred { .. }
            | What::Connected { .. }
            | What::DeskLeft
            | What::CallEnded { .. }
    )
}
