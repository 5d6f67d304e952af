//! What people do to a case: each act is checked whole before anything of it is done.

use super::CaseNumber;
use super::escalation::EscalationStep;
use super::fields::{Case, Field, FieldError, Writer};
use super::timeline::{By, Event};
use super::values::{Channel, Severity, Stage, Tier};
use crate::base::UnixTime;

/// The longest value of a field and the longest note, in bytes.
pub const LONGEST_WRITING: usize = 16 * 1024;

/// The fields that say who has the case: they change together, by [`Case::reassign`].
const ASSIGNMENT: &[&str] = &["desk", "tier", "agent"];

/// Why a person's act was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field cannot have this value.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A text is too long, or has control characters in it.
    #[error(
        "\"{field}\" takes text of at most {LONGEST_WRITING} bytes, without control characters but for line breaks"
    )]
    NoText {
        /// The field.
        field: &'static str,
    },
    /// Nothing was written.
    #[error("\"{field}\" is empty: write something, or null where it is not known")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// The field says who has the case.
    #[error("\"{field}\" changes when the case is reassigned, with the reason")]
    Reassign {
        /// The field.
        field: &'static str,
    },
    /// S1 without a number for the night.
    #[error("\"contact_24h\" is missing: S1 needs somebody who can be called day and night")]
    NoNightContact,
    /// S1 and S2 are opened by phone.
    #[error("\"severity\" S1 and S2 are opened by phone only")]
    PhoneOnly,
    /// A customer says of their own right to support that it was found to be right.
    #[error("\"entitlement\" is written down as it was said: whether it is right, others find out")]
    SelfVerified,
    /// A case linked to itself.
    #[error("\"{field}\" is the case itself")]
    Itself {
        /// The field.
        field: &'static str,
    },
    /// The case is closed.
    #[error("the case is closed: open it again first")]
    Closed,
    /// It is not closed.
    #[error("the case is not closed")]
    NotClosed,
    /// The customer is waited for already, or is not.
    #[error("the customer is {} waited for", if *.already { "already" } else { "not" })]
    Waiting {
        /// Whether the customer is waited for.
        already: bool,
    },
    /// Nothing of it changes.
    #[error("the case has that desk, tier and person already")]
    SameAssignment,
    /// Nothing was escalated, or somebody takes care of it already.
    #[error("nothing is escalated that nobody takes care of")]
    NotEscalated,
    /// Nobody is told at such a level.
    #[error("\"level\" takes a step of [escalation] in the settings, which has {levels}")]
    NoLevel {
        /// How many there are.
        levels: usize,
    },
}

impl Refusal {
    /// The field that is at fault, where one is.
    pub fn field(&self) -> Option<&str> {
        match self {
            Refusal::Field(FieldError::Unknown { name, .. }) => Some(name),
            Refusal::Field(
                FieldError::NotForPlans { name, .. }
                | FieldError::ReadOnly { name }
                | FieldError::BadValue { name, .. },
            ) => Some(name),
            Refusal::NoText { field }
            | Refusal::Empty { field }
            | Refusal::Reassign { field }
            | Refusal::Itself { field } => Some(field),
            Refusal::NoNightContact => Some("contact_24h"),
            Refusal::PhoneOnly => Some("severity"),
            Refusal::SelfVerified => Some("entitlement"),
            Refusal::NoLevel { .. } => Some("level"),
            Refusal::Closed
            | Refusal::NotClosed
            | Refusal::Waiting { .. }
            | Refusal::SameAssignment
            | Refusal::NotEscalated => None,
        }
    }
}

/// To whom a case goes; what is none stays as it is, but for the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The desk.
    pub desk: Option<String>,
    /// The tier.
    pub tier: Option<Tier>,
    /// The person; none: nobody yet.
    pub agent: Option<String>,
}

impl Case {
    /// Writes fields that the desk may write; none: not known. All of them or, where one is refused, none.
    ///
    /// # Errors
    /// The first that is refused.
    pub fn amend(&mut self, at: UnixTime, by: &By, changes: &[(&str, Option<&str>)]) -> Result<(), Refusal> {
        self.must_be_open()?;
        let mut next = self.clone();
        for (name, value) in changes {
            next.amend_one(at, by, name, *value)?;
        }
        let raised = next.severity == Some(Severity::S1) && self.severity != next.severity;
        let lost = self.contact_24h.is_some() && next.contact_24h.is_none();
        if next.severity == Some(Severity::S1) && next.contact_24h.is_none() && (raised || lost) {
            return Err(Refusal::NoNightContact);
        }
        *self = next;
        Ok(())
    }

    /// Fills in what a customer wrote on the web, where S1 and S2 are not opened, and nobody proves their own word.
    ///
    /// # Errors
    /// The first that is refused; then nothing was written.
    pub fn fill_in(&mut self, at: UnixTime, answers: &[(&str, Option<&str>)]) -> Result<(), Refusal> {
        let mut next = self.clone();
        for (name, value) in answers {
            match *name {
                "desk" => {
                    value.map_or(Ok(()), |value| writing("desk", value))?;
                    next.change(at, By::Customer, name, *value)?;
                }
                name => next.amend_one(at, &By::Customer, name, *value)?,
            }
        }
        if next.channel == Channel::Web && matches!(next.severity, Some(Severity::S1 | Severity::S2)) {
            return Err(Refusal::PhoneOnly);
        }
        if next.entitlement.as_ref().is_some_and(|entitlement| entitlement.verified) {
            return Err(Refusal::SelfVerified);
        }
        *self = next;
        Ok(())
    }

