//! Plans that ask a service outside: a call through `serve` for each manner in which one may answer.

use super::serving::Running;
use super::workplace::Workplace;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::post;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// Each manner, and whether it is an answer.
const MANNERS: [(&str, bool); 6] = [
    ("good", true),
    ("late", false),
    ("error", false),
    ("garbage", false),
    ("huge", false),
    ("elsewhere", false),
];
const GOOD: &str = r#"{"answer": "yes"}"#;

/// The two prompts of the plans and the one that every plan needs, the shipped recordings: decoding all of
/// them takes its time.
const PROMPTS: [&str; 3] = ["goodbye", "invalid-key", "technical-difficulty"];

/// What the service was asked where it answers well.
type Asked = Arc<Mutex<Vec<Value>>>;

/// A service with one path for each manner. It ends with its runtime.
fn service(runtime: &tokio::runtime::Runtime) -> (SocketAddr, Asked) {
    let asked = Asked::default();
    let note = asked.clone();
    let good = move |body: String| async move {
        note.lock().expect("unpoisoned").push(serde_json::from_str(&body).expect("JSON"));
        GOOD
    };
    let app = Router::new()
        .route("/good", post(good))
        .route("/late", post(std::future::pending::<String>))
        .route("/error", post(|| async { (StatusCode::INTERNAL_SERVER_ERROR, GOOD) }))
        .route("/garbage", post(|| async { "yes" }))
        .route(
            "/huge",
            post(|| async { format!(r#"{{"answer": "yes", "more": "{}"}}"#, "x".repeat(100_000)) }),
        )
        .route("/elsewhere", post(|| async { Redirect::temporary("/good") }));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("bound");
    runtime.spawn(async move { axum::serve(listener, app).await });
    (address, asked)
}

/// A plan that says goodbye where it is answered `yes`.
fn plan(number: usize, manner: &str) -> String {
    format!(
        "numbers = ['0355500{number:03}']\nlanguage = 'en'\nstart = 'ask'\n\
         [step.ask]\nverb = 'webhook'\nask = '{manner}'\ndeadline = '500ms'\nanswers.yes = 'yes'\nfallback = 'no'\n\
         [step.yes]\nverb = 'hangup'\nprompt = 'goodbye'\n[step.no]\nverb = 'hangup'\nprompt = 'invalid-key'\n"
    )
}

fn workplace(service: SocketAddr) -> Workplace {
    let workplace = Workplace::new("");
    let mut settings = String::from(
        "[sip]\nlisten = ['udp:127.0.0.1:0']\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n[media]\nports = '23000-23999'\n\
         [dialplan]\npath = 'plans'\nprompts = 'prompts'\n",
    );
    workplace.few_prompts(&PROMPTS);
    for (number, (manner, _)) in MANNERS.iter().enumerate() {
        settings += &format!(
            "[webhooks.{manner}]\nurl = 'http://{service}/{manner}'\nsecret = 'geheim-geheim-geheim'\n"
        );
        let default = if number == 0 { "default = true\n" } else { "" };
        workplace.write(&format!("plans/{manner}.toml"), &(default.to_string() + &plan(number, manner)));
    }
    workplace.write("madoguchi.toml", &settings);
    workplace
}

#[test]
fn an_answer_leads_where_the_plan_says_and_whatever_is_none_leads_to_the_fallback() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (address, asked) = service(&runtime);
    let workplace = workplace(address);
    let engine = Running::start(&workplace, &["serve"]);
    let call = |number: usize| {
        let target = format!("sip:0355500{number:03}@{}", engine.address());
        workplace.good(&["call", &target, "--for", "15"])
    };
    std::thread::scope(|threads| {
        let calls =
            MANNERS.iter().enumerate().map(|(number, manner)| (manner, threads.spawn(move || call(number))));
        for ((manner, is_answer), call) in calls.collect::<Vec<_>>() {
            let heard = call.join().expect("a call");
            assert_eq!(heard.contains("goodbye"), *is_answer, "{manner}: {heard}");
            assert_eq!(heard.contains("invalid-key"), !is_answer, "{manner}: {heard}");
        }
    });
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let asked = asked.lock().expect("unpoisoned");
    assert_eq!(asked.len(), 1, "no redirect is followed");
    let told = |key: &str| asked[0][key].as_str().expect(key).to_string();
    assert_eq!(
        (told("dialed"), told("plan"), told("step")),
        ("0355500000".into(), "good".into(), "ask".into())
    );
    assert_eq!((told("language"), told("call_id").len()), ("en".into(), 32));
    let list = workplace.good(&["case", "list", "--format", "json"]);
    assert!(asked[0]["case"].is_null() || list.contains(&told("case")), "{list}");
}

#[test]
fn a_walk_takes_the_answer_it_is_given_and_else_the_fallback() {
    let workplace = workplace(SocketAddr::from(([127, 0, 0, 1], 9)));
    let walk = |more: &[&str]| workplace.good(&[&["simulate", "--to", "0355500000"], more].concat());
    assert!(walk(&["--answer", "good=yes"]).contains("answer yes"));
    let silent = walk(&[]);
    assert!(silent.contains("unanswered: late") && silent.contains("hang up"), "{silent}");
    for (given, why) in [("good", "write it as WEBHOOK=WORD"), ("god=yes", "there is no webhook `god`")] {
        let ran = workplace.run(&["simulate", "--to", "0355500000", "--answer", given]);
        assert!(ran.status == 2 && ran.stderr.contains(why), "{}", ran.stderr);
    }
}
