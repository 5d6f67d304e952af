//! The API as schemathesis meets it: every path of the description with what fits and with what does not, on a store that
//! has a case and a call.

use super::serving::{Running, settings};
use super::workplace::{Workplace, shipped};
use madoguchi::base::{EndCause, Number, Presentation, UnixTime};
use madoguchi::case::{Case, CaseNumber, Channel, Opening};
use madoguchi::store::{CallRecord, Store, Write};
use std::process::Command;

/// What a request must not come to: a failure of ours, an answer that the description does not know, a way in without
/// proof.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,ignored_auth,unsupported_method,allow_header_conformance";

fn case() -> Case {
    let at = UnixTime::from_secs(1_770_685_200);
    Case::open(Opening {
        number: CaseNumber::from_sequence(1).expect("a number"),
        at,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some("abc".into()),
        dialplan: None,
    })
}

fn call() -> CallRecord {
    CallRecord {
        id: "boot-1".into(),
        call_id: "abc".into(),
        case: Some(case().number()),
        from: None,
        presentation: Some(Presentation::Withheld),
        to: Number::parse("0120339836"),
        started_at: case().opened_at(),
        answered_at: None,
        plan_began_at: None,
        ended_at: Some(case().opened_at()),
        cause: Some(EndCause::CallerHungUp),
        plan: None,
        plan_hash: None,
        digits: 0,
        trail: None,
        legs: Vec::new(),
        audio: Vec::new(),
    }
}

#[test]
fn every_path_is_as_it_is_described_whatever_is_asked() {
    let workplace = Workplace::new(&settings(""));
    let url = format!("sqlite:{}", workplace.path("data/madoguchi.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&url).await.expect("a store");
        let writes = [Write::SaveCase(Box::new(case())), Write::SaveCall(Box::new(call()))];
        store.apply(&writes).await.expect("written");
        store.close().await;
    });
    let mut engine = Running::start(&workplace, &["serve"]);
    let address = engine.address_after("API on http://");
    let made = workplace.good(&["token", "create", "--name", "tests", "--role", "admin", "--expires", "1h"]);
    let token = made.lines().next().expect("a token");
    workplace
        .write("schemathesis.toml", "[parameters]\nnumber = '600000012'\nid = 'boot-1'\nfile = 'none'\n");
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", shipped("target/peers/schemathesis")).current_dir(workplace.path("."));
    command.args(["-m", "schemathesis.cli", "run", &format!("http://{address}/api/openapi.json")]);
    command.args(["--header", &format!("Authorization: Bearer {token}"), "--checks", CHECKS]);
    command.args(["--phases", "coverage,fuzzing", "--max-examples", "12", "--seed", "1"]);
    command.args(["--warnings", "off", "--request-timeout", "60"]);
    let output = command.output().expect("python3, which tests/run installs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" passed"), "{said}");
}
