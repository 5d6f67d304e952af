//! Lines asked without an engine: sockets and trunk machines in its place, for a few seconds.

use crate::audio::LibraryBuilder;
use crate::base::{Deadline, Now};
use crate::cli::running::{signaling_config, trunk_config};
use crate::cli::settings::Settings;
use crate::net::{Bound, ShellConfig, TrunkBoard, fresh_rng};
use crate::node::journal::{Entry, What};
use crate::node::{Input, Node, Output};
use crate::signaling::{self, Command, Counts, Endpoint, Event, RegistrationStanding, TrunkStanding};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How long answers are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether all are there.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How often a line without registration is asked: at once, and no second time.
const ONCE: Duration = Duration::from_secs(3600);

/// Trunks and nothing else.
struct Probe {
    endpoint: Endpoint,
    outbox: VecDeque<Output>,
}

/// How the trunks stand once each has answered, or did not in time.
///
/// # Errors
/// In one line, why nothing can be asked.
pub(super) async fn ask(
    settings: &Settings,
    wanted: &impl Fn(&str) -> bool,
) -> Result<Vec<TrunkStanding>, String> {
    let config = ShellConfig {
        advertise: settings.advertise,
        nameserver: settings.nameserver,
        tls: settings.tls.config()?,
        workers: 1,
        ..ShellConfig::new(settings.listen.clone(), settings.ports.clone())
    };
    let bound = Bound::bind(config).await.map_err(|error| error.to_string())?;
    let mut endpoint = Endpoint::new(signaling_config(settings, &bound, BTreeSet::new()), fresh_rng());
    for (name, trunk) in settings.trunks.iter().filter(|(name, _)| wanted(name)) {
        let (_, mut trunk) = trunk_config((name, trunk));
        if trunk.line.register.is_none() {
            trunk.line.keep_alive = Some(ONCE);
        }
        endpoint.add_trunk(trunk.line);
    }
    let probe = Probe { endpoint, outbox: VecDeque::new() };
    let library = Arc::new(LibraryBuilder::new().build());
    let shell = bound.start(probe, library).map_err(|error| error.to_string())?;
    let handle = shell.handle();
    let running = tokio::spawn(shell.run(std::future::pending()));
    let asked = settings.trunks.keys().filter(|name| wanted(name)).count();
    let settled = async {
        while !is_settled(&handle.trunks(), asked) {
            // How trunks stand is looked at, not told; the time for all of it is bounded below.
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    let _in_time = tokio::time::timeout(PATIENCE, settled).await;
    let found = handle.trunks().into_values().collect();
    handle.drain();
    running.await.map_err(|error| error.to_string())?;
    Ok(found)
}

/// Whether every trunk has said what it will.
fn is_settled(board: &TrunkBoard, asked: usize) -> bool {
    let registered = |standing: &TrunkStanding| match standing.registration {
        RegistrationStanding::NotWanted => standing.places.iter().all(|p| p.down || p.status.is_some()),
        RegistrationStanding::Wanted => false,
        RegistrationStanding::Standing { .. }
        | RegistrationStanding::Failing { .. }
        | RegistrationStanding::TakenBack => true,
    };
    let nameless = |standing: &TrunkStanding| standing.lookup.as_ref().is_some_and(|l| l.error.is_some());
    let done = |standing: &TrunkStanding| {
        nameless(standing) || (!standing.places.is_empty() && registered(standing))
    };
    board.len() == asked && board.values().all(done)
}

impl Probe {
    fn settle(&mut self, now: Now) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                signaling::Output::Transmit { flow, bytes } => {
                    self.outbox.push_back(Output::Transmit { flow, bytes });
                }
                signaling::Output::Resolve(lookup) => self.outbox.push_back(Output::Resolve(lookup)),
                signaling::Output::Event(event) => self.on_event(now, event),
            }
        }
    }

    fn on_event(&mut self, now: Now, event: Event) {
        if let Event::Trunk { standing, news } = event {
            let what = What::Trunk { standing, news };
            self.outbox.push_back(Output::Journal(Entry { at: now, call: None, what }));
        } else if let Event::Incoming { leg, .. } = event {
            // Nobody is there to talk to a caller: the carrier may try elsewhere.
            self.endpoint.handle_command(now, Command::Hangup { leg, status: 480, q850: 31 });
        }
    }
}

impl Node for Probe {
    fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Message { flow, bytes } => self.endpoint.handle_message(now, flow, &bytes),
            Input::TransportFailed { flow } => self.endpoint.handle_transport_error(now, flow),
            Input::Resolved(resolved) => self.endpoint.handle_resolved(now, resolved),
            Input::Drain | Input::Stop => self.endpoint.handle_command(now, Command::Drain),
            // It has no streams, no store, no plans.
            _ => {}
        }
        self.settle(now);
    }

    fn handle_deadline(&mut self, now: Now) {
        self.endpoint.handle_deadline(now);
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        self.endpoint.poll_deadline()
    }

    fn is_idle(&self) -> bool {
        self.endpoint.counts() == Counts::default()
    }

    fn is_free(&self) -> bool {
        let Counts { legs, owing, .. } = self.endpoint.counts();
        legs == 0 && owing == 0
    }
}
