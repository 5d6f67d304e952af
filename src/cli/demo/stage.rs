//! The phones that answer: bound to free ports, and the settings made to ring them.

use crate::cli::handset::{Handset, Manner, Scene, voice};
use crate::cli::settings::{Seat, Target, To};
use crate::cli::workplace::Workplace;
use crate::diag::Source;
use crate::net::{ListenAddr, ShellHandle, TlsConfig};
use crate::phone::Visit;
use crate::signaling::Transport;
use crate::sip::{Host, SipUri};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// How long a desk's phone rings before somebody takes it.
const RINGS: Duration = Duration::from_secs(1);
/// How long a call that is over may take to be reported.
const REPORTED: Duration = Duration::from_secs(5);

/// A phone that answers.
struct Post {
    address: SocketAddr,
    visits: Receiver<Visit>,
    handle: ShellHandle,
}

/// The desk phone and the Global TAC phone, at work.
pub(super) struct Stage {
    posts: BTreeMap<&'static str, Post>,
}

/// Any free UDP port of loopback.
pub(super) fn anywhere() -> ListenAddr {
    ListenAddr { transport: Transport::Udp, address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) }
}

/// The address a phone or an engine listens on.
pub(super) fn address_of(listening: &[ListenAddr]) -> Result<SocketAddr, String> {
    listening.first().map(|listen| listen.address).ok_or_else(|| "nothing listens".to_string())
}

impl Stage {
    /// Starts both phones and makes every queue ring the desk phone, every `dial` the other.
    pub(super) async fn set(workplace: &mut Workplace) -> Result<Stage, String> {
        let desk = post("japan-desk", voice(400.0)).await?;
        let global = post("global-tac", voice(600.0)).await?;
        for of in workplace.settings.desks.values_mut() {
            of.dial = of.dial.iter().take(1).map(|_| target("global-tac", global.address)).collect();
            for queue in of.queues.values_mut() {
                queue.seats = vec![Seat { target: target("japan-desk", desk.address), calls_at_once: 1 }];
            }
        }
        Ok(Stage { posts: BTreeMap::from([("japan", desk), ("global", global)]) })
    }

    /// Where the phones are, for ladders.
    pub(super) fn addresses(&self) -> BTreeMap<SocketAddr, String> {
        self.posts.iter().map(|(name, post)| (post.address, (*name).to_string())).collect()
    }

    /// The call that this desk's phone has had.
    pub(super) async fn answered(&mut self, desk: &str) -> Option<Visit> {
        let post = self.posts.get_mut(desk)?;
        tokio::time::timeout(REPORTED, post.visits.recv()).await.ok().flatten()
    }

    /// Ends both phones.
    pub(super) fn clear(&self) {
        self.posts.values().for_each(|post| post.handle.stop());
    }
}

async fn post(user: &'static str, says: std::sync::Arc<[i16]>) -> Result<Post, String> {
    let handset = Handset::bind(vec![anywhere()], TlsConfig::default(), None).await?;
    let address = address_of(&handset.bound().listening())?;
    let manner = Manner { says: Some(says), ..Manner::answering(user, RINGS) };
    let talking = handset.start(manner, None, Scene::unseen())?;
    let handle = talking.handle();
    let (visits, work) = talking.split();
    tokio::spawn(work);
    Ok(Post { address, visits, handle })
}

fn target(user: &str, address: SocketAddr) -> Target {
    let uri = SipUri::new(Some(user), Host::from(address.ip()), Some(address.port()));
    Target { to: To::Uri(uri), place: Source::new("demo", "").place(0..0) }
}
