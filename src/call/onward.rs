//! A desk that refers its caller elsewhere: the place it names rings while the desk's leg stands by.
//!
//! ```text
//!                  Refer                       answered
//!   desk talks ------------> place rings ------------------> place talks, the desk is parted
//!       ^                      |     | the desk hangs up
//!       +------ not taken -----+     v
//!                              place rings, nobody stands by -- not taken --> stranded
//! ```

use super::leg::Leg;
use super::{Call, Command, Desk, Failure, Phase, Purpose};
use crate::base::{EndCause, LegKey};

impl Call {
    pub(super) fn refer(&mut self, leg: LegKey) {
        let Some(desk) = self.desk.filter(|_| self.is_connected() && self.phase == Phase::Up) else { return };
        self.legs.insert(leg, Leg::planned());
        self.onward = Some(leg);
        self.outbox.push_back(Command::Unbridge(desk.leg));
        self.outbox.push_back(Command::OpenPort(leg));
    }

    pub(super) fn onward_answered(&mut self, leg: LegKey) {
        let next = Desk { leg, purpose: Purpose::Referral, connected: true };
        self.onward = None;
        self.desk_was_lost = false;
        self.outbox.push_back(Command::Referred(leg));
        if let Some(before) = self.desk.replace(next) {
            self.part(before.leg, EndCause::DeskHungUp);
        }
        self.outbox.push_back(Command::Bridge { caller: self.caller, desk: leg });
    }

    /// Whom the desk referred the caller to did not take the call: back to the desk, where it has waited.
    pub(super) fn onward_gone(&mut self, leg: LegKey, why: Failure) {
        self.onward = None;
        match self.desk {
            Some(desk) => {
                self.outbox.push_back(Command::Bridge { caller: self.caller, desk: desk.leg });
                self.outbox.push_back(Command::ReferralFailed(leg, why));
            }
            None => self.outbox.push_back(Command::CallerStranded(leg, why)),
        }
    }
}
