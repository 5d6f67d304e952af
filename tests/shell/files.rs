//! Files as they come: half written, of other systems, too long, no files at all. Each is told, never followed.

use super::workplace::{Workplace, shipped};
use std::os::unix::fs::symlink;

const GOOD: &str = "start = 'bye'\n[step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";

fn told_of(name: &str, text: &[u8]) -> String {
    let workplace = Workplace::new("");
    workplace.write_bytes(&format!("plans/{name}"), text);
    workplace.bad(&["check", "plans"])
}

/// Whether each of these is in the text, in this order.
fn says(told: &str, parts: &[&str]) {
    let mut rest = told;
    for part in parts {
        let after = rest.split_once(part).map(|(_, after)| after);
        assert!(after.is_some(), "no `{part}` in\n{told}");
        rest = after.unwrap_or_default();
    }
}

#[test]
fn a_byte_order_mark_and_any_line_ends_are_let_be() {
    let workplace = Workplace::new("");
    workplace.write("mark.toml", &format!("\u{feff}{GOOD}"));
    workplace.write("windows.toml", &GOOD.replace('\n', "\r\n"));
    workplace.write("mixed.toml", &GOOD.replacen('\n', "\r\n", 2));
    for plan in ["mark.toml", "windows.toml", "mixed.toml"] {
        assert!(workplace.good(&["check", plan]).contains("1 step"), "{plan}");
    }
}

#[test]
fn columns_are_those_of_the_editor_after_a_mark_and_with_any_line_ends() {
    says(
        &told_of("a.toml", format!("\u{feff}strat = 'bye'\n{GOOD}").as_bytes()),
        &["a.toml:1:1", "1 | strat", "\n  | ^^^^^\n"],
    );
    let windows = GOOD.replace("goodbye", "godbye").replace('\n', "\r\n");
    says(&told_of("a.toml", windows.as_bytes()), &["a.toml:4:10", "4 | prompt = 'godbye'\n", "^^^^^^^^"]);
    says(
        &told_of("a.toml", GOOD.replace('\n', "\r").as_bytes()),
        &["a.toml:1:15", "save the file with line ends LF or CRLF"],
    );
}

#[test]
fn bytes_that_are_no_text_are_told_by_their_place() {
    let latin = [GOOD.as_bytes(), b"# caf\xe9\n"].concat();
    says(
        &told_of("a.toml", &latin),
        &["not-utf8", "byte 66 of the file (0xe9) is no UTF-8", "a.toml:5:6", "save the file as UTF-8"],
    );
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(GOOD.bytes().flat_map(|b| [b, 0])).collect();
    says(&told_of("a.toml", &wide), &["byte 1 of the file (0xff) is of UTF-16, not of UTF-8"]);
    let cut = [GOOD.as_bytes(), &[0; 512]].concat();
    says(
        &told_of("a.toml", &cut),
        &["nul-byte", "byte 61 of the file (0x00) is NUL", "a.toml:5:1", "save it again"],
    );
}

#[test]
fn a_plan_cut_off_anywhere_is_refused_or_is_a_whole_plan() {
    let text = std::fs::read_to_string(shipped("dialplans/webex-support.toml")).expect("the plan");
    let workplace = Workplace::new("");
    for part in [3_000, 5_000, 7_000, 9_000] {
        let cut = text.char_indices().map(|(at, _)| at).find(|at| *at >= part).expect("a longer plan");
        workplace.write("plans/a.toml", &text[..cut]);
        assert!(workplace.bad(&["check", "plans"]).contains("plans/a.toml:"), "cut at {cut}");
    }
    says(&told_of("a.toml", b""), &["`start` is missing", "a plan has at least one step"]);
}

#[test]
fn a_plan_of_ten_megabytes_is_refused_at_once() {
    says(
        &told_of("a.toml", &b"#".repeat(10 << 20)),
        &["too-long", "the dialplan is longer than 1 MB", "a.toml:1:1"],
    );
}

#[test]
fn a_plan_that_lies_deep_in_itself_is_refused() {
    let deep = format!("start = {}", "[".repeat(200_000));
    says(&told_of("a.toml", deep.as_bytes()), &["a.toml:1:"]);
    says(
        &told_of("a.toml", format!("a{} = 1\n{GOOD}", ".b".repeat(10_000)).as_bytes()),
        &["keys lie too deep in each other"],
    );
}

