//! SIGTERM, Ctrl-C and SIGHUP.

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

/// SIGHUP, which no longer ends the process. Those that come while one is obeyed count as one.
#[derive(Debug)]
pub struct Hangups(Signal);

impl Hangups {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where signals cannot be listened for.
    pub fn listen() -> io::Result<Hangups> {
        signal(SignalKind::hangup()).map(Hangups)
    }

    /// Waits for the next; `None` where none can come any more.
    pub async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}

async fn either(a: &mut Signal, b: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
    }
}
