//! SIGTERM and Ctrl-C.

use super::ShellHandle;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Lets the first SIGTERM or SIGINT drain the shell, and the second one stop it. Returns after that.
///
/// # Errors
/// Where signals cannot be listened for.
pub async fn obey_signals(handle: ShellHandle) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    either(&mut terminate, &mut interrupt).await;
    tracing::info!("draining: no new calls; a second signal ends those in progress");
    handle.drain();
    either(&mut terminate, &mut interrupt).await;
    handle.stop();
    Ok(())
}

async fn either(a: &mut Signal, b: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
    }
}
