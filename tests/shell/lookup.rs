//! Customers whom a system outside knows: asked by commands and for callers, with the store behind it.

use super::serving::Running;
use super::workplace::Workplace;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

const KEY: &str = "0123456789abcdef";
/// `printf 471108 | openssl dgst -sha256 -hmac 0123456789abcdef`
const HASH: &str = "edd6bc4b4b5f193c1994ccd22a9130f939e4822bed598bdd495ceff3a0000948";
/// Both know 471108; the table alone knows 222222.
const TABLE: &str = "\
contract,customer,option,products,new_pricing,japanese_support,trial,from,until,sites,organizations,messengers,pins
S-1,Acme,basic,calling,no,no,no,2020-01-01,2099-12-31,acme.webex.com,,,471108
S-2,Beta,basic,meetings,no,no,no,2020-01-01,2099-12-31,beta.webex.com,,,222222
";

/// What it was asked, and whether it is down.
#[derive(Clone, Default)]
struct Service {
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    down: Arc<Mutex<bool>>,
}

async fn answer(
    State(service): State<Service>,
    headers: HeaderMap,
    body: String,
) -> Result<String, StatusCode> {
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let is_known = body["value"] == HASH || body["value"] == "acme.webex.com";
    service.asked.lock().expect("unpoisoned").push((headers, body));
    if *service.down.lock().expect("unpoisoned") {
        return Err(StatusCode::BAD_GATEWAY);
    }
    let contract = json!({ "contract": "R-1", "customer": "Acme 株式会社", "option": "enhanced",
        "products": ["calling"], "new_pricing": true, "from": "2020-01-01", "until": "2099-12-31" });
    if is_known { Ok(json!({ "contracts": [contract] }).to_string()) } else { Err(StatusCode::NOT_FOUND) }
}

