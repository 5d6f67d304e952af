//! What is still to be told outside. A row is written with its entry of the timeline, in one transaction, for each
//! receiver that asked for such entries, and goes when the receiver has taken it.
//!
//! ```text
//! (entry written) --> waiting --take--> taken for a while --was_told--> (gone)
//!                        ^                  |    |
//!                        +--not_told, ------+    +--give_up--> dead --tell_again--> waiting
//!                           or the while is over                  \--a month--> (gone)
//! ```
//!
//! Of one case a receiver is told one thing at a time, in order; what is dead keeps nothing waiting. Several engines take
//! from one outbox, each row by one of them at a time. What waits and what is dead, operations look at in `undelivered.rs`.

use super::rows::{CaseColumns, case_of, entry_of};
use super::write::{TIMELINE, array};
use super::{Happened, Happening, Store, StoreError};
use crate::base::UnixTime;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, FromRow, Row, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The kind that stands for every other.
const ANY: &str = "*";

/// Something to tell a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its row.
    seq: i64,
    /// What happened, with the case as it stood.
    pub happened: Happened,
    /// Which attempt to tell it this is, from 1.
    pub attempt: u32,
    /// When the first was.
    pub first_tried_at: UnixTime,
}

#[derive(Serialize)]
struct ReceiverRow<'a> {
    name: &'a str,
    kind: &'a str,
}

const FORGET_RECEIVERS: &str = "
    DELETE FROM receivers WHERE NOT EXISTS (
        SELECT 1 FROM EACH($1) WHERE value ->> 'name' = receivers.name AND value ->> 'kind' = receivers.kind)";

const RECEIVERS: &str = "
    INSERT INTO receivers (name, kind) SELECT value ->> 'name', value ->> 'kind' FROM EACH($1) WHERE true
    ON CONFLICT (name, kind) DO NOTHING";

const ORPHANS: &str = "
    SELECT receiver, count(*) FROM outbox
    WHERE receiver NOT IN (SELECT value ->> 'name' FROM EACH($1) WHERE true) GROUP BY receiver";

const FORGET_ORPHANS: &str = "
    DELETE FROM outbox WHERE receiver NOT IN (SELECT value ->> 'name' FROM EACH($1) WHERE true)";

/// Of entries that are about to be written, those that are not there yet, for each receiver that asked for their kind;
/// with the case as it stands with them.
const PUT: &str = "
    INSERT INTO outbox (receiver, case_number, position, kind, at, stage, fields, due_at)
    SELECT receivers.name, entry.case_number, entry.position, entry.name || coalesce('.' || entry.detail, ''),
        entry.at, cases.stage, cases.fields, entry.at
    FROM (
        SELECT CAST(value ->> 'case_number' AS BIGINT) AS case_number,
            CAST(value ->> 'position' AS BIGINT) AS position, CAST(value ->> 'at' AS BIGINT) AS at,
            value -> 'event' ->> 'event' AS name,
            coalesce(value -> 'event' ->> 'field', value -> 'event' ->> 'ring') AS detail
        FROM EACH($1) WHERE true
    ) AS entry
    JOIN receivers ON receivers.kind IN ('*', entry.name, entry.name || '.' || entry.detail)
    JOIN cases ON cases.number = entry.case_number
    WHERE NOT EXISTS (
        SELECT 1 FROM timeline
        WHERE timeline.case_number = entry.case_number AND timeline.position = entry.position)
    ORDER BY entry.case_number, entry.position";

const TAKE: &str = "
    WITH next AS (
        SELECT waiting.seq FROM outbox AS waiting
        WHERE waiting.receiver = $1 AND waiting.due_at <= $2 AND waiting.dead_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier WHERE earlier.receiver = waiting.receiver
            AND earlier.case_number = waiting.case_number AND earlier.seq < waiting.seq
            AND earlier.dead_at IS NULL)
        ORDER BY waiting.due_at, waiting.seq LIMIT $4 PASSING_HELD
    )
    UPDATE outbox SET due_at = $3, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, $2)
    WHERE seq IN (SELECT seq FROM next) RETURNING seq";

const TAKEN: &str = "
    SELECT cases.number, cases.opened_at, cases.channel, outbox.stage, CAST(outbox.fields AS TEXT), cases.look_at,
        outbox.seq, outbox.position, outbox.kind, outbox.attempts, outbox.first_tried_at, timeline.at, timeline.by,
        timeline.event
    FROM outbox JOIN cases ON cases.number = outbox.case_number
    JOIN timeline ON timeline.case_number = outbox.case_number AND timeline.position = outbox.position
    WHERE outbox.seq IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1)) ORDER BY outbox.seq";

const WAS_TOLD: &str = "
    DELETE FROM outbox WHERE seq IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1))";

/// What happened later to the same case waits as long: nobody looks at it in vain.
const NOT_TOLD: &str = "
    UPDATE outbox SET due_at = $4, why = CASE WHEN seq = $3 THEN $5 ELSE why END
    WHERE receiver = $1 AND case_number = $2 AND dead_at IS NULL";