    /// Writes something down, for the desk alone or for the customer too.
    ///
    /// # Errors
    /// No text.
    pub fn note(&mut self, at: UnixTime, by: By, text: &str, public: bool) -> Result<(), Refusal> {
        writing("text", text)?;
        self.record(at, by, Event::Noted { text: text.to_string(), public });
        Ok(())
    }

    /// The customer was told how it stands.
    ///
    /// # Errors
    /// No text; the case is closed.
    pub fn reply(&mut self, at: UnixTime, by: By, text: &str) -> Result<(), Refusal> {
        self.must_be_open()?;
        writing("text", text)?;
        self.record(at, by, Event::Replied { text: text.to_string() });
        Ok(())
    }

    /// From here on the customer is waited for.
    ///
    /// # Errors
    /// That is so already; the case is closed.
    pub fn pause(&mut self, at: UnixTime, by: By) -> Result<(), Refusal> {
        self.must_be_open()?;
        if self.is_paused() {
            return Err(Refusal::Waiting { already: true });
        }
        self.record(at, by, Event::Paused);
        Ok(())
    }

    /// The customer has answered.
    ///
    /// # Errors
    /// The customer is not waited for; the case is closed.
    pub fn resume(&mut self, at: UnixTime, by: By) -> Result<(), Refusal> {
        self.must_be_open()?;
        if !self.is_paused() {
            return Err(Refusal::Waiting { already: false });
        }
        self.record(at, by, Event::Resumed);
        Ok(())
    }

    /// Gives the case to another desk, tier or person.
    ///
    /// # Errors
    /// Nothing of it changes, no reason; the case is closed.
    pub fn reassign(&mut self, at: UnixTime, by: By, to: Assignment, why: &str) -> Result<(), Refusal> {
        self.must_be_open()?;
        writing("why", why)?;
        for (field, name) in [("desk", &to.desk), ("agent", &to.agent)] {
            name.as_deref().map_or(Ok(()), |name| writing(field, name))?;
        }
        let stays = to.desk.as_ref().is_none_or(|desk| self.desk.as_ref() == Some(desk))
            && to.tier.is_none_or(|tier| self.tier == Some(tier))
            && to.agent == self.agent;
        if stays {
            return Err(Refusal::SameAssignment);
        }
        let Assignment { desk, tier, agent } = to;
        self.record(at, by, Event::Reassigned { desk, tier, agent, why: why.to_string() });
        Ok(())
    }

    /// Nothing is left to do.
    ///
    /// # Errors
    /// The case is closed already.
    pub fn close(&mut self, at: UnixTime, by: By) -> Result<(), Refusal> {
        self.must_be_open()?;
        self.record(at, by, Event::Closed);
        Ok(())
    }

    /// Something is left to do after all.
    ///
    /// # Errors
    /// The case is not closed.
    pub fn reopen(&mut self, at: UnixTime, by: By) -> Result<(), Refusal> {
        if self.stage != Stage::Closed {
            return Err(Refusal::NotClosed);
        }
        self.record(at, by, Event::Reopened);
        Ok(())
    }

    /// More than the desk is to look after the case, whatever was bought and however bad it is: who stands at that level
    /// of the plan is told now, and again until somebody takes care of it.
    ///
    /// # Errors
    /// The plan has no such level, no reason; the case is closed.
    pub fn escalate(
        &mut self,
        at: UnixTime,
        by: By,
        plan: &[EscalationStep],
        level: u8,
        why: &str,
    ) -> Result<(), Refusal> {
        self.must_be_open()?;
        writing("why", why)?;
        let step = usize::from(level).checked_sub(1).and_then(|step| plan.get(step));
        let step = step.ok_or(Refusal::NoLevel { levels: plan.len() })?;
        self.record(at, by, Event::Escalated { level, to: step.to.clone(), why: Some(why.to_string()) });
        Ok(())
    }

    /// Somebody takes care of what was escalated: nobody is told of it again.
    ///
    /// # Errors
    /// Nothing is escalated.
    pub fn take_escalation(&mut self, at: UnixTime, by: By) -> Result<(), Refusal> {
        if !self.has_open_escalation() {
            return Err(Refusal::NotEscalated);
        }
        self.record(at, by, Event::EscalationTaken);
        Ok(())
    }

    /// Whether the customer is waited for.
    pub fn is_paused(&self) -> bool {
        let last = self.timeline.iter().rev().find_map(|entry| match entry.event {
            Event::Paused => Some(true),
            Event::Resumed | Event::Closed => Some(false),
            _ => None,
        });
        last == Some(true)
    }

    fn amend_one(&mut self, at: UnixTime, by: &By, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        let field = Field::named(name)?;
        if field.writer == Writer::Engine {
            return Err(FieldError::ReadOnly { name: field.name }.into());
        }
        if ASSIGNMENT.contains(&field.name) {
            return Err(Refusal::Reassign { field: field.name });
        }
        value.map_or(Ok(()), |value| writing(field.name, value))?;
        if ["parent", "duplicate_of"].contains(&field.name)
            && value.and_then(|value| CaseNumber::parse(value).ok()) == Some(self.number)
        {
            return Err(Refusal::Itself { field: field.name });
        }
        Ok(self.change(at, by.clone(), name, value)?)
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Closed { Err(Refusal::Closed) } else { Ok(()) }
    }
}

/// Text as people may write it.
fn writing(field: &'static str, text: &str) -> Result<(), Refusal> {
    let is_clean = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    match text {
        text if text.trim().is_empty() => Err(Refusal::Empty { field }),
        text if text.len() > LONGEST_WRITING || !text.chars().all(is_clean) => Err(Refusal::NoText { field }),
        _ => Ok(()),
    }
}
