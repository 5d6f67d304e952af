//! What this program has just written, for whoever follows: names alone. What they name is read when somebody wants it.
//!
//! Several engines share a PostgreSQL: each tells what it wrote itself.

use super::rows::{BESIDE_THE_CALL, CaseColumns, case_of, entry_of};
use super::write::{array, read};
use super::{Store, StoreError, json};
use crate::case::{Case, Entry};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, FromRow, Row, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::broadcast::{Receiver, Sender};

/// Happenings kept for a follower that is slow to take them.
const KEPT: usize = 4_096;

/// Something that is on disk since just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// An entry of a case's timeline.
    Entry(EntryKey),
    /// The record of a call, by the engine's name for it.
    Call(String),
}

/// Which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryKey {
    case_number: i64,
    position: i64,
}

/// Something that happened to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Where it stands in the case's timeline.
    pub(super) position: i64,
    /// Of what kind it is, as of [`kinds`](super::json::kinds).
    pub kind: String,
    /// The case, without its timeline.
    pub case: Case,
    /// What happened.
    pub entry: Entry,
}

const ENTRIES: &str = "
    SELECT cases.number, cases.opened_at, cases.channel, cases.stage, CAST(cases.fields AS TEXT), cases.look_at,
        timeline.position, timeline.at, timeline.by, timeline.event
    FROM EACH($1)
    JOIN timeline ON timeline.case_number = CAST(value ->> 'case_number' AS BIGINT)
        AND timeline.position = CAST(value ->> 'position' AS BIGINT)
    JOIN cases ON cases.number = timeline.case_number
    ORDER BY timeline.at, timeline.case_number, timeline.position";

const LAST_OF_CALL: &str = "
    SELECT case_number, max(position) FROM timeline
    WHERE case_number IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1)) AND position < $2 GROUP BY case_number";

/// Who is told what was written.
pub(super) fn followers() -> Sender<Happening> {
    Sender::new(KEPT)
}

impl Happened {
    /// What it is known by outside: the same whenever and to whomever it is told, and of nothing else, also where a store
    /// was put back to an earlier state and other things happened since.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.case.number(), self.position, self.entry.at.as_millis())
    }
}

impl Store {
    /// What this program writes from now on, once it is on disk. A follower that is too slow is told how much it missed.
    pub fn follow(&self) -> Receiver<Happening> {
        self.followers.subscribe()
    }

    /// Entries, oldest first, each with its case as it is now. One that cannot be read is left out, and the log says so.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn happened(&self, keys: &[EntryKey]) -> Result<Vec<Happened>, StoreError> {
        let keys = serde_json::to_string(keys).expect("numbers in a struct are JSON");
        let query = sqlx::query(AssertSqlSafe(self.place.statement(ENTRIES))).bind(keys);
        let rows = query.fetch_all(&self.reading).await?;
        let read = rows.iter().map(happened);
        let told =
            read.filter_map(|one| one.map_err(|error| tracing::error!("nobody is told: {error}")).ok());
        Ok(told.collect())
    }

    /// Which of these entries (JSON) are new: those of a call come again with every state of it. None where nobody follows.
    pub(super) async fn new_among(
        &self,
        entries: &str,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<Vec<Happening>, StoreError> {
        if self.followers.receiver_count() == 0 || entries.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<EntryKey> = read(entries)?;
        let cases: BTreeSet<i64> = keys.iter().map(|key| key.case_number).collect();
        let query = sqlx::query_as(AssertSqlSafe(self.place.statement(LAST_OF_CALL)));
        let known: Vec<(i64, i64)> =
            query.bind(array(cases)).bind(BESIDE_THE_CALL as i64).fetch_all(&mut **transaction).await?;
        let known: BTreeMap<i64, i64> = known.into_iter().collect();
        let is_new = |key: &EntryKey| {
            key.position >= BESIDE_THE_CALL as i64
                || known.get(&key.case_number).is_none_or(|last| key.position > *last)
        };
        Ok(keys.into_iter().filter(is_new).map(Happening::Entry).collect())
    }

    /// Tells whoever follows what is on disk now.
    pub(super) fn tell_followers(&self, happenings: impl IntoIterator<Item = Happening>) {
        for happening in happenings {
            // Nobody may follow any more.
            let _untold = self.followers.send(happening);
        }
    }
}

fn happened(row: &AnyRow) -> Result<Happened, StoreError> {
    let (by, event): (String, String) = (row.try_get("by")?, row.try_get("event")?);
    let entry = entry_of(row.try_get("at")?, &by, &event)?;
    Ok(Happened {
        position: row.try_get("position")?,
        kind: json::kind(&entry.event),
        case: case_of(CaseColumns::from_row(row)?, Vec::new())?,
        entry,
    })
}
