//! An API to be asked, with a token of each role and a person who may log in.

use crate::base::{
    Language, Product, Right, Rights, Secret, SupportOption, UnixTime, Verdict, Verification, VerifiedBy,
};
use crate::calendar::{Calendar, Schedule, ScheduleSpec};
use crate::case::EscalationStep;
use crate::customer::CustomerKey;
use crate::net::Clock;
use crate::node::floor::QueueView;
use crate::office::Office;
use crate::store::{CallRecord, Deed, Store, Token};
use crate::web::access::{FRESH_TOKEN, Fresh, People, Role};
use crate::web::{Agent, Api, ApiConfig, Floor, FormDesk, HttpListener, Ladders, Phones, Proxies, Verifier};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Ten o'clock in Tokyo, on Tuesday, 2026-02-10.
pub const OPEN: UnixTime = UnixTime::from_secs(1_770_685_200);
pub const PASSWORD: &str = "correct horse";

pub struct Desk {
    pub address: SocketAddr,
    pub store: Store,
    pub folder: TempDir,
    pub floor: Arc<Floor>,
    /// The calls that its engine has.
    pub calls: watch::Sender<Vec<CallRecord>>,
    /// The numbers that customers call.
    pub phones: Arc<Mutex<Vec<String>>>,
    /// How many rights to support were asked for.
    pub asked: watch::Sender<usize>,
    tokens: Vec<(Role, String)>,
}

/// A whole answer.
pub struct Told {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(500).collect();
        write!(f, "{}\n\n{body}", self.head)
    }
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A line of the head.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The kind of a problem detail.
    pub fn kind(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self:?}");
        problem["type"]
            .as_str()
            .and_then(|kind| kind.strip_prefix("urn:madoguchi:"))
            .expect("a kind")
            .to_string()
    }
}

/// Who says what is known of customers; of one it never says it.
fn verifier(asked: watch::Sender<usize>) -> Verifier {
    Verifier::new(move |key: CustomerKey| {
        asked.send_modify(|asked| *asked += 1);
        async move {
            if key.folded() == "hangs.webex.com" {
                std::future::pending::<()>().await;
            }
            verdict(&key)
        }
    })
}

/// What is known of customers here.
fn verdict(key: &CustomerKey) -> Option<Verification> {
    let right = |option, product| Right {
        customer: "Acme KK".into(),
        kind: key.kind(),
        value: key.written().to_string(),
        option,
        products: vec![product],
        japanese: false,
    };
    let verified = |option, product| Verdict::Verified(Box::new(Rights::of(right(option, product))));
    let verdict = match key.folded() {
        "premium.webex.com" => verified(SupportOption::Premium, Product::Meetings),
        "calling.webex.com" => verified(SupportOption::Basic, Product::Calling),
        "trial.webex.com" => Verdict::Trial,
        "over.webex.com" => Verdict::Expired,
        "c-basic" => Verdict::Insufficient,
        "nobody-says" => return None,
        _ => Verdict::Unknown,
    };
    Some(verdict.said(VerifiedBy::Store))
}

async fn show_calls(floor: Arc<Floor>, calls: watch::Receiver<Vec<CallRecord>>) {
    loop {
        floor.asked_for_calls().await;
        floor.show_calls(calls.borrow().clone());
    }
}

impl Desk {
    pub async fn open() -> Desk {
        Desk::behind(Proxies::default()).await
    }

    /// Where these proxies say who asks.
    pub async fn behind(proxies: Proxies) -> Desk {
        Desk::of(tempfile::tempdir().expect("a folder"), PASSWORD, proxies).await
    }

    /// The same, once the settings have another password.
    pub async fn with_password(self, password: &str) -> Desk {
        Desk::of(self.folder, password, Proxies::default()).await
    }

