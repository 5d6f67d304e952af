//! Tests of the settings: layers, mistakes with their places, what is printed.

use super::*;
use crate::base::UnixTime;
use crate::cli::settings::Fallback;
use crate::engine::MediaSecurity;
use crate::web::Role;

/// Ten o'clock in Tokyo, on Tuesday, 2026-02-10.
const OPEN: UnixTime = UnixTime::from_secs(1_770_685_200);

/// As long as a secret has to be.
const LONG: &str = "geheim-geheim-geheim";

fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.toml");
    std::fs::write(&path, text).expect("written");
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let place = |d: &Diagnostic| {
        let file = if d.file() == "environment" { "env " } else { "" };
        let help = d.help.as_ref().map_or(String::new(), |help| format!(" | {help}"));
        format!("{file}{}:{} {} {}{help}", d.line(), d.column(), d.code, d.message)
    };
    load(Some(&path), &Surroundings { variables }).map_err(|found| found.iter().map(place).collect())
}

fn mistakes(text: &str) -> Vec<String> {
    load_text(text, &[]).map(|_| ()).expect_err("mistakes")
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let empty = load_text("", &[]).expect("good");
    assert_eq!(print(&empty.settings), print(&Settings::built_in()));
    assert!(empty.warnings.is_empty());
    let itself = load_text(BUILT_IN, &[]).expect("good");
    assert_eq!(print(&itself.settings), print(&Settings::built_in()));
    assert!(itself.warnings.is_empty(), "{:?}", itself.warnings);
}

#[test]
fn the_defaults_are_the_desk_of_the_mission() {
    let settings = Settings::built_in();
    let listen: Vec<String> = settings.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]);
    assert_eq!(settings.ports, 20_000..=29_999);
    let names: Vec<&str> = settings.desks.keys().map(String::as_str).collect();
    assert_eq!(names, ["global", "japan", "sales"]);
    let calendar = settings.calendar();
    let (evening, open) = (OPEN + std::time::Duration::from_secs(7 * 3600), |name, at| {
        calendar.desk(name).expect("a desk").is_open(at)
    });
    assert!(open("japan", OPEN) && open("sales", OPEN) && open("global", OPEN));
    assert!(!open("japan", evening) && !open("sales", evening) && open("global", evening));
    let technical = &settings.desks["japan"].queues["japan-technical"];
    assert_eq!(
        (technical.tier, technical.seats[0].target.to.to_string().as_str()),
        (1, "sip:japan-desk@127.0.0.1:5061")
    );
}

#[test]
fn the_built_in_file_names_every_key_that_is_printed() {
    let printed = print(&Settings::built_in());
    let keys = |text: &str| -> Vec<String> {
        let named = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        named.map(|line| line.split('=').next().unwrap_or("").trim().to_string()).collect()
    };
    let (mut written, mut printed) = (keys(BUILT_IN), keys(&printed));
    written.sort();
    printed.sort();
    assert_eq!(written, printed);
}

#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let text = "
[desks.global]
dial = ['sip:a@192.0.2.1', 'sip:b@192.0.2.2:5070']
[desks.japan.queues.japan-technical]
ring = '8s'
[desks.night]
hours = { zone = 'Asia/Tokyo', weekly = { daily = '22:00-06:00' }, holidays = 'none' }
queues.night = { tier = 2, seats = [{ uri = 'sip:guard@192.0.2.3', calls_at_once = 3 }] }
[trunks.ntt]
host = '192.0.2.9'
";
    let settings = load_text(text, &[]).expect("good").settings;
    let global = &settings.desks["global"];
    assert_eq!(
        global.dial.iter().map(|t| t.to.to_string()).collect::<Vec<_>>(),
        ["sip:a@192.0.2.1", "sip:b@192.0.2.2:5070"]
    );
    assert!(global.schedule.is_open(OPEN));
    let technical = &settings.desks["japan"].queues["japan-technical"];
    assert_eq!(
        (technical.ring.map_or(0, |ring| ring.as_secs()), technical.max_waiting, technical.seats.len()),
        (8, 20, 1)
    );
    let night = &settings.desks["night"];
    assert!(!night.schedule.is_open(OPEN));
    assert_eq!((night.queues["night"].tier, night.queues["night"].seats[0].calls_at_once), (2, 3));
    let again = load_text(&print(&settings), &[]).expect("printed settings are settings").settings;
    assert_eq!(print(&again), print(&settings));
}

