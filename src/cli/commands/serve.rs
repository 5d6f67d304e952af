//! `madoguchi serve`: the engine, until SIGTERM or Ctrl-C.

use super::{BAD, GOOD, Status, bad, runtime};
use crate::calendar::State;
use crate::cli::output::{complain_line, complain_of, print};
use crate::cli::running::{
    LogFormat, Logging, Manner, Operations, Refused, Reloading, Running, Watching, api, attend, start_logging,
};
use crate::cli::workplace::Workplace;
use crate::diag::Diagnostic;
use crate::net::{Hangups, obey_signals};
use crate::signaling::Transport;
use crate::web::{AdminListener, HttpListener, Proxies};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

#[derive(Debug, Default, clap::Args)]
#[command(after_help = "How much is logged: MADOGUCHI_LOG=debug (or info, warn, error).\n\
    Dialplans and prompts are read again when a file changes ([dialplan] watch), at SIGHUP, and for\n\
    `madoguchi reload`: where they are good, new calls take them and calls in progress finish on theirs;\n\
    where not, the log says why and nothing changes. Settings need a restart. The certificate of\n\
    [sip] is read again too.\n\
    [admin] listen serves GET /healthz, /readyz, /metrics, /plans, /trunks, /phones and POST /reload, /plans/rollback.\n\
    [http] listen serves the API, which /api/openapi.json describes.\n\
    The first SIGTERM or Ctrl-C lets calls in progress finish, the second ends them.\n\
    Example: madoguchi serve --config /etc/madoguchi.toml")]
pub(super) struct Args {
    /// How logs are printed
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
    /// Show telephone numbers in logs in full
    #[arg(long)]
    show_numbers: bool,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let logging = match start_logging(self.log_format, "info") {
            Ok(logging) => logging,
            Err(why) => {
                complain_line(why);
                return BAD;
            }
        };
        let workplace = match Workplace::load(config, None) {
            Ok(workplace) => workplace,
            Err(found) => return bad(&found),
        };
        complain_of(&workplace.warnings);
        // A desk that does not open is worse than a call that ends elsewhere than its plan expects: told, not refused.
        let doubts = workplace.try_out(super::now()).found;
        complain_of(&doubts.into_iter().map(Diagnostic::as_warning).collect::<Vec<_>>());
        let manner = Manner { show_numbers: self.show_numbers, ..Manner::default() };
        let served = runtime()
            .map_err(Refused::Line)
            .and_then(|runtime| runtime.block_on(serve(&workplace, manner, &logging)));
        match served {
            Ok(()) => GOOD,
            Err(refused) => refused.print(),
        }
    }
}

impl Refused {
    /// Says why on standard error.
    pub(super) fn print(self) -> Status {
        match self {
            Refused::Line(why) => complain_line(why),
            Refused::Found(found) => complain_of(&found),
        }
        BAD
    }
}

async fn serve(workplace: &Workplace, manner: Manner, logging: &Logging) -> Result<(), Refused> {
    let hangups = Hangups::listen().map_err(|error| Refused::Line(format!("cannot obey SIGHUP: {error}")))?;
    let admin =
        AdminListener::bind(workplace.settings.admin).await.map_err(|e| Refused::Line(e.to_string()))?;
    let http = HttpListener::bind(workplace.settings.http).await.map_err(|e| Refused::Line(e.to_string()))?;
    let mut running = Running::start(workplace, manner).await?;
    let (reloading, reloader) = Reloading::new(workplace.clone(), &running);
    let api = api(&mut running, &workplace.settings, reloader.clone()).await?;
    let greeting = greeting(workplace, &running, admin.address(), http.address());
    let operations = Arc::new(Operations::new(&running, reloader.clone(), logging));
    let proxies = Proxies::new(workplace.settings.proxies.clone());
    // They end with the engine.
    let mut beside = JoinSet::new();
    beside.spawn(said("signals", obey_signals(running.handle())));
    beside.spawn(said("admin", admin.serve(operations)));
    let floor = api.floor();
    beside.spawn(attend(floor.clone(), running.handle()));
    beside.spawn(said("http", http.serve(api, proxies)));
    beside.spawn(reloading.serve());
    beside.spawn(reloader.clone().obey(hangups));
    if workplace.settings.watch {
        beside.spawn(Watching::start(&workplace.settings).obey(reloader));
    }
    print(&greeting);
    let ended = running.run().await.map_err(Refused::Line)?;
    floor.until_empty().await;
    tracing::info!(?ended, "ended");
    Ok(())
}

/// Work that goes on beside the engine; the log says where it cannot.
async fn said(what: &'static str, work: impl Future<Output = std::io::Result<()>>) {
    if let Err(error) = work.await {
        tracing::error!("{what}: {error}");
    }
}

/// Where it listens and how to call it.
fn greeting(workplace: &Workplace, running: &Running, admin: SocketAddr, http: SocketAddr) -> String {
    let listening: Vec<String> = running.listening().iter().map(ToString::to_string).collect();
    let mut text = format!("listening on {}\n", listening.join(", "));
    let _infallible = writeln!(text, "admin on http://{admin}");
    let _infallible = writeln!(text, "API on http://{http}/api/openapi.json");
    let (first, last) = (workplace.settings.ports.start(), workplace.settings.ports.end());
    let _infallible =
        writeln!(text, "audio on UDP ports {first}-{last}, up to {} calls at once", running.max_calls());
    for plan in workplace.plans.plans() {
        let numbers: Vec<String> = plan.numbers().map(|number| number.national()).collect();
        let _infallible = writeln!(text, "plan {} answers {}", plan.name(), numbers.join(", "));
    }
    let now = super::now();
    for (name, schedule) in workplace.calendar.desks() {
        let state = match schedule.state(now) {
            State::Open { .. } => "open".to_string(),
            State::Closed { reason, .. } => format!("closed ({})", reason.name()),
        };
        let _infallible = writeln!(text, "desk {name}: {state}");
    }
    text + &how_to_call(workplace, running)
}

fn how_to_call(workplace: &Workplace, running: &Running) -> String {
    let number = workplace.plans.numbers().into_iter().next().unwrap_or_else(|| "100".to_string());
    let udp = running.listening().iter().find(|listen| listen.transport == Transport::Udp);
    let softphone = udp.map_or(String::new(), |listen| {
        format!(", or from a softphone without account: sip:{number}@{}", listen.address)
    });
    format!("call it: madoguchi call {number} --keys 21{softphone}\n")
}
