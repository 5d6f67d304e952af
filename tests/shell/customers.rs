//! `customer`: tables in and out, verification, and a caller whose PIN is verified by a running engine.

use super::serving::Running;
use super::workplace::Workplace;
use serde_json::Value;
use std::path::Path;

const TABLE: &str = "\
contract,customer,option,products,new_pricing,japanese_support,trial,from,until,sites,organizations,messengers,pins
C-1,Acme 株式会社,enhanced,calling,yes,no,no,2020-01-01,2099-12-31,acme.webex.com,Acme;o-17,Acme IM,47110815;47110816
C-2,'=Beta,basic,meetings,no,no,yes,2020-01-01,2099-12-31,beta.webex.com,,,22222222
C-3,Gamma,premium,meetings;messaging,no,yes,no,2020-01-01,2020-12-31,gamma.webex.com,,,33333333
";
const PINS: [&str; 4] = ["47110815", "47110816", "22222222", "33333333"];

fn with_customers() -> Workplace {
    let workplace = Workplace::new("");
    workplace.write("customers.csv", TABLE);
    let said = workplace.good(&["customer", "import", "customers.csv"]);
    assert_eq!(said, "3 contracts brought in, 3 in all\n");
    workplace
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// No file but the table itself has a PIN.
fn assert_no_pin_is_kept(workplace: &Workplace) {
    for file in files(&workplace.path("")) {
        if file.ends_with("customers.csv") {
            continue;
        }
        let bytes = std::fs::read(&file).expect("a file");
        for pin in PINS {
            let found = bytes.windows(pin.len()).any(|window| window == pin.as_bytes());
            assert!(!found, "{pin} in {}", file.display());
        }
    }
}

#[test]
fn a_table_comes_back_as_it_went_in_without_a_pin() {
    let workplace = with_customers();
    let exported = workplace.good(&["customer", "export"]);
    assert!(exported.contains("'=Beta"), "a spreadsheet calculates nothing: {exported}");
    workplace.write("again.csv", &exported);
    workplace.good(&["customer", "import", "--alone", "again.csv"]);
    assert_eq!(workplace.good(&["customer", "export"]), exported);
    let verified = workplace.good(&["customer", "verify", "--pin", "47110815"]);
    assert!(verified.starts_with("verified: Acme 株式会社, enhanced: calling"), "{verified}");
    let shown = workplace.good(&["customer", "show", "ACME.webex.com", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((&shown[0]["contract"], &shown[0]["pins"]), (&"C-1".into(), &2.into()));
    assert_no_pin_is_kept(&workplace);
}

#[test]
fn a_table_without_a_contract_forgets_nobody_unless_that_is_said() {
    let workplace = with_customers();
    let (header, _) = TABLE.split_once('\n').expect("lines");
    workplace.write("none.csv", &format!("{header}\n"));
    let told = workplace.bad(&["customer", "import", "--alone", "none.csv"]);
    assert!(told.contains("none.csv has no contract") && told.contains("--forget-all"), "{told}");
    assert_eq!(workplace.good(&["customer", "export"]).lines().count(), 4, "nobody was forgotten");
    assert_eq!(workplace.run(&["customer", "import", "--forget-all", "none.csv"]).status, 2);
    let said = workplace.good(&["customer", "import", "--alone", "--forget-all", "none.csv"]);
    assert_eq!(said, "0 contracts brought in, 0 in all\n");
}

#[test]
fn the_sample_of_the_help_is_a_good_table() {
    let workplace = Workplace::new("");
    let help = workplace.good(&["customer", "import", "--help"]);
    let lines: Vec<&str> =
        help.lines().map(str::trim).skip_while(|line| !line.starts_with("contract,")).collect();
    workplace.write("sample.csv", &lines[..2].join("\n"));
    assert_eq!(workplace.good(&["customer", "import", "sample.csv"]), "1 contracts brought in, 1 in all\n");
}

#[test]
fn every_bad_line_is_told_and_none_is_brought_in() {
    let workplace = with_customers();
    let before = workplace.good(&["customer", "export"]);
    let more = "C-4,Delta,gold,meetings,no,no,no,2020-01-01,2099-12-31,,,,123\n\
                C-5,Epsilon,basic,meetings,no,no,no,2020-01-01,2099-12-31,,,,44444444\n";
    workplace.write("more.csv", &format!("{TABLE}{more}"));
    let told = workplace.bad(&["customer", "import", "more.csv"]);
    assert!(told.contains("more.csv:5:11") && told.contains("more.csv:5:59"), "{told}");
    workplace.write_bytes("latin.csv", &[TABLE.as_bytes(), b"C-9,M\xfcller"].concat());
    let told = workplace.bad(&["customer", "import", "latin.csv"]);
    assert!(told.contains("latin.csv:5:6") && !told.contains("47110815"), "{told}");
    let (header, _) = TABLE.split_once('\n').expect("lines");
    let taken = "C-6,Zeta,basic,meetings,no,no,no,2020-01-01,2099-12-31,,,,47110816";
    workplace.write("taken.csv", &format!("{header}\n{taken}\n"));
    let told = workplace.bad(&["customer", "import", "taken.csv"]);
    assert!(told.contains("taken.csv:2:59") && told.contains("contract `C-1`") && !told.contains("47110816"));
    assert_eq!(workplace.good(&["customer", "export"]), before, "nothing of any was brought in");
}

#[test]
fn whoever_has_a_right_to_support_is_verified_by_any_key_and_nobody_else_is() {
    let workplace = with_customers();
    for (args, status, says) in [
        (["--site", "https://acme.webex.com/x"], 0, "verified: Acme"),
        (["--org", "o-17"], 0, "verified: Acme"),
        (["--messenger", "acme im"], 0, "verified: Acme"),
        (["--contract", "c-1"], 0, "verified: Acme"),
        (["--pin", "22222222"], 1, "a free trial: technical questions are not accepted"),
        (["--pin", "33333333"], 1, "the contract is not in force"),
        (["--pin", "99999999"], 1, "nobody is known by this"),
    ] {
        let ran = workplace.run(&[&["customer", "verify"], &args[..]].concat());
        assert_eq!(ran.status, status, "{args:?} {}", ran.stderr);
        assert!(ran.stdout.starts_with(says), "{args:?} {}", ran.stdout);
    }
    for args in [&["--pin", "12"][..], &["--site", "acme.example"], &[]] {
        assert_eq!(workplace.run(&[&["customer", "verify"], args].concat()).status, 2, "{args:?}");
    }
}

/// Acme bought Enhanced for Webex Calling; with another contract it has Premium for Webex Meetings too.
#[test]
fn of_several_contracts_of_a_site_the_one_counts_that_covers_the_product() {
    let workplace = with_customers();
    let (header, _) = TABLE.split_once('\n').expect("lines");
    let premium = "C-7,Acme 株式会社,premium,meetings,no,no,no,2020-01-01,2099-12-31,acme.webex.com,,,";
    workplace.write("premium.csv", &format!("{header}\n{premium}\n"));
    workplace.good(&["customer", "import", "premium.csv"]);
    let verify =
        |more: &[&str]| workplace.run(&[&["customer", "verify", "--site", "acme.webex.com"], more].concat());
    let says = |product: &str| {
        let ran = verify(&["--product", product]);
        (ran.status, ran.stdout)
    };
    let (status, said) = says("calling");
    assert!(status == 0 && said.starts_with("verified: Acme 株式会社, enhanced: calling"), "{said}");
    let (status, said) = says("meetings");
    assert!(status == 0 && said.starts_with("verified: Acme 株式会社, premium: meetings"), "{said}");
    assert_eq!(says("contact-center"), (1, "no contract covers this product, says the store\n".to_string()));
    let told = verify(&["--product", "contact-center", "--format", "json"]);
    let said: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!((told.status, &said["verdict"]), (1, &"not-covered".into()), "{said}");
    let all = verify(&[]).stdout;
    assert!(all.contains("premium: meetings") && all.contains("; Acme 株式会社, enhanced: calling"), "{all}");
    let told: Value = serde_json::from_str(&verify(&["--format", "json"]).stdout).expect("JSON");
    assert_eq!(
        (&told["option"], &told["others"][0]["option"]),
        (&"premium".into(), &"enhanced".into()),
        "{told}"
    );
}

#[test]
fn who_only_asks_makes_no_key_and_may_say_how_to_print() {
    let workplace = with_customers();
    std::fs::remove_file(workplace.path("data/madoguchi.db.pin-key")).expect("the import made it");
    let ran = workplace.run(&["customer", "verify", "--pin", "47110815"]);
    assert!(ran.status == 1 && ran.stderr.contains("there is no key of PINs"), "{}", ran.stderr);
    let walk = ["simulate", "--to", "0120339836", "--keys", "21", "--pin", "47110815"];
    assert!(workplace.run(&walk).stderr.contains("there is no key of PINs"));
    assert!(!workplace.path("data/madoguchi.db.pin-key").exists());
    let told = workplace.good(&["customer", "verify", "--site", "acme.webex.com", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["verdict"], &told["by"]), (&"verified".into(), &"store".into()));
}

#[test]
fn a_simulated_caller_types_a_pin_of_the_store_or_of_a_table() {
    let workplace = with_customers();
    let call = ["simulate", "--to", "0120339836", "--keys", "21", "--at", "2026-02-10T10:00+09:00"];
    for more in [&["--pin", "47110815"][..], &["--pin", "47110815", "--customers", "customers.csv"]] {
        let ran = workplace.run(&[&call[..], more, &["--format", "json"]].concat());
        let walked: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(walked["outcome"]["desk"], "global", "{}", ran.stderr);
        assert_eq!(walked["routing"]["entitlement"], "verified contract:C-1");
        assert_eq!(
            (&walked["outcome"]["interpreter"], &walked["case"]["option"]),
            (&true.into(), &"enhanced".into())
        );
        assert!(!ran.stdout.contains("47110815") && !ran.stderr.contains("47110815"));
    }
    let trial = workplace.good(&[&call[..], &["--pin", "22222222"]].concat());
    assert!(
        trial.contains("trial-refused") && trial.ends_with("=> hang up (plan-hung-up), language ja\n"),
        "{trial}"
    );
}

const PLAN: &str = "default = true\nlanguage = 'en'\nstart = 'pin'\n\
    [step.pin]\nverb = 'pin'\nprompt = 'pin-enter'\nterminator = '#'\nattempts = 1\n\
    verified = 'known'\ntrial = 'bye'\notherwise = 'bye'\n\
    [step.known]\nverb = 'hangup'\nprompt = 'pin-verified'\n[step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";

/// The engine logs everything, keeps a database, prints what it does: no PIN is in any of it.
#[test]
fn a_caller_types_a_pin_and_the_case_has_what_it_proves_but_not_the_pin() {
    let workplace = Workplace::new("");
    workplace.few_prompts(&["goodbye", "invalid-key", "technical-difficulty", "pin-enter", "pin-verified"]);
    workplace.write("plans/pin.toml", PLAN);
    workplace.write(
        "madoguchi.toml",
        "[sip]\nlisten = ['udp:127.0.0.1:0']\n[admin]\nlisten = '127.0.0.1:0'\n[media]\nports = '24000-24999'\n\
         [dialplan]\npath = 'plans'\nprompts = 'prompts'\n[customers]\npins = true\n",
    );
    workplace.write("customers.csv", TABLE);
    let mut serve = workplace.command(&["serve"]);
    serve.env("MADOGUCHI_LOG", "trace");
    let engine = Running::of(serve);
    workplace.good(&["customer", "import", "customers.csv"]);
    let target = format!("sip:0355500001@{}", engine.address());
    for keys in ["47110815#", "99999999#"] {
        workplace.good(&["call", &target, "--keys", keys, "--for", "60"]);
    }
    let ran = engine.terminate();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let cases: Value =
        serde_json::from_str(&workplace.good(&["case", "list", "--format", "json"])).expect("JSON");
    let shown = cases.to_string();
    assert!(shown.contains("\"value\":\"C-1\"") && shown.contains("enhanced"), "{shown}");
    let said = format!("{}{}{shown}", ran.stdout, ran.stderr);
    for pin in PINS.into_iter().chain(["99999999"]) {
        assert!(!said.contains(pin), "{pin} was said");
    }
    let list = cases.get("cases").unwrap_or(&cases).as_array().expect("cases").clone();
    let histories: String = list
        .iter()
        .filter_map(|case| case["number"].as_str())
        .map(|number| workplace.good(&["case", "show", number]))
        .collect();
    assert!(histories.contains("the caller's PIN was not verified: last attempt"), "{histories}");
    assert!(histories.contains("customer = Acme"), "{histories}");
    assert_no_pin_is_kept(&workplace);
}
