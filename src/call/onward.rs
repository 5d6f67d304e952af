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

    /// Somebody who may asks for the desk's place.
    pub(super) fn arrive(&mut self, leg: LegKey) {
        self.legs.insert(leg, Leg::live());
        match self.is_connected() && self.arriving.is_none() {
            true => {
                self.arriving = Some(leg);
                self.outbox.push_back(Command::OpenPort(leg));
            }
            false => {
                self.legs.insert(leg, Leg::without_audio());
                self.part(leg, EndCause::DeskHungUp);
            }
        }
    }

    /// Their port is there: they are the desk from now on, unless the desk has gone meanwhile.
    pub(super) fn take_place(&mut self, leg: LegKey) {
        let Some(before) = self.desk.filter(|_| self.is_connected()) else {
            return self.give_up_place(leg, EndCause::DeskHungUp);
        };
        self.arriving = None;
        self.desk = Some(Desk { leg, purpose: Purpose::Referral, connected: true });
        self.outbox.push_back(Command::AnswerPlace(leg));
        self.outbox.push_back(Command::Unbridge(before.leg));
        self.part(before.leg, EndCause::DeskHungUp);
        self.outbox.push_back(Command::Bridge { caller: self.caller, desk: leg });
    }

    pub(super) fn give_up_place(&mut self, leg: LegKey, cause: EndCause) {
        if self.arriving.take_if(|arriving| *arriving == leg).is_some() {
            self.part(leg, cause);
            self.outbox.push_back(Command::PlaceGivenUp(leg));
        }
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