#[test]
fn a_thousand_steps_are_a_plan_and_one_more_is_none() {
    let steps = |count: usize| -> String {
        let step = |at: usize| format!("[step.s{at}]\nverb = 'goto'\nnext = 's{}'\n", at + 1);
        (1..count).map(step).collect::<String>()
            + &format!("[step.s{count}]\nverb = 'hangup'\nprompt = 'goodbye'\n")
    };
    let workplace = Workplace::new("");
    workplace.write("plans/a.toml", &format!("start = 's1'\n{}", steps(1_000)));
    assert!(workplace.good(&["check", "plans"]).contains("1000 steps"));
    says(
        &told_of("a.toml", format!("start = 's1'\n{}", steps(1_001)).as_bytes()),
        &["too-many-steps", "at most 1000 steps"],
    );
}

#[test]
fn thousands_of_mistakes_are_told_in_seconds() {
    let keys: String = (0..20_000).map(|n| format!("key-{n} = 1\n")).collect();
    let told = told_of("a.toml", format!("{keys}{GOOD}").as_bytes());
    assert!(
        told.contains("a.toml:20000:1") && told.ends_with("20000 errors, 0 warnings\n"),
        "{}",
        told.len()
    );
}

#[test]
fn a_link_within_the_folder_is_a_plan_and_one_that_leads_out_is_refused() {
    let workplace = Workplace::new("");
    workplace.write("plans/.now/a", GOOD);
    symlink(".now/a", workplace.path("plans/a.toml")).expect("a link");
    assert!(workplace.good(&["check", "plans"]).contains("a ("));
    workplace.write("secret/b.toml", GOOD);
    symlink("../secret/b.toml", workplace.path("plans/b.toml")).expect("a link");
    let told = workplace.bad(&["check", "plans"]);
    says(
        &told,
        &["not-a-plan", "this link leads out of the folder, to ", "secret/b.toml", "plans/b.toml:1:1"],
    );
    assert!(!told.contains("hangup"), "nothing of the file is shown: {told}");
    assert!(workplace.good(&["check", "secret/b.toml"]).contains("b ("), "named by hand it is a plan");
}

#[test]
fn links_that_lead_nowhere_or_round_are_told() {
    let workplace = Workplace::new("");
    workplace.write("plans/good.toml", GOOD);
    symlink("gone", workplace.path("plans/a.toml")).expect("a link");
    symlink("b.toml", workplace.path("plans/b.toml")).expect("a link");
    symlink("user@host:1", workplace.path("plans/.#good.toml")).expect("an editor's lock");
    let told = workplace.bad(&["check", "plans"]);
    says(
        &told,
        &[
            "this leads nowhere: No such file",
            "plans/a.toml",
            "this leads nowhere: Too many levels",
            "plans/b.toml",
            "2 errors",
        ],
    );
}

#[test]
fn a_folder_and_a_device_with_the_name_of_a_plan_are_told() {
    let workplace = Workplace::new("");
    workplace.write("plans/a.toml/b.toml", GOOD);
    let _socket = std::os::unix::net::UnixListener::bind(workplace.path("plans/c.toml")).expect("a socket");
    let told = workplace.bad(&["check", "plans"]);
    says(
        &told,
        &["this is a folder", "plans/a.toml:1:1", "this is no regular file", "plans/c.toml:1:1", "2 errors"],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_hides_nothing_of_the_others() {
    let workplace = Workplace::new("");
    workplace.write("a.toml", &GOOD.replace("goodbye", "godbye"));
    let told = workplace.bad(&["check", "/proc/self/mem", "a.toml", "gone.toml"]);
    says(&told, &["/proc/self/mem:1:1", "a.toml:4:10", "gone.toml:1:1"]);
    says(&told, &["cannot read the dialplan: Input/output error"]);
    says(&told, &["cannot read the dialplan: No such file"]);
    assert!(!told.contains("no-default-plan"), "it may be in a file that was not read: {told}");
}

#[test]
fn an_empty_folder_has_no_dialplan() {
    let workplace = Workplace::new("");
    workplace.write("plans/notes.txt", "none yet");
    says(
        &workplace.bad(&["check", "plans"]),
        &["there is no dialplan here", "plans:1:1", "put a file NAME.toml"],
    );
}

#[test]
fn settings_and_prompts_are_read_with_the_same_care() {
    let workplace = Workplace::new("");
    workplace.write_bytes("other.toml", b"[sip]\nlisten = [\"\xff\"]\n");
    says(&workplace.bad(&["print-config", "--config", "other.toml"]), &["not-utf8", "other.toml:2:12"]);
    workplace.write("other.toml", &"#".repeat(2 << 20));
    says(
        &workplace.bad(&["print-config", "--config", "other.toml"]),
        &["the settings file is longer than 1 MB"],
    );
    workplace.write("words/manifest.toml", "[[prompt]]\0");
    says(&workplace.bad(&["check", "words"]), &["nul-byte", "manifest.toml:1:11"]);
}
