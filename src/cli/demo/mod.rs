//! The demonstration: an engine's two hours, a desk phone, a Global TAC phone and two callers on loopback.
//!
//! Two acts at once over real SIP and RTP: a caller inside hours presses 2, 1 and reaches the desk; a
//! caller on a public holiday presses the same and reaches the Global TAC with an interpreter. The wall
//! clock shows the act's hour; everything else is the engine as it is served.
//!
//! Owns: who plays, what they do, what must come of it. Does not know: how a call is routed; it reads
//! the cases and the INVITEs as anybody could.
//!
//! Invariants: every port is one that the system had free; the folder has a store and recordings
//! of the last demonstration only.

mod act;
mod stage;
mod verdict;

use super::handset::Ear;
use super::output::print;
use super::running::Refused;
use super::workplace::Workplace;
use crate::store::Store;
use act::{Act, INSIDE, OUTSIDE};
use stage::Stage;
use std::path::Path;

/// Plays both acts. Whether both callers came where they should.
///
/// # Errors
/// Something could not be opened: ports, folder, store.
pub async fn run(workplace: &Workplace, folder: &Path) -> Result<bool, Refused> {
    let url = fresh_store(folder).map_err(Refused::Line)?;
    let mut workplace = workplace.clone();
    workplace.settings.store_url = url.clone();
    workplace.settings.spool = folder.join("spool.jsonl");
    // Nobody outside is told of what only plays.
    workplace.settings.events.clear();
    let library = workplace.library.clone();
    let ear = tokio::task::spawn_blocking(move || Ear::new(&library));
    let mut stage = Stage::set(&mut workplace).await.map_err(Refused::Line)?;
    let inside = Act::open(&INSIDE, &workplace, &stage).await?;
    let outside = Act::open(&OUTSIDE, &workplace, &stage).await?;
    print("two callers press 2 and 1: \"inside\" on a working day, \"outside\" on a public holiday\n\n");
    let (first, second) = tokio::join!(inside.play(), outside.play());
    let ear = ear.await.map_err(|error| Refused::Line(error.to_string()))?;
    let store = Store::open_existing(&url).await.map_err(|error| Refused::Line(error.to_string()))?;
    let ends = [(first.map_err(Refused::Line)?, &INSIDE), (second.map_err(Refused::Line)?, &OUTSIDE)];
    let mut good = true;
    for (played, cast) in ends {
        let answered = stage.answered(cast.desk).await;
        good &= verdict::tell(cast, &played, answered.as_ref(), &store, &ear, folder)
            .await
            .map_err(Refused::Line)?;
    }
    store.close().await;
    stage.clear();
    print(if good {
        "both callers came where they should\n"
    } else {
        "a caller did not come where they should\n"
    });
    Ok(good)
}

/// The folder, and a store in it without the last demonstration's cases.
fn fresh_store(folder: &Path) -> Result<String, String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    for name in ["cases.db", "cases.db-wal", "cases.db-shm", "spool.jsonl"] {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("cannot remove {}: {error}", path.display()));
            }
            _ => {}
        }
    }
    Ok(format!("sqlite:{}", folder.join("cases.db").display()))
}