#[test]
fn the_environment_has_the_last_word() {
    let variables =
        [("MADOGUCHI__MEDIA__PORTS", "30000-30999"), ("MADOGUCHI__DESKS__GLOBAL__DIAL", "sip:x@192.0.2.4")];
    let settings = load_text("[media]\nports = '25000-25999'\n", &variables).expect("good").settings;
    assert_eq!(settings.ports, 30_000..=30_999);
    assert_eq!(settings.desks["global"].dial[0].to.to_string(), "sip:x@192.0.2.4");
    let wrong = load_text("", &[("MADOGUCHI__MEDIA__PORT", "1-2")]).map(|_| ()).expect_err("no such key");
    assert_eq!(wrong, ["env 1:7 unknown-key unknown key `port` in `media` | did you mean `ports`?"]);
}

#[test]
fn every_mistake_is_reported_where_it_is_and_with_what_to_type() {
    let text = "\
[sip]
listen = ['udp:127.0.0.1:5060', 'tls:127.0.0.1:5061']
advertize = 'auto'
[media]
ports = '30000-20000'
[desks.japan]
hours = { zone = 'Asia/Tokio', weekly = { mon-fri = '09:00-25:00' }, holidays = 'japn' }
[desks.global]
dial = ['global-tac@127.0.0.1']
language = 'jp'
[desks.extra]
ring = '5'
[desks.japan.queues.japan-technical]
tier = 3
seats = [{ calls_at_once = 0 }]
[trunks.ntt]
profile = 'ntt-hikary'
[agents.sato]
password = '${env:NO_SUCH}'
[stor]
";
    let want = [
        "2:1 no-certificate tls:127.0.0.1:5061 wants both `certificate` and `key` in [sip]",
        "3:1 unknown-key unknown key `advertize` in `sip` | did you mean `advertise`?",
        "5:9 bad-ports `30000-20000` holds no pair of ports | write \"20000-29999\"",
        "7:18 unknown-zone zone `Asia/Tokio`: is no time zone | did you mean `Asia/Tokyo`?",
        "7:53 bad-hours hours.mon-fri[0] `09:00-25:00`: \"25:00\" is not a time of day; write it as \"09:00\", from 00:00 to 24:00",
        "7:81 unknown-word `japn` is not known here | did you mean `japan`?",
        "9:9 bad-uri `global-tac@127.0.0.1` is no SIP URI: a URI needs a scheme and a colon (byte 0) | write it as \"sip:desk@192.0.2.7:5060\"",
        "10:12 unknown-word `jp` is not known here | did you mean `ja`?",
        "11:8 missing-key `hours` is missing in `desks.extra` | write hours = \"always\", or a table with zone and weekly",
        "12:8 bad-duration `5` is no duration | write \"500ms\", \"5s\", \"2m\" or \"1h\"",
        "14:8 out-of-range a tier is 1 or 2",
        "15:10 missing-key `uri` is missing in `desks.japan.queues.japan-technical.seats[0]`",
        "15:28 out-of-range a seat takes at least one call",
        "16:1 missing-key `host` is missing in `trunks.ntt`",
        "17:11 unknown-word `ntt-hikary` is not known here | did you mean `ntt-hikari`?",
        "19:12 bad-placeholder environment variable `NO_SUCH` is not set",
        "20:2 unknown-key unknown key `stor` | did you mean `store`?",
    ];
    assert_eq!(mistakes(text), want);
}

