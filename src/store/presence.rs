//! What agents chose to be: whether their seats are offered calls.

use super::{Store, StoreError};
use crate::base::UnixTime;
use crate::base::named::named;
use std::collections::BTreeMap;

named! {
    /// What an agent chose to be.
    #[derive(Default)]
    Presence {
        /// Offered calls.
        #[default]
        Available "available",
        /// Away for a while.
        OnBreak "on-break",
        /// Not at work.
        SignedOut "signed-out",
    }
}

impl Store {
    /// Keeps what an agent chose.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep_presence(
        &self,
        agent: &str,
        presence: Presence,
        at: UnixTime,
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO presences (agent, presence, chosen_at) VALUES ($1, $2, $3)
            ON CONFLICT (agent) DO UPDATE SET presence = excluded.presence, chosen_at = excluded.chosen_at";
        let query = sqlx::query(query).bind(agent.to_string()).bind(presence.name());
        query.bind(at.as_millis()).execute(&self.writing).await?;
        Ok(())
    }

    /// What agents chose, also those whom the settings name no more. What no program of this version wrote is nothing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn presences(&self) -> Result<BTreeMap<String, Presence>, StoreError> {
        let query = sqlx::query_as("SELECT agent, presence FROM presences ORDER BY agent LIMIT 10000");
        let rows: Vec<(String, String)> = query.fetch_all(&self.reading).await?;
        Ok(rows.into_iter().filter_map(|(agent, name)| Some((agent, Presence::from_name(&name)?))).collect())
    }
}
