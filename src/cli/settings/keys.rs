//! Every key of the settings, declared: the schema is made from this, and a test holds it against the reader.

use super::customers::FALLBACKS;
use super::phones::MEDIA_SECURITY;
use super::strangers::MOST;
use super::tls::SRTP;
use super::trunk::{Profile, TRANSPORTS};
use crate::base::Language;
use crate::engine::NumberSource;
use crate::web::Role;

/// A table of the settings.
#[derive(Debug)]
pub struct Section {
    /// What it is about.
    pub about: &'static str,
    /// Its keys, in the order of `madoguchi.toml`.
    pub keys: &'static [Key],
    /// Those that have no default.
    pub required: &'static [&'static str],
}

/// A key of the settings.
#[derive(Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// What a key holds.
#[derive(Debug)]
pub enum Holds {
    /// A string; what it means, its reader knows.
    Text,
    /// True or false.
    Flag,
    /// A whole number between these two.
    Number(u32, u32),
    /// A duration.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Holds),
    /// A list, or the one that would be in it.
    OneOrList(&'static Holds),
    /// A table of its own.
    Table(&'static Section),
    /// A string that says it all, or a table.
    TextOr(&'static Section),
    /// Tables by names that whoever writes the settings gives.
    Named(&'static Section),
    /// Days, each with a range of hours or several: `mon-fri = "09:00-17:00"`.
    NamedRanges,
}

const fn section(about: &'static str, keys: &'static [Key]) -> Section {
    Section { about, keys, required: &[] }
}

const fn key(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key { name, holds, about }
}

const TRANSPORT_NAMES: &[&str] = &[TRANSPORTS[0].0, TRANSPORTS[1].0, TRANSPORTS[2].0];
const SRTP_NAMES: &[&str] = &[SRTP[0].0, SRTP[1].0, SRTP[2].0];
const MEDIA_SECURITY_NAMES: &[&str] =
    &[MEDIA_SECURITY[0].0, MEDIA_SECURITY[1].0, MEDIA_SECURITY[2].0, MEDIA_SECURITY[3].0];
const FALLBACK_NAMES: &[&str] = &[FALLBACKS[0].0, FALLBACKS[1].0];
const PROFILE_NAMES: &[&str] = &[Profile::NAMED[0].0, Profile::NAMED[1].0];
const NUMBER_SOURCES: &[&str] = &[
    NumberSource::ALL[0].name(),
    NumberSource::ALL[1].name(),
    NumberSource::ALL[2].name(),
    NumberSource::ALL[3].name(),
    NumberSource::ALL[4].name(),
];
const LANGUAGES: &[&str] = &[Language::ALL[0].tag(), Language::ALL[1].tag()];

/// The whole file.
pub const ROOT: Section = section(
    "settings of madoguchi",
    &[
        key("sip", Holds::Table(&SIP), "SIP"),
        key("media", Holds::Table(&MEDIA), "audio"),
        key("http", Holds::Table(&HTTP), "console, customer pages and API"),
        key("admin", Holds::Table(&ADMIN), "health, readiness, metrics"),
        key("store", Holds::Table(&STORE), "cases and calls"),
        key("dialplan", Holds::Table(&DIALPLAN), "dialplans and prompts"),
        key("customers", Holds::Table(&CUSTOMERS), "how customers are verified"),
        key("desks", Holds::Named(&DESK), "desks by name"),
        key("transfers", Holds::Named(&TRANSFER), "places outside the desks to which callers may be handed"),
        key("trunks", Holds::Named(&TRUNK), "carriers by name"),
        key("agents", Holds::Named(&AGENT), "people at the desks by name"),
        key("phones", Holds::Named(&PHONE), "desk phones that register here, by name"),
        key("webhooks", Holds::Named(&WEBHOOK), "services outside that a dialplan may ask"),
        key("events", Holds::Named(&EVENTS), "who outside is told what happens to cases"),
        key("escalation", Holds::Named(&TOLD), "who is told of a Premium customer's S1 or S2"),
    ],
);

const SIP: Section = section(
    "",
    &[
        key(
            "listen",
            Holds::OneOrList(&Holds::Text),
            "where SIP arrives: \"udp:ADDRESS:PORT\", \"tcp:ADDRESS:PORT\" or \"tls:ADDRESS:PORT\"",
        ),
        key(
            "advertise",
            Holds::Text,
            "the address peers reach this engine at; \"auto\": the one it listens on",
        ),
        key("session_expires", Holds::Text, "how long a call lives unless refreshed, or \"off\""),
        key("min_se", Holds::Duration, "the shortest session interval taken from peers"),
        key("certificate", Holds::Text, "file of the certificates shown over TLS, our own first (PEM)"),
        key("key", Holds::Text, "file of the certificate's key (PEM)"),
        key("client_ca", Holds::Text, "file of the issuers (PEM) of whom peers must show a certificate"),
        key("ca", Holds::Text, "file of the issuers (PEM) believed where we connect; \"\": the system's"),
        key("alpn", Holds::OneOrList(&Holds::Text), "protocol names (ALPN) offered and taken over TLS"),
        key(
            "origins",
            Holds::OneOrList(&Holds::Text),
            "origins of pages that may connect over WebSocket; none: those of the same host",
        ),
        key("min_registration", Holds::Duration, "the shortest registration granted to a phone"),
        key("max_registration", Holds::Duration, "the longest registration granted to a phone"),
        key(
            "phone_digests",
            Holds::OneOrList(&Holds::Word(&["md5", "sha-256"])),
            "the digests that phones are challenged with",
        ),
        key("nameserver", Holds::Text, "who says what names of carriers mean; \"auto\": as the system asks"),
        key(
            "strangers",
            Holds::Table(&STRANGERS),
            "what one source of SIP that is neither trunk nor desk may take",
        ),
    ],
);

const STRANGERS: Section = section(
    "",
    &[
        key("messages_per_second", Holds::Number(1, MOST), "SIP messages a second"),
        key("calls_per_second", Holds::Number(1, MOST), "new calls a second"),
        key("calls", Holds::Number(1, MOST), "calls at once"),
        key("connections", Holds::Number(1, MOST), "TCP connections at once"),
    ],
);

const MEDIA: Section = section(
    "",
    &[
        key("ports", Holds::Text, "UDP ports of audio: \"20000-29999\""),
        key("inband_tones", Holds::Flag, "whether keys are also recognised by their tones in the audio"),
        key(
            "timeout",
            Holds::Text,
            "how long a party may send no audio before it is taken for dead: \"60s\"; \"off\": for ever",
        ),
        key("port_rest", Holds::Duration, "how long the ports of a call that is over are given to no other"),
        key("srtp", Holds::Word(SRTP_NAMES), "where audio is encrypted (SRTP)"),
        key(
            "codecs",
            Holds::OneOrList(&Holds::Text),
            "the codecs of phones that no carrier brings, best first",
        ),
    ],
);

const HTTP: Section = section(
    "",
    &[
        key("listen", Holds::Text, "\"ADDRESS:PORT\""),
        key("secure_cookies", Holds::Flag, "whether the cookies of logins travel over TLS alone"),
        key(
            "proxies",
            Holds::OneOrList(&Holds::Text),
            "addresses and networks of the proxies before it, whose X-Forwarded-For says who asks",
        ),
    ],
);

const ADMIN: Section = section("", &[key("listen", Holds::Text, "\"ADDRESS:PORT\"")]);

const STORE: Section = section(
    "",
    &[
        key("url", Holds::Text, "the database: \"sqlite:FILE\", \"postgres://USER:PASSWORD@HOST/NAME\""),
        key("spool", Holds::Text, "the file that takes writes while the database takes none"),
        key("recordings", Holds::Text, "folder of call recordings"),
        key("attachments", Holds::Text, "folder of files that people put to cases"),
    ],
);

const DIALPLAN: Section = section(
    "",
    &[
        key("path", Holds::Text, "a folder of dialplans (every *.toml in it), or one file"),
        key("prompts", Holds::Text, "the folder with manifest.toml and the recordings"),
        key("voice", Holds::Text, "an .htsvoice file that says Japanese numbers past the recorded ones"),
        key("watch", Holds::Flag, "whether changed dialplans and prompts come into force by themselves"),
    ],
);

const DESK: Section = section(
    "a desk",
    &[
        key("hours", Holds::TextOr(&HOURS), "when it is open: \"always\", or a table"),
        key("language", Holds::Word(LANGUAGES), "what is spoken there"),
        key(
            "dial",
            Holds::OneOrList(&Holds::Text),
            "the SIP URIs, or \"trunk:NAME/NUMBER\", tried in order, that the verb `dial` reaches",
        ),
        key(
            "transfers",
            Holds::OneOrList(&Holds::Text),
            "whom its people may transfer callers to beside each other: a desk, NAME of [transfers.NAME], \"trunk:NAME\"",
        ),
        key("ring", Holds::Duration, "how long one seat of its queues rings before the next is tried"),
        key("trusted", Holds::Flag, "whether a caller's number may be asserted to it"),
        key(
            "case_form",
            Holds::TextOr(&FORM_NAMES),
            "what customers call it who open cases on the web; \"\": it is not offered there",
        ),
        key("queues", Holds::Named(&QUEUE), "its queues by name"),
    ],
);

const FORM_NAMES: Section = Section {
    about: "what customers call a desk",
    keys: &[key("ja", Holds::Text, "in Japanese"), key("en", Holds::Text, "in English")],
    required: &["ja", "en"],
};

const HOURS: Section = Section {
    about: "hours of a desk",
    keys: &[
        key("zone", Holds::Text, "IANA name of the time zone"),
        key("weekly", Holds::NamedRanges, "days and ranges: { mon-fri = \"09:00-17:00\" }"),
        key("holidays", Holds::Word(&["japan", "none"]), "whose public holidays it is closed on"),
        key("company_days", Holds::List(&Holds::Table(&COMPANY_DAY)), "days the company names"),
        key(
            "emergency",
            Holds::TextOr(&EMERGENCY),
            "why it is closed now, whatever the hours say; \"\" where it is not",
        ),
    ],
    required: &["zone", "weekly"],
};

const COMPANY_DAY: Section = Section {
    about: "",
    keys: &[
        key(
            "days",
            Holds::Text,
            "\"2026-08-13\", \"2026-08-13..2026-08-15\", or every year \"12-29..01-03\"",
        ),
        key("name", Holds::Text, "what the day is called"),
    ],
    required: &["days", "name"],
};

const EMERGENCY: Section = Section {
    about: "",
    keys: &[
        key("message", Holds::Text, "why"),
        key("until", Holds::Text, "when it ends by itself: \"2026-09-01T09:00\""),
    ],
    required: &["message"],
};

const QUEUE: Section = section(
    "a queue of a desk",
    &[
        key("tier", Holds::Number(1, 2), "the tier that takes its calls"),
        key("max_waiting", Holds::Number(0, u32::MAX), "how many may wait"),
        key("ring", Holds::Duration, "in place of the desk's"),
        key(
            "seats",
            Holds::OneOrList(&Holds::TextOr(&SEAT)),
            "the SIP URIs, \"trunk:NAME/NUMBER\" or \"phone:NAME\", rung in turn",
        ),
    ],
);

const SEAT: Section = Section {
    about: "a hunt group",
    keys: &[
        key("uri", Holds::Text, "where it is"),
        key("calls_at_once", Holds::Number(1, u32::MAX), "how many calls it takes at once"),
    ],
    required: &["uri"],
};

const TRANSFER: Section = Section {
    about: "a place outside the desks",
    keys: &[
        key("uri", Holds::Text, "its SIP URI, \"trunk:NAME/NUMBER\" or \"phone:NAME\""),
        key("trusted", Holds::Flag, "whether a caller's number may be asserted to it"),
    ],
    required: &["uri"],
};

const PHONE: Section = Section {
    about: "a desk phone that registers here",
    keys: &[
        key("password", Holds::Text, "what it proves itself with: \"${cred:NAME}\""),
        key("media_security", Holds::Word(MEDIA_SECURITY_NAMES), "how its audio is secured when it is rung"),
    ],
    required: &["password"],
};

const WEBHOOK: Section = Section {
    about: "a service outside",
    keys: &[
        key("url", Holds::Text, "where it is asked, by POST"),
        key("secret", Holds::Text, "what signs each question: \"${cred:NAME}\""),
    ],
    required: &["url"],
};

const EVENTS: Section = Section {
    about: "somebody outside who is told what happens to cases",
    keys: &[
        key("url", Holds::Text, "where events are sent, by POST"),
        key("secret", Holds::Text, "what signs each event: \"${cred:NAME}\""),
        key("source", Holds::Text, "where events say that they come from: a URI"),
        key(
            "types",
            Holds::OneOrList(&Holds::Text),
            "which events, as `madoguchi events types` lists them; none: all",
        ),
    ],
    required: &["url", "secret"],
};

const TOLD: Section = section(
    "somebody who is told",
    &[
        key("after", Holds::Text, "how long after the case came to need it, or \"off\": never"),
        key(
            "again",
            Holds::Text,
            "how long after that again, until somebody takes care of it, or \"off\": once",
        ),
    ],
);

const CUSTOMERS: Section = section(
    "",
    &[
        key("pins", Holds::Flag, "whether callers are asked for their PIN, where a plan does"),
        key(
            "key",
            Holds::Text,
            "what PINs are hashed with: \"${cred:NAME}\"; \"\": a key made beside the store",
        ),
        key(
            "url",
            Holds::Text,
            "where the customers' own system is asked; \"\": the store's contracts are all there is",
        ),
        key("secret", Holds::Text, "what questions to it are signed with"),
        key("deadline", Holds::Duration, "how long it is waited for, \"50ms\" to \"5s\""),
        key(
            "cache",
            Holds::Duration,
            "for how long its word counts, up to a day; \"0s\": it is asked each time",
        ),
        key("fallback", Holds::Word(FALLBACK_NAMES), "what happens where it does not answer"),
    ],
);

const TRUNK: Section = Section {
    about: "a carrier",
    keys: &[
        key("host", Holds::Text, "address, or name"),
        key("port", Holds::Number(1, 65_535), "its port; without it what the name service says, else 5060"),
        key("transport", Holds::Word(TRANSPORT_NAMES), "how SIP travels to it"),
        key("domain", Holds::Text, "the domain of our address there, where it is not the host"),
        key("register", Holds::Flag, "whether it wants a registration"),
        key(
            "expires",
            Holds::Duration,
            "how long a registration is asked to last; what the carrier grants counts",
        ),
        key("user", Holds::Text, "who we are there: the number or name of the line"),
        key("auth_user", Holds::Text, "the name its challenges are answered with, where it is not the user"),
        key("password", Holds::Text, "our password there: \"${cred:NAME}\""),
        key(
            "keep_alive",
            Holds::Duration,
            "how often it is asked by OPTIONS whether it answers; \"0s\": never",
        ),
        key("profile", Holds::Word(PROFILE_NAMES), "its habits"),
        key("codecs", Holds::OneOrList(&Holds::Text), "the codecs it takes, best first"),
        key("max_calls", Holds::Number(0, u32::MAX), "how many calls it carries at once"),
        key("calls_per_second", Holds::Number(0, u32::MAX), "how many new calls it carries in a second"),
        key(
            "prefixes",
            Holds::OneOrList(&Holds::Text),
            "beginnings of the numbers that may be dialled by it",
        ),
        key(
            "number_from",
            Holds::OneOrList(&Holds::Word(NUMBER_SOURCES)),
            "where the number that was called is looked for, in order",
        ),
        key("dscp", Holds::Number(0, 63), "how packets to it are marked for routers"),
    ],
    required: &["host"],
};

const AGENT: Section = section(
    "a person at the desks",
    &[
        key("name", Holds::Text, "the name people know"),
        key(
            "password",
            Holds::Text,
            "what the console asks for: a hash made by `madoguchi password`, or \"${cred:NAME}\"",
        ),
        key("role", Holds::Word(Role::NAMES), "what the person may do by the console and the API"),
        key("seat", Holds::Text, "which of the queues' seats is theirs: \"phone:sato\""),
        key("skills", Holds::OneOrList(&Holds::Text), "what the person knows about"),
        key("languages", Holds::OneOrList(&Holds::Word(LANGUAGES)), "what the person speaks"),
        key("tier", Holds::Number(1, 2), "1 or 2"),
        key("desks", Holds::OneOrList(&Holds::Text), "the desks the person sits at"),
        key("sessions", Holds::Word(&["single", "multi"]), "whether several sessions may be held at once"),
    ],
);

#[cfg(test)]
mod tests {
    use super::super::{BUILT_IN, Settings, Surroundings};
    use super::{Holds, Key, ROOT, Section};
    use crate::diag::{Diagnostics, Source};
    use std::collections::BTreeSet;

    /// A key that nothing resembles: the reader's help then lists every key it would have taken.
    const STRANGER: &str = "qqqqqqqqqqqqqqqqqqqq";

    /// What the reader takes at the place of the stranger in this text.
    fn taken(text: &str) -> BTreeSet<String> {
        let source = Source::new("t", text);
        let mut found = Diagnostics::new();
        Settings::bare().lay(&source, &Surroundings::default(), &mut found);
        let unknown =
            found.all().iter().find(|d| d.code == "unknown-key").unwrap_or_else(|| panic!("{text}"));
        let help = unknown.help.clone().unwrap_or_default();
        let list = help
            .strip_prefix("one of: ")
            .unwrap_or_else(|| help.strip_prefix("there is only `").expect("a list").trim_end_matches('`'));
        list.split(", ").map(str::to_owned).collect()
    }

    /// Texts with a place for one more key within each section.
    fn places(section: &'static Section, path: &str) -> Vec<(&'static Section, String)> {
        let mut all = vec![(section, path.to_owned())];
        for Key { name, holds, .. } in section.keys {
            all.extend(
                within(holds, name)
                    .into_iter()
                    .flat_map(|(section, inner)| places(section, &path.replace("@", &inner))),
            );
        }
        all
    }

    fn within(holds: &'static Holds, name: &str) -> Vec<(&'static Section, String)> {
        match holds {
            Holds::Table(of) | Holds::TextOr(of) => vec![(of, format!("{name} = {{ @ }}"))],
            Holds::Named(of) => vec![(of, format!("{name} = {{ x = {{ @ }} }}"))],
            Holds::List(of) | Holds::OneOrList(of) => within(of, "?")
                .into_iter()
                .map(|(section, inner)| (section, format!("{name} = [{}]", inner.trim_start_matches("? = "))))
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn the_reader_takes_exactly_the_keys_that_are_declared() {
        let all = places(&ROOT, "@");
        assert_eq!(all.len(), 23, "every table of the settings");
        for (section, place) in all {
            let text = place.replace("@", &format!("{STRANGER} = 1"));
            let declared: BTreeSet<String> = section.keys.iter().map(|key| key.name.to_owned()).collect();
            assert_eq!(taken(&text), declared, "{text}");
        }
    }

    #[test]
    fn every_key_is_in_the_commented_settings() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words: BTreeSet<&str> = BUILT_IN.split(|c| !is_word(c)).collect();
        for (section, place) in places(&ROOT, "@") {
            for key in section.keys {
                assert!(words.contains(key.name), "{place}: {} is not in madoguchi.toml", key.name);
            }
        }
    }
}