#[test]
fn the_calendars_objections_point_at_what_was_written() {
    let text = "\
[desks.japan]
hours = { zone = 'Asia/Tokio', weekly = { mon-fri = ['09:00-12:00', '13:00-25:00'] }, company_days = [{ days = '2026-02-30', name = 'x' }] }
";
    let found = mistakes(text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "2:18 unknown-zone zone `Asia/Tokio`: is no time zone | did you mean `Asia/Tokyo`?");
    assert!(found[1].starts_with("2:69 bad-hours hours.mon-fri[1] `13:00-25:00`"), "{found:?}");
    assert!(found[2].starts_with("2:103 bad-hours company_days[0] `2026-02-30`"), "{found:?}");
    assert_eq!(mistakes("[desks.x]\nhours = 'sometimes'\n").len(), 1);
}

#[test]
fn what_nothing_serves_yet_is_warned_of() {
    let text = "[agents.sato]\nname = '佐藤'\nrole = 'admin'\nskills = ['meetings']\ntier = 2\n";
    let warnings = load_text(text, &[]).expect("good").warnings;
    let lines: Vec<usize> = warnings.iter().map(Diagnostic::line).collect();
    assert_eq!(lines, [4, 5]);
    assert!(warnings.iter().all(|w| w.code == "not-served"));
}

#[test]
fn a_password_may_be_a_hash_that_a_login_can_check_and_a_role_is_one_of_five() {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$\
        YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY";
    let good = format!("[agents.sato]\npassword = '{hash}'\nrole = 'auditor'\n");
    assert_eq!(load_text(&good, &[]).expect("good").settings.agents["sato"].role, Role::Auditor);
    let bad = mistakes(&format!("[agents.sato]\npassword = '{}'\nrole = 'boss'\n", hash.replace("id", "i")));
    assert_eq!(bad.len(), 2, "{bad:?}");
    assert!(bad[0].starts_with("2:12 bad-password it begins like a hash"), "{bad:?}");
    assert!(bad[1].starts_with("3:8 unknown-word `boss`"), "{bad:?}");
}

#[test]
fn a_queue_has_one_desk_and_a_file_must_be_there() {
    let twice = mistakes("[desks.sales.queues.japan-technical]\nseats = []\n");
    assert_eq!(twice, ["1:21 queue-twice queue `japan-technical` belongs to desk `japan` already"]);
    let gone = load(Some(Path::new("/no/such/file.toml")), &Surroundings::default()).expect_err("no file");
    assert!(gone[0].to_string().contains("cannot read the settings file: No such file"), "{}", gone[0]);
}

#[test]
fn a_password_is_never_printed() {
    let text = "[agents.sato]\npassword = 'geheim'\n[store]\nurl = 'postgres://me:geheim@host/db'\n";
    let printed = print(&load_text(text, &[]).expect("good").settings);
    assert!(!printed.contains("geheim") && printed.contains("password = \"***\""), "{printed}");
    assert!(printed.contains("postgres://me:***@host/db"), "{printed}");
    let text = "[store]\nurl = 'postgres://host/db?user=me&password=geheim'\n";
    let printed = print(&load_text(text, &[]).expect("good").settings);
    assert!(printed.contains("postgres://host/db?***") && !printed.contains("geheim"), "{printed}");
}

