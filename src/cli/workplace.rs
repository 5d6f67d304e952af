//! Everything a command works with: settings, prompts and plans, loaded together.

use super::settings::{self, Settings, Surroundings};
use super::skies::skies;
use super::{library, plans};
use crate::audio::{Library, tone};
use crate::base::{
    Clip, Coverage, Known, Language, PromptId, Rights, Secret, UnixTime, Verdict, Verification, VerifiedBy,
};
use crate::calendar::Calendar;
use crate::case::CaseNumber;
use crate::cli::customer::Book;
use crate::cli::simulate;
use crate::customer;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::dialplan::simulate::WalkWorld;
use crate::dialplan::{Desk, PlanSet, Trial, try_out};
use crate::engine::desk_state;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// One cycle of the ringback tone.
const RINGBACK: Duration = Duration::from_secs(3);

/// Settings, prompts and plans that fit each other.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The settings.
    pub settings: Settings,
    /// The desks' hours.
    pub calendar: Calendar,
    /// The prompts.
    pub library: Arc<Library>,
    /// Their files, as they were when they were decoded.
    decoded: library::Decoded,
    /// The plans.
    pub plans: Arc<PlanSet>,
    /// What is doubtful.
    pub warnings: Vec<Diagnostic>,
    /// What webhooks answer where a call is walked; one that is not here never does.
    pub answers: BTreeMap<String, String>,
    /// What is known of a caller before a walked call begins.
    pub known: Known,
    /// Who says what comes of a PIN where a call is walked.
    pub verifier: Verifier,
}

/// Who says what comes of a PIN.
#[derive(Clone, Debug, Default)]
pub enum Verifier {
    /// Whoever the settings have; a walk asks nobody.
    #[default]
    Settings,
    /// These customers.
    Book(Arc<Book>),
    /// Whoever was asked of this one PIN said this.
    Answered(Secret<String>, Verification),
    /// Every PIN is good for this.
    Vouched(Rights),
}

impl Workplace {
    /// Loads everything. With a dialplan named, that one in place of the settings' plans.
    ///
    /// # Errors
    /// Everything that is wrong, in all files that can be judged.
    pub fn load(config: Option<&Path>, dialplan: Option<&Path>) -> Result<Workplace, Vec<Diagnostic>> {
        let mut loaded = settings::load(config, &Surroundings::of_process())?;
        if let Some(dialplan) = dialplan {
            loaded.settings.dialplans = dialplan.to_path_buf();
        }
        Workplace::read(loaded.settings, loaded.warnings, None)
    }

    /// The same settings with plans and prompts as their files are now, where every call ends as the plans
    /// expect. Recordings that did not change are those of this workplace.
    ///
    /// # Errors
    /// As [`Workplace::load`], but for the settings; and every expectation that does not hold.
    pub fn reloaded(&self) -> Result<Workplace, Vec<Diagnostic>> {
        let mut workplace = Workplace::read(self.settings.clone(), Vec::new(), Some(&self.decoded))?;
        let mut found = Diagnostics::new();
        found.extend(workplace.try_out(super::now()).found);
        let ((), doubtful) = found.finish(Some(()))?;
        workplace.warnings.extend(doubtful);
        Ok(workplace)
    }

    /// Whether the other has the same plans and the same prompts as this one.
    pub fn plays_as(&self, other: &Workplace) -> bool {
        self.plans.versions() == other.plans.versions() && self.library.shares_all_with(&other.library)
    }

    fn read(
        settings: Settings,
        warnings: Vec<Diagnostic>,
        before: Option<&library::Decoded>,
    ) -> Result<Workplace, Vec<Diagnostic>> {
        let mut found = Diagnostics::new();
        found.extend(warnings);
        let manifest = library::load_manifest(&settings.prompts)?;
        let names = plans::names(&settings, &manifest, super::now());
        let plans = keep(plans::load(&[&settings.dialplans], &names), &mut found);
        let decoded = match before {
            Some(before) => library::decode_changed(&settings.prompts, &manifest, before),
            None => library::decode(&settings.prompts, &manifest),
        };
        let decoded = keep(decoded.map(|decoded| (decoded, Vec::new())), &mut found);
        let ((plans, decoded), warnings) = found.finish(plans.zip(decoded))?;
        Ok(Workplace { warnings, ..Workplace::of(settings, plans, decoded) })
    }

