//! Changes that people make to a case, and that time makes: read, changed and written in one transaction.

use super::rows::{BESIDE_THE_CALL, CASE_COLUMNS, CaseColumns, EntryRow, known};
use super::write::{array, json};
use super::{Happening, Store, StoreError};
use crate::base::UnixTime;
use crate::case::{Case, CaseNumber};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, FromRow, Row, Transaction};

/// A case after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited<T> {
    /// The case as it is now.
    pub case: Case,
    /// Its version now.
    pub version: i64,
    /// What the change said.
    pub said: T,
}

/// Why a case was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError<E> {
    /// There is no such case.
    #[error("there is no case {0}")]
    None(CaseNumber),
    /// It is not the version that was expected: somebody else has changed it.
    #[error("the case has changed since: it is at version {version} now")]
    Changed {
        /// Its version.
        version: i64,
    },
    /// The change itself was refused.
    #[error("{0}")]
    Refused(E),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E> From<sqlx::Error> for EditError<E> {
    fn from(error: sqlx::Error) -> Self {
        EditError::Store(error.into())
    }
}

/// A case is held from the first statement on, so that nobody changes it meanwhile.
fn hold() -> String {
    format!(
        "UPDATE cases SET version = version + 1 WHERE number = $1 RETURNING {CASE_COLUMNS}, version,
        coalesce(amended, '{{}}') AS amended, coalesce(amended_stage, '') AS amended_stage"
    )
}

const AMEND: &str = "
    UPDATE cases SET fields = value -> 'fields', stage = value ->> 'stage', amended = value ->> 'amended',
        amended_stage = value ->> 'amended_stage', look_at = CAST(value ->> 'look_at' AS BIGINT)
    FROM EACH($1) WHERE cases.number = CAST(value ->> 'number' AS BIGINT)";

/// What clocks show is nobody's amendment: whoever writes the case next shows them anew.
const CLOCKS: &[&str] = &["clock", "first_response_due", "next_update_due"];

/// What a change writes.
#[derive(Serialize)]
struct Amendment {
    number: u32,
    stage: &'static str,
    fields: Map<String, Value>,
    /// A merge patch as text.
    amended: String,
    amended_stage: Option<String>,
    look_at: Option<i64>,
}

/// A case that is held, and what was amended before.
struct Held {
    case: Case,
    version: i64,
    amended: Map<String, Value>,
    amended_stage: Option<String>,
}