#[test]
fn a_desk_transfers_to_desks_places_and_lines_that_there_are() {
    let text = "\
[desks.japan]
transfers = ['global', 'partner', 'trunk:ntt']
[transfers.partner]
uri = 'sip:partner@192.0.2.9'
[trunks.ntt]
host = '192.0.2.1'
prefixes = ['03']
";
    let printed = print(&load_text(text, &[]).expect("good").settings);
    assert!(printed.contains("transfers = [\"global\", \"partner\", \"trunk:ntt\"]"), "{printed}");
    let wrong =
        text.replace("'partner', 'trunk:ntt'", "'partnr', 'trunk:nt'").replace("prefixes", "# prefixes");
    assert_eq!(
        mistakes(&wrong),
        [
            "2:24 no-transfer there is no desk or transfer `partnr` | did you mean `partner`?",
            "2:34 no-trunk there is no trunk `nt` | did you mean `ntt`?",
        ]
    );
    let open = mistakes(&text.replace("prefixes", "# prefixes"));
    assert!(
        open[0].starts_with("2:35 no-prefixes trunk `ntt` says of no number that it may be dialled"),
        "{open:?}"
    );
}

#[test]
fn transfers_are_places_with_an_address_and_print_as_they_read() {
    let text = "[transfers.partner]\nuri = \"sip:partner@192.0.2.9\"\ntrusted = true\n\
                [transfers.night-desk]\nuri = \"sip:night@192.0.2.10\"\n";
    let moved = ("MADOGUCHI__TRANSFERS__NIGHT_DESK__URI", "sip:night@192.0.2.11");
    let printed = print(&load_text(text, &[moved]).expect("good").settings);
    let (partner, night) = (
        "[transfers.partner]\nuri = \"sip:partner@192.0.2.9\"\ntrusted = true\n",
        "[transfers.night-desk]\nuri = \"sip:night@192.0.2.11\"\ntrusted = false\n",
    );
    assert!(printed.contains(partner) && printed.contains(night), "{printed}");
    assert_eq!(print(&load_text(&printed, &[]).expect("good").settings), printed);
    let nowhere = mistakes("[transfers.partner]\ntrusted = true\n");
    assert!(nowhere[0].contains("missing-key `uri` is missing"), "{nowhere:?}");
    let telephone = mistakes("[transfers.partner]\nuri = \"tel:110\"\n");
    assert!(telephone[0].contains("bad-uri `tel:` cannot be rung"), "{telephone:?}");
}

#[test]
fn webhooks_are_read_checked_and_printed_without_their_secrets() {
    let text = "
[webhooks.contracts]
url = 'https://contracts.example/ask?key=geheim'
secret = '${env:SECRET}'
[webhooks.here]
url = 'http://127.0.0.1:8090/ask'
";
    let variables = [("SECRET", LONG), ("MADOGUCHI__WEBHOOKS__HERE__SECRET", LONG)];
    let settings = load_text(text, &variables).expect("good").settings;
    let secrets = settings.webhooks.values().map(|w| w.secret.as_ref().map(|s| s.reveal().as_str()));
    assert_eq!(secrets.collect::<Vec<_>>(), [Some(LONG), Some(LONG)]);
    let printed = print(&settings);
    assert!(!printed.contains("geheim") && printed.contains("secret = \"***\""), "{printed}");
    assert!(printed.contains("url = \"https://contracts.example/ask?***\""), "{printed}");
    let text = "\
[webhooks.contracts]
url = 'http://contracts.example/ask'
[webhooks.stock]
url = 'https://me:geheim@stock.example'
sekret = 'x'
[webhooks.empty]
";
    let want = [
        "2:7 bad-url `http://contracts.example/ask` is http to another machine | use https; http is for 127.0.0.1, [::1] and localhost alone",
        "4:7 bad-url the URL holds a user or password | leave it out: a service knows who asks by `secret`",
        "5:1 unknown-key unknown key `sekret` in `webhooks.stock` | did you mean `secret`?",
        "6:1 missing-key `url` is missing in `webhooks.empty`",
    ];
    assert_eq!(mistakes(text), want);
}