    /// These settings with plans and prompts that were checked against them.
    pub fn of(settings: Settings, plans: PlanSet, decoded: library::Decoded) -> Workplace {
        let (calendar, library) = (settings.calendar(), decoded.library.clone());
        Workplace {
            calendar,
            settings,
            library,
            decoded,
            plans: plans.into(),
            warnings: Vec::new(),
            answers: BTreeMap::new(),
            known: Known::default(),
            verifier: Verifier::Settings,
        }
    }

    /// Its prompts, and their files as they were.
    pub fn decoded(&self) -> &library::Decoded {
        &self.decoded
    }

    /// Tries every plan under the hours to come: what is broken, and what was seen to hold. What somebody
    /// closed by hand is open again for it: an emergency breaks no expectation.
    pub fn try_out(&self, now: UnixTime) -> Trial {
        let mut usual = self.clone();
        for name in self.settings.desks.keys() {
            if let Some(desk) = usual.calendar.desk_mut(name) {
                desk.end_emergency();
            }
        }
        let skies = skies(&usual.calendar, now);
        let mut all = Trial::default();
        for plan in self.plans.plans() {
            let Trial { found, proved } = try_out(plan, &skies, &usual);
            all.found.extend(found);
            all.proved.extend(proved.into_iter().map(|line| format!("{}: {line}", plan.name())));
        }
        all
    }
}

/// What would be wrong with the plans of these settings, and is not now, if one of their files had this
/// text. What is wrong already is not the text's doing. Recordings that did not change since `before` are
/// taken from there.
pub fn new_mistakes(
    settings: &Settings,
    before: &library::Decoded,
    file: &Path,
    text: &str,
) -> Vec<Diagnostic> {
    let now = super::now();
    let mistakes = |instead| {
        let manifest = library::load_manifest(&settings.prompts)?;
        let names = plans::names(settings, &manifest, now);
        let (plans, _) = plans::load_with(&[&settings.dialplans], &names, instead)?;
        let decoded = library::decode_changed(&settings.prompts, &manifest, before)?;
        let mut found = Diagnostics::new();
        found.extend(Workplace::of(settings.clone(), plans, decoded).try_out(now).found);
        found.finish(Some(())).map(drop)
    };
    let Err(mut found) = mistakes(Some((file, text))) else { return Vec::new() };
    let today = mistakes(None).err().unwrap_or_default();
    found.retain(|diagnostic| diagnostic.severity == Severity::Error && !today.contains(diagnostic));
    found
}

/// Keeps what was found, and the value where there is one.
pub fn keep<T>(result: Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>, found: &mut Diagnostics) -> Option<T> {
    match result {
        Ok((value, warnings)) => {
            found.extend(warnings);
            Some(value)
        }
        Err(errors) => {
            found.extend(errors);
            None
        }
    }
}

impl WalkWorld for Workplace {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        desk_state(&self.calendar, desk, at)
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        self.library.sound(prompt, language).is_some()
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        match clip {
            Clip::Prompt(id, language) => self.library.duration(id, *language).unwrap_or_default(),
            Clip::Pause(length) => *length,
            Clip::Ringback => RINGBACK,
            Clip::Beep => tone::beep().duration(),
        }
    }

    fn case_number(&self) -> String {
        CaseNumber::from_sequence(1).map(|number| number.to_string()).unwrap_or_default()
    }

    fn answer(&self, webhook: &str) -> Option<String> {
        self.answers.get(webhook).cloned()
    }

    fn known(&self) -> Known {
        self.known
    }

    fn takes_pins(&self) -> bool {
        self.settings.customers.pins || !matches!(self.verifier, Verifier::Settings)
    }

    fn verify(&self, pin: &Secret<String>, at: UnixTime) -> Option<Verification> {
        match &self.verifier {
            Verifier::Settings => None,
            Verifier::Book(book) => Some(book.verify(pin, at).said(VerifiedBy::Walk)),
            Verifier::Answered(answered, came) if answered == pin => Some(came.clone()),
            Verifier::Answered(..) => Some(Verdict::Unknown.said(VerifiedBy::Store)),
            Verifier::Vouched(rights) => {
                Some(Verdict::Verified(Box::new(rights.clone())).said(VerifiedBy::Walk))
            }
        }
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        customer::cover(known, language)
    }
}

impl simulate::Settings for Workplace {
    fn dial_target(&self, desk: &str) -> Option<String> {
        self.settings.desks.get(desk)?.dial.first().map(|target| target.to.to_string())
    }

    fn transfer_target(&self, name: &str) -> Option<String> {
        Some(self.settings.transfers.get(name)?.target.to.to_string())
    }
}