impl Service {
    /// Ends with its runtime.
    fn start(&self, runtime: &tokio::runtime::Runtime) -> SocketAddr {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = Router::new().route("/ask", post(answer)).with_state(self.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        address
    }

    fn questions(&self) -> usize {
        self.asked.lock().expect("unpoisoned").len()
    }
}

const PLAN: &str = "default = true\nlanguage = 'en'\nstart = 'pin'\n\
    [step.pin]\nverb = 'pin'\nprompt = 'pin-enter'\nterminator = '#'\nattempts = 1\n\
    verified = 'known'\ntrial = 'bye'\notherwise = 'bye'\n\
    [step.known]\nverb = 'hangup'\nprompt = 'pin-verified'\n[step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";

fn workplace(service: SocketAddr, more: &str) -> Workplace {
    let workplace = Workplace::new("");
    workplace.few_prompts(&["goodbye", "invalid-key", "technical-difficulty", "pin-enter", "pin-verified"]);
    workplace.write("plans/pin.toml", PLAN);
    let settings = format!(
        "[sip]\nlisten = ['udp:127.0.0.1:0']\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n\
         [media]\nports = '24000-24999'\n[dialplan]\npath = 'plans'\nprompts = 'prompts'\n\
         [customers]\npins = true\nkey = '{KEY}'\nurl = 'http://{service}/ask'\nsecret = 'geheim-geheim-geheim'\n{more}"
    );
    workplace.write("madoguchi.toml", &settings);
    workplace.write("customers.csv", TABLE);
    workplace
}

/// Whether this PIN is verified; its log, which is long, is read as it comes.
fn is_verified(workplace: &Workplace, engine: &mut Running, log: &mut String, pin: &str) -> bool {
    let target = format!("sip:0355500001@{}", engine.address());
    let heard = workplace.good(&["call", &target, "--keys", &format!("{pin}#"), "--for", "60"]);
    log.push_str(&engine.logs_until("plan-hung-up"));
    heard.contains("pin-verified")
}

/// Every case with its history.
fn histories(workplace: &Workplace) -> String {
    let list = workplace.good(&["case", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let cases = list.get("cases").unwrap_or(&list).as_array().expect("cases").clone();
    let numbers = cases.iter().filter_map(|case| case["number"].as_str());
    numbers.map(|number| workplace.good(&["case", "show", number])).collect()
}

#[test]
fn callers_are_verified_by_the_system_outside_and_by_the_store_where_it_is_down() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let service = Service::default();
    let workplace = workplace(service.start(&runtime), "cache = '5m'\n");
    let mut serve = workplace.command(&["serve"]);
    serve.env("MADOGUCHI_LOG", "trace");
    let mut engine = Running::of(serve);
    workplace.good(&["customer", "import", "customers.csv"]);
    let mut log = String::new();
    let mut verified = |engine: &mut Running, pin| is_verified(&workplace, engine, &mut log, pin);
    assert!(verified(&mut engine, "471108") && verified(&mut engine, "471108"));
    assert_eq!(service.questions(), 1, "the second time it is remembered");
    *service.down.lock().expect("unpoisoned") = true;
    assert!(verified(&mut engine, "222222"));
    let metrics = engine.get("/metrics");
    for line in [
        "madoguchi_customer_lookups_total{outcome=\"found\"} 1",
        "madoguchi_customer_lookups_total{outcome=\"broken\"} 1",
        "madoguchi_customer_lookups_total{outcome=\"remembered\"} 1",
        "madoguchi_customer_lookup_seconds_count 2",
        "madoguchi_customer_lookup_left_alone 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    let ran = engine.terminate();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let shown = histories(&workplace);
    for told in [
        "the caller's PIN was verified by the look-up\n",
        "the caller's PIN was verified by the look-up, a while ago",
        "the caller's PIN was verified by the store, as the look-up did not answer",
        "verified contract:R-1",
        "verified contract:S-2",
    ] {
        assert!(shown.contains(told), "{told:?} is not in\n{shown}");
    }
    let asked = service.asked.lock().expect("unpoisoned");
    let (headers, body) = &asked[0];
    assert_eq!(*body, json!({ "kind": "pin-hmac", "value": HASH }));
    assert!(headers["X-Madoguchi-Signature"].to_str().expect("text").starts_with("sha256="));
    // The fraction of a moment's second has six digits too.
    let after_its_moment =
        |line: &str| line.split_once("Z ").map_or(line, |(_, rest)| rest).to_string() + "\n";
    let log: String = log.lines().map(after_its_moment).collect();
    let said = format!("{log}{}{}{shown}{asked:?}", ran.stdout, ran.stderr);
    for pin in ["471108", "222222"] {
        assert!(!said.contains(pin), "{pin} was said");
    }
}

#[test]
fn commands_ask_it_too_and_say_who_answered() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let service = Service::default();
    let workplace = workplace(service.start(&runtime), "");
    workplace.good(&["customer", "import", "customers.csv"]);
    let verify = |args: &[&str]| workplace.run(&[&["customer", "verify"], args].concat());
    let acme = verify(&["--site", "acme.webex.com"]);
    let want = "verified: Acme 株式会社, enhanced: calling, Japanese bought (by site-url acme.webex.com), says the look-up\n";
    assert_eq!((acme.status, acme.stdout.as_str()), (0, want), "{}", acme.stderr);
    let beta = verify(&["--site", "beta.webex.com"]);
    assert_eq!((beta.status, beta.stdout.as_str()), (1, "nobody is known by this, says the look-up\n"));
    let walk = ["simulate", "--to", "0355500001", "--keys", "", "--pin", "471108"];
    let walked = workplace.good(&walk);
    assert!(walked.contains("verified by the look-up") && !walked.contains("471108"), "{walked}");
    *service.down.lock().expect("unpoisoned") = true;
    let json = verify(&["--site", "acme.webex.com", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{}", json.stderr));
    assert_eq!((&json["by"], &json["option"]), (&"fallback".into(), &"basic".into()));
    let walked = workplace.good(&walk);
    assert!(walked.contains("verified by the store, as the look-up did not answer"), "{walked}");
    let nobody = verify(&["--site", "gamma.webex.com"]);
    assert!(
        nobody.status == 1 && nobody.stderr.contains("brought no answer: status 502"),
        "{}",
        nobody.stderr
    );
    let refused = workplace.run(&["simulate", "--to", "0355500001", "--pin", "333333"]);
    assert!(refused.stderr.contains("nobody says whose PIN this is"), "{}", refused.stderr);
}

#[test]
fn a_script_of_many_calls_asks_once_for_each_caller_and_leaves_a_system_alone_that_is_down() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let service = Service::default();
    let workplace = workplace(service.start(&runtime), "");
    workplace.good(&["customer", "import", "customers.csv"]);
    let script = |pin: &str| format!("[[call]]\nto = '0355500001'\npin = '{pin}'\n").repeat(20);
    workplace.write("calls.toml", &script("471108"));
    let walked = workplace.good(&["simulate", "--script", "calls.toml", "--format", "json"]);
    assert_eq!(walked.matches("verified by the look-up\"").count(), 1, "{walked}");
    assert_eq!(walked.matches("verified by the look-up, a while ago").count(), 19);
    assert_eq!(service.questions(), 1);
    *service.down.lock().expect("unpoisoned") = true;
    workplace.write("calls.toml", &script("222222"));
    let walked = workplace.good(&["simulate", "--script", "calls.toml", "--format", "json"]);
    assert_eq!(walked.matches("verified by the store, as the look-up did not answer").count(), 20);
    assert_eq!(service.questions(), 1 + 5, "then it is left alone");
}