#[test]
fn the_customers_own_system_is_read_checked_and_printed_without_its_secret() {
    let text = "
[customers]
url = 'https://crm.example/ask?key=geheim'
secret = '${env:SECRET}'
deadline = '500ms'
cache = '0s'
fallback = 'unverified'
";
    let settings = load_text(text, &[("SECRET", LONG)]).expect("good").settings;
    let service = settings.customers.service().expect("a system");
    assert_eq!(service.secret.as_ref().map(|secret| secret.reveal().as_str()), Some(LONG));
    assert_eq!(
        (settings.customers.cache, settings.customers.fallback),
        (Duration::ZERO, Fallback::Unverified)
    );
    let printed = print(&settings);
    assert!(!printed.contains("geheim") && printed.contains("secret = \"***\""), "{printed}");
    for line in ["url = \"https://crm.example/ask?***\"", "deadline = \"500ms\"", "fallback = \"unverified\""]
    {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(load_text("[customers]\nurl = ''\n", &[]).expect("good").settings.customers.service().is_none());
    let text = "\
[customers]
url = 'http://crm.example/ask'
deadline = '6s'
cache = '25h'
fallback = 'stoer'
";
    let want = [
        "2:7 bad-url `http://crm.example/ask` is http to another machine | use https; http is for 127.0.0.1, [::1] and localhost alone",
        "3:12 bad-deadline `6s` is longer than 5 s: a caller waits for it | write \"800ms\"",
        "4:9 bad-cache `25h` is longer than a day | write \"5m\", or \"0s\": nothing is remembered",
        "5:12 unknown-word `stoer` is not known here | did you mean `store`?",
    ];
    assert_eq!(mistakes(text), want);
    for (deadline, why) in [("49ms", "shorter"), ("soon", "no duration")] {
        let found = mistakes(&format!("[customers]\ndeadline = '{deadline}'\n"));
        assert!(found[0].contains(why), "{found:?}");
    }
    assert!(mistakes("[customers]\ncache = 'long'\n")[0].contains("no duration"));
}

#[cfg(not(feature = "speech"))]
#[test]
fn a_voice_needs_a_program_that_can_speak() {
    let found = mistakes("[dialplan]\nvoice = \"mei.htsvoice\"\n");
    assert!(found.iter().any(|line| line.contains("no-speech")), "{found:?}");
    assert!(load_text("[dialplan]\nvoice = \"\"\n", &[]).expect("good").settings.voice.is_none());
}

#[cfg(feature = "speech")]
#[test]
fn a_voice_is_a_path_or_none() {
    let voice = |text: &str| load_text(text, &[]).expect("good").settings.voice;
    assert_eq!(voice("[dialplan]\nvoice = \"mei.htsvoice\"\n"), Some(PathBuf::from("mei.htsvoice")));
    assert_eq!(voice("[dialplan]\nvoice = \"\"\n"), None);
}

#[test]
fn a_profile_sets_what_its_carrier_wants_and_what_is_written_counts_more() {
    let text = "[trunks.ntt]\nhost = '192.0.2.9'\nprofile = 'ntt-hikari'\ndscp = 46\n[trunks.other]\nhost = 'x.example'\n";
    let settings = load_text(text, &[]).expect("good").settings;
    let (ntt, other) = (&settings.trunks["ntt"], &settings.trunks["other"]);
    assert_eq!((ntt.codecs.len(), ntt.dscp, ntt.keep_alive.as_secs()), (1, Some(46), 0));
    assert_eq!((other.codecs.len(), other.dscp, other.keep_alive.as_secs()), (Codec::ALL.len(), None, 30));
    let again = load_text(&print(&settings), &[]).expect("printed settings are settings").settings;
    assert_eq!(again.trunks, settings.trunks);
}

#[test]
fn a_trunk_registers_as_somebody_and_dials_what_it_may() {
    let text = "\
[trunks.ntt]
host = '192.0.2.9'
register = true
prefixes = ['03']
dscp = 64
[trunks.bad]
host = 'a b'
port = 0
prefixes = ['03-']
[transfers.partner]
uri = 'trunk:ntt/0901234567'
[transfers.other]
uri = 'trunk:nt/0312345678'
[transfers.third]
uri = 'trunk:0312345678'
";
    let want = [
        "1:9 missing-key `trunks.ntt` registers as nobody | write user = \"…\": the number or name of the line",
        "5:8 out-of-range a DSCP is 0 to 63",
        "7:8 bad-host `a b` is no host | write a name or an address; the port is a key of its own: port = 5060",
        "8:8 out-of-range a port is 1 to 65535",
        "9:13 bad-number `03-` is nothing that can be dialled | write digits alone: \"0312345678\"",
        "11:7 not-allowed `0901234567` begins with none of the prefixes of trunk `ntt`",
        "13:7 no-trunk there is no trunk `nt` | did you mean `ntt`?",
        "15:7 bad-uri `trunk:0312345678` names no trunk and number | write it as \"trunk:ntt/0312345678\"",
    ];
    assert_eq!(mistakes(text), want);
}

#[test]
fn websocket_is_listened_for_and_pages_come_from_where_the_settings_say() {
    let text = "[sip]\nlisten = ['ws:127.0.0.1:5066']\norigins = ['https://console.example', '*']\n";
    let settings = load_text(text, &[]).expect("good").settings;
    assert_eq!(settings.listen[0].to_string(), "ws:127.0.0.1:5066");
    assert_eq!(settings.origins, ["https://console.example", "*"]);
    let wrong = "[sip]\norigins = ['console.example', 'https://a.example/b']\n";
    let found = mistakes(wrong);
    let codes: Vec<&str> = found.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(codes, ["bad-origin", "bad-origin"], "{found:?}");
    let bare = mistakes("[sip]\nlisten = ['wss:127.0.0.1:5067']\n");
    assert!(bare[0].contains("no-certificate"), "{bare:?}");
}

#[test]
fn proxies_are_networks_and_no_network_is_everybody() {
    let settings =
        load_text("[http]\nproxies = ['127.0.0.1', 'fd00::/8', '10.0.0.0/8']\n", &[]).expect("good");
    let shown: Vec<String> = settings.settings.proxies.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["127.0.0.1", "fd00::/8", "10.0.0.0/8"]);
    assert_eq!(Settings::built_in().proxies, []);
    let found = mistakes("[http]\nproxies = ['10.1.2.3/8', '0.0.0.0/0', 'proxy.example']\n");
    assert_eq!(
        found,
        [
            "2:12 bad-network `10.1.2.3/8` is not the first address of a network; that is 10.0.0.0/8 | write \"127.0.0.1\", or \"10.0.0.0/8\"",
            "2:26 bad-network `0.0.0.0/0` is everybody, so that anybody could say who they are | write \"127.0.0.1\", or \"10.0.0.0/8\"",
            "2:39 bad-network `proxy.example` is no address and no network | write \"127.0.0.1\", or \"10.0.0.0/8\"",
        ]
    );
}

