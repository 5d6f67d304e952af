//! Names asked of a name server that the test writes.

use super::*;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// A record of a zone.
#[derive(Clone, Copy)]
enum Record {
    A([u8; 4]),
    /// Priority, weight, port, target.
    Srv(u16, u16, u16, &'static str),
    /// Order, service, replacement.
    Naptr(u16, &'static str, &'static str),
}

type Zone = &'static [(&'static str, Record)];

impl Record {
    fn kind(self) -> u16 {
        match self {
            Record::A(_) => 1,
            Record::Srv(..) => 33,
            Record::Naptr(..) => 35,
        }
    }

    fn data(self) -> Vec<u8> {
        match self {
            Record::A(ip) => ip.to_vec(),
            Record::Srv(priority, weight, port, target) => {
                let numbers = [priority, weight, port].into_iter().flat_map(u16::to_be_bytes);
                numbers.chain(labels(target)).collect()
            }
            Record::Naptr(order, service, replacement) => {
                let mut data: Vec<u8> = [order, 50].into_iter().flat_map(u16::to_be_bytes).collect();
                for text in ["s", service, ""] {
                    data.push(text.len() as u8);
                    data.extend(text.as_bytes());
                }
                data.extend(labels(replacement));
                data
            }
        }
    }
}

fn labels(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

/// A name server with this zone, until the set is dropped.
async fn server(zone: Zone) -> (SocketAddr, JoinSet<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let address = socket.local_addr().expect("bound");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut buffer = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let _ = socket.send_to(&answer(zone, &buffer[..length]), from).await;
        }
    });
    (address, serving)
}

/// The records of the name and type asked for; no such record is an answer without any.
fn answer(zone: Zone, question: &[u8]) -> Vec<u8> {
    let name_end = 12 + question[12..].iter().position(|byte| *byte == 0).expect("a name") + 1;
    let name = question[12..name_end].to_ascii_lowercase();
    let kind = u16::from_be_bytes([question[name_end], question[name_end + 1]]);
    let records: Vec<Record> =
        zone.iter().filter(|(n, r)| labels(n) == name && r.kind() == kind).map(|(_, r)| *r).collect();
    let mut bytes = question[..2].to_vec();
    bytes.extend([0x84, 0, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&question[12..name_end + 4]);
    for record in records {
        let data = record.data();
        bytes.extend(&name);
        bytes.extend(record.kind().to_be_bytes());
        bytes.extend([0, 1, 0, 0, 0, 60]);
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(data);
    }
    bytes
}

fn lookup(host: &str, port: Option<u16>) -> Lookup {
    Lookup { trunk: "ntt".into(), host: host.into(), port, transport: Transport::Udp }
}

async fn places(zone: Zone, host: &str, port: Option<u16>) -> Found {
    let (address, _serving) = server(zone).await;
    Names::new(Some(address)).places(&lookup(host, port), Rng::from_seed(1)).await
}

fn texts(found: &Found) -> Vec<String> {
    found.places.as_ref().expect("places").iter().map(ToString::to_string).collect()
}

const ZONE: Zone = &[
    ("carrier.test", Record::Naptr(10, "SIP+D2T", "_sip._tcp.carrier.test")),
    ("carrier.test", Record::Naptr(20, "SIP+D2U", "_udp-lines.carrier.test")),
    ("_udp-lines.carrier.test", Record::Srv(20, 1, 5070, "b.carrier.test")),
    ("_udp-lines.carrier.test", Record::Srv(10, 1, 5060, "a.carrier.test")),
    ("_sip._udp.plain.test", Record::Srv(1, 1, 5080, "a.carrier.test")),
    ("_sip._udp.closed.test", Record::Srv(0, 0, 0, ".")),
    ("a.carrier.test", Record::A([192, 0, 2, 1])),
    ("b.carrier.test", Record::A([192, 0, 2, 2])),
    ("bare.test", Record::A([192, 0, 2, 3])),
];

#[tokio::test]
async fn naptr_leads_to_srv_and_that_to_addresses_in_its_order() {
    let found = places(ZONE, "carrier.test", None).await;
    assert_eq!(texts(&found), ["192.0.2.1:5060", "192.0.2.2:5070"]);
    let holds = found.holds.expect("a time");
    assert!(holds <= Duration::from_secs(60) && holds > Duration::from_secs(50), "{holds:?}");
}

#[tokio::test]
async fn without_naptr_srv_is_asked_and_without_srv_the_address() {
    assert_eq!(texts(&places(ZONE, "plain.test", None).await), ["192.0.2.1:5080"]);
    assert_eq!(texts(&places(ZONE, "bare.test", None).await), ["192.0.2.3:5060"]);
}

#[tokio::test]
async fn a_written_port_asks_for_the_address_alone() {
    assert_eq!(texts(&places(ZONE, "bare.test", Some(5090)).await), ["192.0.2.3:5090"]);
    let found = places(ZONE, "carrier.test", Some(5090)).await;
    assert!(found.places.expect_err("no address").contains("`carrier.test` has no address"));
}

#[tokio::test]
async fn what_is_not_offered_or_not_there_is_said() {
    let closed = places(ZONE, "closed.test", None).await.places.expect_err("closed");
    assert!(closed.contains("not offered"), "{closed}");
    let nobody = places(ZONE, "nobody.test", None).await.places.expect_err("nobody");
    assert!(nobody.contains("`nobody.test` has no address"), "{nobody}");
}

#[tokio::test]
async fn addresses_ask_nobody_and_hold_for_ever() {
    let names = Names::new(Some(SocketAddr::from(([127, 0, 0, 1], 9))));
    let found = names.places(&lookup("2001:db8::1", Some(5070)), Rng::from_seed(1)).await;
    assert_eq!(texts(&found), ["[2001:db8::1]:5070"]);
    assert_eq!((found.holds, found.took), (None, Duration::ZERO));
}
