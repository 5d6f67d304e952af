//! Settings files with mistakes, and the settings in force.

use super::workplace::Workplace;

#[test]
fn a_mistyped_zone_and_an_unknown_key_are_errors_with_a_suggestion() {
    let workplace = Workplace::new("");
    let text = "[sip]\nadvertize = 'auto'\n[desks.japan]\nhours = { zone = 'Asia/Tokio', weekly = { mon-fri = '09:00-17:00' } }\n";
    workplace.write("wrong.toml", text);
    for command in [&["check"][..], &["hours"], &["print-config"], &["simulate", "--to", "117"]] {
        let told = workplace.bad(&[command, &["--config", "wrong.toml"]].concat());
        assert!(told.contains("wrong.toml:2:1") && told.contains("did you mean `advertise`?"), "{told}");
        assert!(told.contains("wrong.toml:4:18") && told.contains("did you mean `Asia/Tokyo`?"), "{told}");
    }
}

#[test]
fn printed_settings_are_settings_and_hide_passwords() {
    let workplace = Workplace::new("[trunks.ntt]\nhost = '192.0.2.1'\npassword = '${env:PASS}'\n");
    let command = |args: &[&str]| {
        let mut command = workplace.command(args);
        command.env("PASS", "geheim").env("MADOGUCHI__MEDIA__PORTS", "30000-30999");
        let output = command.output().expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let printed = command(&["print-config"]);
    assert!(
        printed.contains("ports = \"30000-30999\"") && printed.contains("password = \"***\""),
        "{printed}"
    );
    assert!(!printed.contains("geheim"));
    workplace.write("printed.toml", &printed);
    assert_eq!(command(&["print-config", "--config", "printed.toml"]), printed);
}

#[test]
fn a_named_file_that_is_not_there_is_an_error_and_no_file_at_all_is_not() {
    let workplace = Workplace::new("");
    let told = workplace.bad(&["hours", "--config", "none.toml"]);
    assert!(told.contains("none.toml:1:1") && told.contains("cannot read the settings"), "{told}");
    std::fs::remove_file(workplace.path("madoguchi.toml")).expect("removed");
    assert!(workplace.good(&["hours", "--days", "1"]).contains("japan (Asia/Tokyo)"));
}

#[test]
fn wrong_usage_is_status_2() {
    let workplace = Workplace::new("");
    for args in
        [&["no-such-command"][..], &["hours", "--no-such-option"], &["case"], &["check", "--format", "xml"]]
    {
        assert_eq!(workplace.run(args).status, 2, "{args:?}");
    }
    assert_eq!(workplace.run(&["--help"]).status, 0);
}
