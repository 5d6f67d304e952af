//! The round: again and again, the cases that time has changed.

use super::Office;
use crate::net::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Between two rounds: how late a clock may ring.
const PACE: Duration = Duration::from_secs(1);
/// Cases of one round; where there are more, the next begins at once.
const MOST: u32 = 200;

/// Goes round in an office.
#[derive(Debug)]
pub struct Round {
    office: Arc<Office>,
    clock: Clock,
}

impl Round {
    /// The round of an office.
    pub fn new(office: Arc<Office>, clock: Clock) -> Round {
        Round { office, clock }
    }

    /// Goes round until it is dropped. What a failing store holds up comes when it works again.
    pub async fn go(self) {
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_failing = false;
        loop {
            pace.tick().await;
            let looked = self.office.look_round(self.clock.now().wall, MOST).await;
            match looked {
                Ok(count) => {
                    is_failing = false;
                    if count >= MOST as usize {
                        pace.reset_immediately();
                    }
                }
                Err(error) if !std::mem::replace(&mut is_failing, true) => {
                    tracing::error!("clocks are not looked at: {error}");
                }
                Err(_) => {}
            }
        }
    }
}
