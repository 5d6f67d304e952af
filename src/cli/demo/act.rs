//! One act: an engine at an hour, a caller, and the call's way.

use super::stage::{Stage, address_of, anywhere};
use crate::base::UnixTime;
use crate::cli::handset::{Handset, Manner, Scene, hang_up, voice};
use crate::cli::output::print;
use crate::cli::running::{Manner as EngineManner, Refused, Running, reach};
use crate::cli::workplace::Workplace;
use crate::net::{ShellHandle, TlsConfig};
use crate::node::journal::{Entry, What};
use crate::phone::{self, KeyStyle, OnCall, Placing, Visit};
use crate::sip::{Host, NameAddr, SipUri, Uri};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

/// What is dialled.
const NUMBER: &str = "0120339836";
/// How long caller and desk talk.
const TALK: Duration = Duration::from_secs(3);
/// By then the caller talks, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);

/// Who plays, when, and what must come of it.
pub(super) struct Cast {
    pub(super) name: &'static str,
    /// The wall clock at the beginning.
    wall: UnixTime,
    caller: &'static str,
    /// Keys, each with the time before it. The third stops the notice that follows the menus.
    keys: &'static [(u64, char)],
    ports: RangeInclusive<u16>,
    /// The desk that must take the call.
    pub(super) desk: &'static str,
    /// The queue it must come through.
    pub(super) queue: Option<&'static str>,
    /// What the INVITE to the desk must say of an interpreter.
    pub(super) interpreter: Option<&'static str>,
}

/// 2026-02-10, a Tuesday, 10:00 in Tokyo.
pub(super) const INSIDE: Cast = Cast {
    name: "inside",
    wall: UnixTime::from_secs(1_770_685_200),
    caller: "0312345678",
    keys: &[(1_000, '2'), (1_000, '1')],
    ports: 30_000..=30_999,
    desk: "japan",
    queue: Some("japan-technical"),
    interpreter: None,
};

/// 2026-02-11, National Foundation Day, 10:00 in Tokyo.
pub(super) const OUTSIDE: Cast = Cast {
    name: "outside",
    wall: UnixTime::from_secs(1_770_771_600),
    caller: "0698765432",
    keys: &[(1_000, '2'), (1_000, '1'), (1_500, '#')],
    ports: 31_000..=31_999,
    desk: "global",
    queue: None,
    interpreter: Some("ja"),
};

/// An act whose engine listens and whose caller is about to dial.
pub(super) struct Act {
    engine: JoinHandle<Result<(), String>>,
    handle: ShellHandle,
    journal: Receiver<Arc<Entry>>,
    caller: Handset,
    placing: Placing,
    cast: &'static Cast,
}

/// What came of an act.
pub(super) struct Played {
    pub(super) visit: Option<Visit>,
    pub(super) case: Option<String>,
}

impl Act {
    /// Starts the act's engine and takes its caller's phone from the shelf.
    pub(super) async fn open(
        cast: &'static Cast,
        workplace: &Workplace,
        stage: &Stage,
    ) -> Result<Act, Refused> {
        let mut workplace = workplace.clone();
        workplace.settings.listen = vec![anywhere()];
        workplace.settings.ports = cast.ports.clone();
        let mut running =
            Running::start(&workplace, EngineManner { wall: Some(cast.wall), show_numbers: false }).await?;
        let engine = address_of(running.listening()).map_err(Refused::Line)?;
        let caller =
            Handset::bind(vec![anywhere()], TlsConfig::default(), None).await.map_err(Refused::Line)?;
        let address = address_of(&caller.bound().listening()).map_err(Refused::Line)?;
        let mut others = stage.addresses();
        others.insert(address, "caller".to_string());
        let label = cast.name;
        let scene = Scene::new("engine", others, "other", move |line| print(&format!("{label:<8}{line}")));
        running.shell.on_wire(scene.tap());
        running.shell.on_journal(move |entry| scene.enter(entry));
        let uri = SipUri::new(Some(NUMBER), Host::from(engine.ip()), Some(engine.port()));
        let target = reach(&uri, caller.bound()).await.map_err(Refused::Line)?;
        let from = NameAddr::new(Uri::sip(Some(cast.caller), Host::from(address.ip()), None));
        let placing = Placing { target, from, headers: Vec::new(), patience: PATIENCE };
        let (handle, journal) = (running.handle(), running.handle().journal());
        let engine = tokio::spawn(async move { running.run().await.map(|_| ()) });
        Ok(Act { engine, handle, journal, caller, placing, cast })
    }

    /// The call, until it is over and the engine has nothing left.
    pub(super) async fn play(mut self) -> Result<Played, String> {
        let talking = self.caller.start(caller(self.cast), Some(self.placing), Scene::unseen())?;
        let caller = talking.handle();
        let (mut visits, work) = talking.split();
        let phone = tokio::spawn(work);
        let mut case = None;
        let talk = talk(&mut self.journal, &mut case);
        let _too_late = tokio::time::timeout(PATIENCE, talk).await;
        let visit = hang_up(&caller, &mut visits).await;
        phone.await.map_err(|error| error.to_string())?;
        self.handle.stop();
        self.engine.await.map_err(|error| error.to_string())??;
        Ok(Played { visit, case })
    }
}

fn caller(cast: &Cast) -> Manner {
    let press = |(pause, key): &(u64, char)| {
        let digit = crate::base::Digit::from_char(*key);
        [phone::Act::Wait(Duration::from_millis(*pause)), phone::Act::Press(digit.into_iter().collect())]
    };
    Manner {
        on_call: OnCall::Refuse(486),
        script: cast.keys.iter().flat_map(press).collect(),
        keys: KeyStyle::Event,
        says: Some(voice(300.0)),
        ..Manner::answering("caller", Duration::ZERO)
    }
}

/// Until the call was connected and some words were spoken, or it is over.
async fn talk(journal: &mut Receiver<Arc<Entry>>, case: &mut Option<String>) {
    loop {
        match journal.recv().await.as_deref().map(|entry| &entry.what) {
            Ok(What::CaseOpened { number }) => *case = Some(number.clone()),
            // The parties talk: a demonstration lasts as long as people take.
            Ok(What::Connected { .. }) => break tokio::time::sleep(TALK).await,
            Ok(What::CallGone) | Err(RecvError::Closed) => break,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
        }
    }
}