#[test]
fn a_desk_is_on_the_case_form_under_the_names_it_has_there() {
    let text = "[desks.osaka]\nhours = 'always'\ncase_form = 'Osaka'\n[desks.japan]\ncase_form = ''\n\
        [desks.kyoto]\nhours = 'always'\n";
    let settings = load_text(text, &[]).expect("good").settings;
    let names = |desk: &str| {
        settings.desks[desk].case_form.as_ref().map(|names| (names.ja.as_str(), names.en.as_str()))
    };
    assert_eq!((names("osaka"), names("japan"), names("kyoto")), (Some(("Osaka", "Osaka")), None, None));
    assert_eq!(names("global"), Some(("Global Cloud TAC（英語）", "Global Cloud TAC (English)")));
    let found = mistakes("[desks.japan]\ncase_form = { ja = 'a' }\n");
    assert!(found.len() == 1 && found[0].contains("`en` is missing"), "{found:?}");
}

#[test]
fn phones_register_by_name_and_a_desk_rings_only_those_there_are() {
    let phones = "[phones.sato]\npassword = '${env:P}'\nmedia_security = 'sdes'\n[desks.global]\ndial = ['phone:sato']\n";
    let loaded = load_text(phones, &[("P", "himitsu")]).expect("good").settings;
    assert_eq!(loaded.desks["global"].dial[0].to, To::Phone("sato".into()));
    let sato = &loaded.phones["sato"];
    assert_eq!((sato.password.reveal().as_str(), sato.media_security), ("himitsu", MediaSecurity::Sdes));
    let printed = print(&loaded);
    assert!(
        printed.contains("[phones.sato]\npassword = \"***\"\nmedia_security = \"sdes\"")
            && !printed.contains("himitsu"),
        "{printed}"
    );
    let wrong = "[phones.sato]\n[phones.ito]\npassword = 'x'\n[desks.global]\ndial = ['phone:itoh', 'phone:']\n\
                 [sip]\nmin_registration = '2h'\n";
    let found = mistakes(wrong);
    let codes: Vec<&str> = found.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(codes, ["missing-key", "bad-uri", "out-of-range"], "{found:?}");
    let open = mistakes("[media]\nsrtp = 'never'\n[phones.ito]\npassword = 'x'\nmedia_security = 'dtls'\n");
    assert!(open[0].starts_with("5:1 no-encryption "), "{open:?}");
    let unknown = mistakes("[phones.ito]\npassword = 'x'\n[desks.global]\ndial = 'phone:itoh'\n");
    assert_eq!(unknown, ["4:8 unknown-phone phone `itoh` is not in [phones] | did you mean `ito`?"]);
}