impl Store {
    /// Writes entries of timelines, whose cases are written already; and what receivers are to be told of them. What
    /// followers are to be told once it is on disk.
    pub(super) async fn write_entries(
        &self,
        entries: &str,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<Vec<Happening>, StoreError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let new = self.new_among(entries, transaction).await?;
        let receivers = sqlx::query_scalar("SELECT count(*) FROM receivers");
        let receivers: i64 = receivers.fetch_one(&mut **transaction).await?;
        if receivers > 0 {
            self.write_rows(PUT, entries, transaction).await?;
        }
        self.write_rows(TIMELINE, entries, transaction).await?;
        Ok(new)
    }

    /// From here on these are told what happens, each the kinds it asked for (none: every kind); nobody else is. What
    /// still waited for others goes: how much, by receiver.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn tell(
        &self,
        receivers: &BTreeMap<&str, &BTreeSet<String>>,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows = receivers.iter().flat_map(|(name, kinds)| {
            let every = kinds.is_empty().then_some(ANY);
            kinds.iter().map(String::as_str).chain(every).map(|kind| ReceiverRow { name, kind })
        });
        let rows = array(rows);
        let mut transaction = self.writing.begin().await?;
        let orphans = sqlx::query_as(AssertSqlSafe(self.place.statement(ORPHANS))).bind(rows.clone());
        let orphans: Vec<(String, i64)> = orphans.fetch_all(&mut *transaction).await?;
        for statement in [FORGET_RECEIVERS, RECEIVERS, FORGET_ORPHANS] {
            self.write_rows(statement, &rows, &mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(orphans.into_iter().map(|(name, count)| (name, u64::try_from(count).unwrap_or(0))).collect())
    }

    /// What a receiver is to be told next, of each case the oldest, at most `most`. Nobody else takes it for `time`; by
    /// then it must be told, not told, or given up.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn take_outgoing(
        &self,
        receiver: &str,
        most: usize,
        now: UnixTime,
        time: Duration,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let query = sqlx::query_scalar(AssertSqlSafe(self.place.statement(TAKE))).bind(receiver.to_string());
        let query = query.bind(now.as_millis()).bind((now + time).as_millis());
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let taken: Vec<i64> = query.bind(most).fetch_all(&self.writing).await?;
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query(AssertSqlSafe(self.place.statement(TAKEN))).bind(numbers(&taken));
        let (mut outgoing, mut readable) = (Vec::new(), BTreeSet::new());
        for row in query.fetch_all(&self.writing).await? {
            match read(&row) {
                Ok(one) => {
                    readable.insert(one.seq);
                    outgoing.push(one);
                }
                Err(error) => tracing::error!("{receiver} is not told of something: {error}"),
            }
        }
        for seq in taken.iter().filter(|seq| !readable.contains(seq)) {
            self.bury(*seq, now, "the store has it no more as it was written").await?;
        }
        Ok(outgoing)
    }

    /// These were told, and are done.
    ///
    /// # Errors
    /// The database cannot be written: they will be told again.
    pub async fn was_told(&self, told: &[Outgoing]) -> Result<(), StoreError> {
        let seqs: Vec<i64> = told.iter().map(|outgoing| outgoing.seq).collect();
        self.write_rows(WAS_TOLD, &numbers(&seqs), &mut *self.writing.acquire().await?).await
    }

    /// This was not told, and is to be tried again at a moment; until then the receiver is told nothing of this case.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn not_told(
        &self,
        receiver: &str,
        outgoing: &Outgoing,
        again: UnixTime,
        why: &str,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(NOT_TOLD).bind(receiver.to_string());
        let query = query.bind(i64::from(outgoing.happened.case.number().as_u32())).bind(outgoing.seq);
        query.bind(again.as_millis()).bind(why.to_string()).execute(&self.writing).await?;
        Ok(())
    }

    /// This is tried no more.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn give_up(&self, outgoing: &Outgoing, now: UnixTime, why: &str) -> Result<(), StoreError> {
        self.bury(outgoing.seq, now, why).await
    }

    async fn bury(&self, seq: i64, now: UnixTime, why: &str) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE outbox SET dead_at = $2, why = $3 WHERE seq = $1").bind(seq);
        query.bind(now.as_millis()).bind(why.to_string()).execute(&self.writing).await?;
        Ok(())
    }
}

fn numbers(seqs: &[i64]) -> String {
    serde_json::to_string(seqs).expect("numbers are JSON")
}

fn read(row: &AnyRow) -> Result<Outgoing, StoreError> {
    let (by, event): (String, String) = (row.try_get("by")?, row.try_get("event")?);
    Ok(Outgoing {
        seq: row.try_get("seq")?,
        attempt: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        first_tried_at: UnixTime::from_millis(row.try_get("first_tried_at")?),
        happened: Happened {
            position: row.try_get("position")?,
            kind: row.try_get("kind")?,
            case: case_of(CaseColumns::from_row(row)?, Vec::new())?,
            entry: entry_of(row.try_get("at")?, &by, &event)?,
        },
    })
}
