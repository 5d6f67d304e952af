//! Who is who on a ladder, and where its lines go as they happen.

use crate::net::{Heading, PacketTap, WireEvent};
use crate::node::journal::Entry;
use crate::sim::ladder::{Rung, line};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Columns of what is said, before codecs.
const WHAT: usize = 22;

/// A ladder seen from one party. Cheap to clone.
#[derive(Clone)]
pub struct Scene {
    us: Arc<str>,
    others: Arc<BTreeMap<SocketAddr, String>>,
    stranger: Arc<str>,
    print: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Scene {
    /// Our name, the others' by address, what everybody else is called, and who prints a line.
    pub fn new(
        us: &str,
        others: BTreeMap<SocketAddr, String>,
        stranger: &str,
        print: impl Fn(&str) + Send + Sync + 'static,
    ) -> Scene {
        Scene { us: us.into(), others: others.into(), stranger: stranger.into(), print: Arc::new(print) }
    }

    /// A phone whose doings nobody reads.
    pub fn unseen() -> Scene {
        Scene::new("", BTreeMap::new(), "", |_| {})
    }

    /// Draws every message.
    pub fn tap(&self) -> PacketTap {
        let scene = self.clone();
        Box::new(move |event| scene.draw(&scene.message(event)))
    }

    /// Draws what a journal entry says, where messages do not say it.
    pub fn enter(&self, entry: &Entry) {
        if let Some(rung) = Rung::entry(&self.us, entry) {
            self.draw(&rung);
        }
    }

    fn message(&self, event: &WireEvent<'_>) -> Rung {
        let other = self.others.get(&event.flow.remote).map_or(&*self.stranger, String::as_str);
        let (from, to) = match event.heading {
            Heading::Received => (other, &*self.us),
            Heading::Sent => (&*self.us, other),
        };
        Rung::message(event.at.mono, from, to, event.bytes)
    }

    fn draw(&self, rung: &Rung) {
        let others = self.others.values().map(String::len).max().unwrap_or(0);
        let names = others.max(self.us.len()).max(self.stranger.len());
        (self.print)(&line(rung, names, WHAT));
    }
}