#[test]
fn events_are_read_checked_and_printed_without_their_secrets() {
    let text = "
[events.crm]
url = 'https://crm.example/madoguchi?key=geheim'
secret = '${env:SECRET}'
types = ['case.clock-rang.missed', 'case.opened', 'case.field-changed.severity', 'case.field-changed']
[events.here]
url = 'http://127.0.0.1:8090/told'
secret = 'geheim-geheim-geheim'
source = 'https://desk.example/'
";
    let settings = load_text(text, &[("SECRET", LONG)]).expect("good").settings;
    let crm = &settings.events["crm"];
    let kinds: Vec<&str> = crm.kinds.iter().map(String::as_str).collect();
    assert_eq!(kinds, ["clock-rang.missed", "field-changed", "opened"], "each once");
    assert_eq!((crm.source.as_str(), crm.receiver.secret.reveal().as_str()), ("urn:madoguchi:cases", LONG));
    let here = &settings.events["here"];
    assert!(here.kinds.is_empty() && here.source == "https://desk.example/");
    let printed = print(&settings);
    assert!(!printed.contains("geheim"), "{printed}");
    let filled = printed.replace("***", LONG);
    assert_eq!(print(&load_text(&filled, &[]).expect("good").settings), printed);
    let moved = [("SECRET", LONG), ("MADOGUCHI__EVENTS__CRM__URL", "https://other.example/")];
    let moved = load_text(text, &moved).expect("good").settings;
    assert_eq!(moved.events["crm"].receiver.address.to_string(), "https://other.example/");
    assert_eq!(moved.events["crm"].kinds, crm.kinds, "what one layer does not write stays");
    let wrong = mistakes(
        "
[events.crm]
url = 'http://crm.example/'
secret = ''
source = 'our desk'
types = ['case.opend', 'opened']
sekret = 'x'
[events.empty]
",
    );
    let want = [
        "3:7 bad-url `http://crm.example/` is http to another machine | use https; http is for 127.0.0.1, [::1] and localhost alone",
        "4:10 no-secret the secret is empty | make one: openssl rand -hex 32",
        "5:10 bad-source `our desk` is no URI | write it as \"https://desk.example/madoguchi\", or \"urn:…\"",
        "6:10 unknown-type there is no event `case.opend` | did you mean `case.opened`?",
        "6:24 unknown-type there is no event `opened` | `madoguchi events types` lists them",
        "7:1 unknown-key unknown key `sekret` in `events.crm` | did you mean `secret`?",
        "8:1 missing-key `url` is missing in `events.empty`",
        "8:1 missing-key `secret` is missing in `events.empty`",
    ];
    assert_eq!(wrong, want);
}