    async fn of(folder: TempDir, password: &str, proxies: Proxies) -> Desk {
        let url = format!("sqlite:{}", folder.path().join("m.db").display());
        let store = Store::open(&url).await.expect("a store");
        let mut tokens = Vec::new();
        for role in Role::ALL.iter().copied() {
            tokens.push((role, token(&store, role, role.name(), OPEN + Duration::from_secs(86_400)).await));
        }
        let person = ("sato".to_string(), "佐藤".to_string(), Role::Supervisor);
        let people = People::new([(person.0, person.1, person.2, Secret::new(password.to_string()))]);
        let agent = |name: &str, seat: Option<&str>| Agent {
            name: name.to_string(),
            role: Role::Agent,
            seat: seat.map(str::to_string),
        };
        let agents = BTreeMap::from([
            ("sato".to_string(), agent("佐藤", Some("phone:sato"))),
            ("mori".to_string(), agent("森", None)),
        ]);
        let mut calendar = Calendar::new();
        for name in ["japan", "global"] {
            calendar.insert(name, Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).expect("hours"));
        }
        let floor = Arc::new(Floor::default());
        let step = EscalationStep { after: Duration::ZERO, to: "incident-manager".into(), again: None };
        let asked = watch::Sender::default();
        let phones = Arc::new(Mutex::new(vec!["0120339836".to_string()]));
        let config = ApiConfig {
            office: Arc::new(Office::new(store.clone(), calendar, vec![step])),
            clock: Clock::showing(OPEN),
            people: people.expect("a password"),
            agents,
            secure_cookies: false,
            phones: {
                let phones = Arc::clone(&phones);
                Phones::new(move || phones.lock().expect("unpoisoned").clone())
            },
            desks: vec![FormDesk {
                name: "japan".into(),
                ja: "日本 Cloud TAC".into(),
                en: "Japan <Cloud> TAC".into(),
                language: Language::Ja,
            }],
            verifier: verifier(asked.clone()),
            recordings: folder.path().to_path_buf(),
            attachments: folder.path().join("attachments"),
            ladders: Arc::new(Ladders::default()),
            floor: Arc::clone(&floor),
        };
        let listener = HttpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("bound");
        let address = listener.address();
        tokio::spawn(listener.serve(Arc::new(Api::new(config)), proxies));
        let calls = watch::Sender::default();
        tokio::spawn(show_calls(Arc::clone(&floor), calls.subscribe()));
        Desk { address, store, folder, floor, calls, phones, asked, tokens }
    }

    /// Shows these queues to whoever asks from now on.
    pub fn attend(&self, queues: Vec<QueueView>) {
        let (floor, board) = (Arc::clone(&self.floor), Arc::new(queues));
        tokio::spawn(async move {
            loop {
                floor.asked().await;
                floor.show(board.clone());
            }
        });
    }

    /// The line that proves a role.
    pub fn proof(&self, role: Role) -> String {
        let (_, token) = self.tokens.iter().find(|(of, _)| *of == role).expect("every role has one");
        format!("Authorization: Bearer {token}")
    }

    /// The answer to a GET by a role.
    pub async fn get(&self, role: Role, path: &str) -> Told {
        self.ask("GET", path, &[&self.proof(role)], "").await
    }

    /// The answer to JSON that a role sends.
    pub async fn send(&self, role: Role, method: &str, path: &str, lines: &[&str], body: &str) -> Told {
        let proof = self.proof(role);
        let lines: Vec<&str> = [proof.as_str(), JSON].into_iter().chain(lines.iter().copied()).collect();
        self.ask(method, path, &lines, body).await
    }

    /// The answer to this request.
    pub async fn ask(&self, method: &str, path: &str, lines: &[&str], body: &str) -> Told {
        let length = format!("Content-Length: {}", body.len());
        let lines: Vec<&str> = lines.iter().copied().chain([length.as_str()]).collect();
        self.exchange(method, path, &lines, body.as_bytes()).await
    }

    /// The answer to a request whose head says itself how long its body is.
    pub async fn exchange(&self, method: &str, path: &str, lines: &[&str], body: &[u8]) -> Told {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        let lines = lines.join("\r\n");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{lines}\r\n\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        // The answer may come, and the connection be closed, before all is sent.
        let _refused_early = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _reset_after_the_answer = stream.read_to_end(&mut bytes).await;
        told(&bytes)
    }
}

pub const JSON: &str = "Content-Type: application/json";

/// A token of its own, until then.
pub async fn token(store: &Store, role: Role, name: &str, expires_at: UnixTime) -> String {
    let Fresh { secret, hash, id } = Fresh::make(FRESH_TOKEN);
    let token = Token {
        id,
        name: name.into(),
        role: role.name().into(),
        made_at: OPEN,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    store.keep_token(&token, &hash, &made(name)).await.expect("kept");
    secret.reveal().clone()
}

fn made(subject: &str) -> Deed {
    let [who, source, what, outcome] = ["shell:root", "shell", "create_token", "done"].map(str::to_string);
    Deed { at: OPEN, who, source, what, subject: subject.into(), outcome }
}

fn told(bytes: &[u8]) -> Told {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = bytes[end + 4..].to_vec();
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Told { status, head, body: if is_chunked { unchunked(&body) } else { body } }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("a size");
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    panic!("the answer was cut off");
}