impl Store {
    /// Changes a case: all of what `act` does to it or, where that is refused, nothing. Where versions are expected, and
    /// the case has another, nothing is done. What changes nothing leaves the version alone.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub async fn edit<T, E>(
        &self,
        number: CaseNumber,
        expected: Option<&[i64]>,
        act: impl FnOnce(&mut Case) -> Result<T, E> + Send,
    ) -> Result<Edited<T>, EditError<E>> {
        let mut transaction = self.writing.begin().await?;
        let held = self.hold(number, &mut transaction).await?.ok_or(EditError::None(number))?;
        if expected.is_some_and(|expected| !expected.contains(&held.version)) {
            return Err(EditError::Changed { version: held.version });
        }
        let mut case = held.case.clone();
        let said = act(&mut case).map_err(EditError::Refused)?;
        if case == held.case {
            return Ok(Edited { case, version: held.version, said });
        }
        let version = held.version + 1;
        let happenings = self.amend(&held, &case, &mut transaction).await?;
        transaction.commit().await.map_err(StoreError::InDoubt)?;
        self.tell_followers(happenings);
        Ok(Edited { case, version, said })
    }

    /// Cases that time itself changes by `now`, the longest due first; at most `limit`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn to_look_at(&self, now: UnixTime, limit: u32) -> Result<Vec<CaseNumber>, StoreError> {
        let query = "SELECT number FROM cases WHERE look_at <= $1 ORDER BY look_at LIMIT $2";
        let query = sqlx::query_scalar(query).bind(now.as_millis()).bind(i64::from(limit));
        let numbers: Vec<i64> = query.fetch_all(&self.reading).await?;
        let parsed = numbers.iter().map(|number| CaseNumber::parse(&number.to_string()));
        parsed.collect::<Result<_, _>>().map_err(|error| StoreError::corrupt(error.to_string()))
    }

    /// Leaves a case alone until then, as one that nobody can read.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn put_off(&self, number: CaseNumber, until: UnixTime) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE cases SET look_at = $2 WHERE number = $1");
        query.bind(i64::from(number.as_u32())).bind(until.as_millis()).execute(&self.writing).await?;
        Ok(())
    }

    /// Has every case that is open looked at, where what they are judged by is not what it was before: `rules` stands for
    /// it. Whether it was so.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn judge_by(&self, rules: i64, now: UnixTime) -> Result<bool, StoreError> {
        let mut transaction = self.writing.begin().await?;
        let query = sqlx::query_scalar("SELECT next FROM counters WHERE name = 'rules'");
        if query.fetch_optional(&mut *transaction).await? == Some(rules) {
            return Ok(false);
        }
        let note = "INSERT INTO counters (name, next) VALUES ('rules', $1)
            ON CONFLICT (name) DO UPDATE SET next = excluded.next";
        sqlx::query(note).bind(rules).execute(&mut *transaction).await?;
        let look =
            "UPDATE cases SET look_at = $1 WHERE stage <> 'closed' AND (look_at IS NULL OR look_at > $1)";
        sqlx::query(look).bind(now.as_millis()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn hold(
        &self,
        number: CaseNumber,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<Option<Held>, StoreError> {
        let query = sqlx::query(AssertSqlSafe(hold())).bind(i64::from(number.as_u32()));
        let Some(row) = query.fetch_optional(&mut **transaction).await? else { return Ok(None) };
        let columns = CaseColumns::from_row(&row)?;
        let cases = self.with_timelines(vec![columns], &mut **transaction).await?;
        let case = cases.into_iter().next().ok_or_else(|| StoreError::corrupt("a case without a row"))?;
        held(case, &row).map(Some)
    }

    async fn amend(
        &self,
        held: &Held,
        case: &Case,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<Vec<Happening>, StoreError> {
        let query = "SELECT count(*) FROM timeline WHERE case_number = $1 AND position >= $2";
        let query = sqlx::query_scalar(query).bind(i64::from(case.number().as_u32()));
        let beside: i64 = query.bind(BESIDE_THE_CALL as i64).fetch_one(&mut **transaction).await?;
        let first = BESIDE_THE_CALL + usize::try_from(beside).unwrap_or(0);
        let new = case.timeline().iter().skip(held.case.timeline().len());
        let entries = new.zip(first..).map(|(entry, position)| EntryRow::of(case, position, entry));
        let amendment = json([Amendment::of(held, case)].into_iter());
        self.write_rows(AMEND, &amendment, transaction).await?;
        self.list_anew(&array([case.number().as_u32()]), transaction).await?;
        self.write_entries(&json(entries), transaction).await
    }
}

fn held(case: Case, row: &AnyRow) -> Result<Held, StoreError> {
    let amended: String = row.try_get("amended")?;
    let stage: String = row.try_get("amended_stage")?;
    let version: i64 = row.try_get("version")?;
    Ok(Held {
        case,
        version: version - 1,
        amended: serde_json::from_str(&amended).map_err(|error| StoreError::corrupt(error.to_string()))?,
        amended_stage: (!stage.is_empty()).then_some(stage),
    })
}

impl Amendment {
    fn of(held: &Held, case: &Case) -> Amendment {
        let (before, after) = (known(&held.case), known(case));
        let mut amended = held.amended.clone();
        for name in before.keys().chain(after.keys()).filter(|name| !CLOCKS.contains(name)) {
            if before.get(name) != after.get(name) {
                amended.insert((*name).to_string(), after.get(name).cloned().unwrap_or(Value::Null));
            }
        }
        let led = (case.stage() != held.case.stage()).then(|| case.stage().name().to_string());
        Amendment {
            number: case.number().as_u32(),
            stage: case.stage().name(),
            fields: after.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
            amended: Value::Object(amended).to_string(),
            amended_stage: led.or_else(|| held.amended_stage.clone()),
            look_at: case.look_at().map(UnixTime::as_millis),
        }
    }
}