#[test]
fn an_agents_seat_is_one_of_a_queues_and_theirs_alone() {
    let seats = "[phones.ito]\npassword = 'x'\n[desks.japan.queues.japan-technical]\nseats = ['phone:ito']\n";
    let good = load_text(&format!("{seats}[agents.ito]\nseat = 'phone:ito'\n"), &[]).expect("good").settings;
    assert!(print(&good).contains("role = \"agent\"\nseat = \"phone:ito\"\n"), "{}", print(&good));
    let agents = "[agents.ito]\nseat = 'phone:itoh'\n[agents.mori]\nseat = 'phone:ito'\n[agents.sato]\nseat = 'phone:ito'\n";
    let wanted = [
        "6:8 no-seat no queue has the seat `phone:itoh` | did you mean `phone:ito`?",
        "10:8 seat-taken `phone:ito` is another agent's seat",
    ];
    assert_eq!(mistakes(&format!("{seats}{agents}")), wanted);
}

#[test]
fn what_serve_would_refuse_is_told_where_it_is_written_and_no_secret_is_shown() {
    let text = "\
[store]
url = 'mysql://me:geheim@db/m'
[customers]
key = 'kurz'
secret = 'klein'
[webhooks.stock]
url = 'https://stock.example'
secret = 'winzig'
[events.crm]
url = 'https://crm.example'
secret = 's'
";
    let found = mistakes(text);
    assert!(found[0].starts_with("2:7 bad-store-url store url \"mysql://") && !found[0].contains("geheim"));
    let want = [
        "4:7 short-key the key of PINs is too short: 4 of at least 16 bytes | make one: openssl rand -hex 32",
        "5:10 short-secret the secret is too short: 5 of at least 16 bytes | make one: openssl rand -hex 32",
        "8:10 short-secret the secret is too short: 6 of at least 16 bytes | make one: openssl rand -hex 32",
        "11:10 short-secret the secret is too short: 1 of at least 16 bytes | make one: openssl rand -hex 32",
    ];
    assert_eq!(found[1..], want);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.toml");
    std::fs::write(&path, text).expect("written");
    let found = load(Some(&path), &Surroundings::default()).map(|_| ()).expect_err("mistakes");
    let shown: String = found.iter().map(ToString::to_string).collect();
    for secret in ["geheim", "kurz", "klein", "winzig", "'s'"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("url = '**********************'"), "{shown}");
}

#[test]
fn a_key_has_its_place_in_the_layer_that_writes_it_last_or_in_the_defaults() {
    let text = "[media]\nports = '30000-30999'\n[desks.night]\nhours = 'always'\n";
    let loaded = load_text(text, &[("MADOGUCHI__DESKS__LATE__HOURS", "always")]).expect("good");
    let place = |path: &[&str]| {
        let (source, span) = loaded.layers.place(path);
        (source.name().rsplit('/').next().unwrap_or_default().to_string(), source.position(span.start).0)
    };
    assert_eq!(place(&["media", "ports"]), ("m.toml".into(), 2));
    assert_eq!(place(&["desks", "night", "hours"]), ("m.toml".into(), 4));
    assert_eq!(place(&["desks", "night", "ring"]), ("m.toml".into(), 3), "the section");
    assert_eq!(place(&["desks", "late"]).0, "environment");
    let (file, line) = place(&["desks", "japan", "hours"]);
    assert!(
        file == "built-in settings" && BUILT_IN.lines().nth(line - 1).is_some_and(|l| l.contains("hours"))
    );
    assert!(!format!("{loaded:?}").contains("ports = '30000"));
}
