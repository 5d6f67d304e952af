//! Where a trunk is reached: what the name service says of it (RFC 3263 4).

mod srv;

use crate::base::Rng;
use crate::net::Clock;
use crate::signaling::{Lookup, Transport};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use srv::Server;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// One question to one server; each is asked twice.
const PATIENCE: Duration = Duration::from_secs(2);
/// Places kept of a name.
const PLACES: usize = 16;

/// Asks the name service.
#[derive(Clone)]
pub struct Names {
    resolver: Result<TokioResolver, String>,
    clock: Clock,
}

/// What a name means now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The addresses, the most wanted first; or why there are none, in one line.
    pub places: Result<Vec<SocketAddr>, String>,
    /// How long the name service took.
    pub took: Duration,
    /// How long this holds; none: for ever.
    pub holds: Option<Duration>,
}

/// Places, and how long they hold.
type Answer = Result<(Vec<SocketAddr>, Duration), String>;

impl Names {
    /// Asks this server, or those of the system. Where there is none, every name says so.
    pub fn new(server: Option<SocketAddr>) -> Names {
        let builder = match server {
            Some(server) => {
                let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
                (udp.port, tcp.port) = (server.port(), server.port());
                let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
                let config = ResolverConfig::from_name_servers(vec![server]);
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
            None => TokioResolver::builder_tokio(),
        };
        let resolver = builder.and_then(|mut builder| {
            let options = builder.options_mut();
            (options.timeout, options.attempts) = (PATIENCE, 2);
            builder.build()
        });
        let resolver = resolver.map_err(|error| format!("no name service: {error}"));
        Names { resolver, clock: Clock::start() }
    }

    /// Where a trunk is reached. Weights of SRV are drawn from `rng`.
    pub async fn places(&self, lookup: &Lookup, mut rng: Rng) -> Found {
        let bare = lookup.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            let places =
                Ok(vec![SocketAddr::new(ip, lookup.port.unwrap_or(lookup.transport.default_port()))]);
            return Found { places, took: Duration::ZERO, holds: None };
        }
        let began = self.clock.instant();
        let answer = self.ask(lookup, &mut rng).await;
        let took = self.clock.instant() - began;
        let holds = answer.as_ref().ok().map(|(_, holds)| *holds);
        let places = answer.map(|(mut places, _)| {
            places.truncate(PLACES);
            places
        });
        Found { places, took, holds }
    }

    /// A port written down skips NAPTR and SRV (RFC 3263 4.2).
    async fn ask(&self, lookup: &Lookup, rng: &mut Rng) -> Answer {
        let resolver = self.resolver.as_ref().map_err(Clone::clone)?;
        if let Some(port) = lookup.port {
            return addresses(resolver, &lookup.host, port).await;
        }
        for service in services(resolver, lookup).await? {
            if let Some(servers) = servers(resolver, &service, rng).await? {
                return addresses_of(resolver, servers).await;
            }
        }
        addresses(resolver, &lookup.host, lookup.transport.default_port()).await
    }
}

/// Names of SRV records: those that NAPTR names for the transport, else the usual one (RFC 3263 4.1).
async fn services(resolver: &TokioResolver, lookup: &Lookup) -> Result<Vec<String>, String> {
    let (wanted, usual) = match lookup.transport {
        // Nobody is looked up to be reached over WebSocket.
        Transport::Ws | Transport::Wss => return Ok(Vec::new()),
        Transport::Udp => ("SIP+D2U", "_sip._udp."),
        Transport::Tcp => ("SIP+D2T", "_sip._tcp."),
        Transport::Tls => ("SIPS+D2T", "_sips._tcp."),
    };
    let mut named = Vec::new();
    if let Some(found) = found(resolver.lookup(absolute(&lookup.host), RecordType::NAPTR).await)? {
        for record in found.answers() {
            let RData::NAPTR(naptr) = &record.data else { continue };
            let is_srv = naptr.flags.eq_ignore_ascii_case(b"s");
            if is_srv && naptr.services.eq_ignore_ascii_case(wanted.as_bytes()) {
                named.push((naptr.order, naptr.preference, naptr.replacement.to_string()));
            }
        }
    }
    named.sort();
    let mut services: Vec<String> = named.into_iter().map(|(_, _, name)| name).collect();
    if services.is_empty() {
        services.push(format!("{usual}{}", lookup.host));
    }
    Ok(services)
}

/// The servers of a service in the order they are tried; nothing where there is no such record.
async fn servers(
    resolver: &TokioResolver,
    service: &str,
    rng: &mut Rng,
) -> Result<Option<Vec<Server>>, String> {
    let Some(found) = found(resolver.lookup(absolute(service), RecordType::SRV).await)? else {
        return Ok(None);
    };
    let server = |data: &RData| match data {
        RData::SRV(srv) => Some(Server {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: srv.target.to_string(),
        }),
        _ => None,
    };
    let servers: Vec<Server> = found.answers().iter().filter_map(|record| server(&record.data)).collect();
    if servers.iter().any(|server| server.target == ".") {
        return Err(format!("{service}: the service is not offered there"));
    }
    Ok(Some(srv::in_order(servers, rng)).filter(|servers| !servers.is_empty()))
}

/// Addresses of every server that has one.
async fn addresses_of(resolver: &TokioResolver, servers: Vec<Server>) -> Answer {
    let (mut places, mut shortest, mut why) = (Vec::new(), None, String::new());
    for server in servers {
        match addresses(resolver, &server.target, server.port).await {
            Ok((found, holds)) => {
                places.extend(found);
                shortest = Some(shortest.map_or(holds, |shortest: Duration| shortest.min(holds)));
            }
            Err(error) => why = error,
        }
    }
    shortest.map(|holds| (places, holds)).ok_or(why)
}

async fn addresses(resolver: &TokioResolver, host: &str, port: u16) -> Answer {
    let found = resolver.lookup_ip(host).await;
    let found = found.map_err(|error| format!("`{host}` has no address: {error}"))?;
    let places: Vec<SocketAddr> = found.iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let holds = found.as_lookup().answers().iter().map(|record| record.ttl).min().unwrap_or_default();
    match places.is_empty() {
        true => Err(format!("`{host}` has no address")),
        false => Ok((places, Duration::from_secs(holds.into()))),
    }
}

/// A look-up whose records may be absent.
fn found<T>(looked_up: Result<T, NetError>) -> Result<Option<T>, String> {
    match looked_up {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_no_records_found() => Ok(None),
        Err(error) => Err(format!("the name service fails: {error}")),
    }
}

/// A name to which no search domain is added.
fn absolute(name: &str) -> String {
    if name.ends_with('.') { name.to_string() } else { format!("{name}.") }
}

#[cfg(test)]
mod tests;
