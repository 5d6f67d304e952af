//! The cases of RFC 5118: IPv6.

use super::Verdict::{Refused, Understood};
use super::{Case, case, hold};

#[test]
fn the_wire_says_of_every_case_what_the_rfc_says() {
    hold("rfc5118", CASES);
}

const CASES: &[Case] = &[
    case(
        "ipv6-good",
        Understood(&[
            ("uri", "sip:[2001:db8::70]"),
            ("vias", "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-1"),
            ("contacts", "\"Kenji\" <sip:kenji@[2001:db8::41]>"),
        ]),
        "4.1 addresses in brackets",
    ),
    case("ipv6-bad", Refused(400), "4.2 the same without brackets"),
    case(
        "port-ambiguous",
        Understood(&[("uri", "sip:[2001:db8::70:5070]"), ("port", "None")]),
        "4.3 what looks like a port is address",
    ),
    case(
        "port-unambiguous",
        Understood(&[("uri", "sip:[2001:db8::70]:5070"), ("port", "Some(5070)")]),
        "4.4 address and port",
    ),
    case(
        "via-received-param-with-delim",
        Understood(&[("received", "Some(2001:db8::9:254)")]),
        "4.5 received with brackets",
    ),
    case(
        "via-received-param-no-delim",
        Understood(&[("received", "Some(2001:db8::9:254)")]),
        "4.5 received without",
    ),
    case(
        "ipv6-in-sdp",
        Understood(&[("sdp address", "IN IP6 2001:db8::41")]),
        "4.6 the session layer reads the address",
    ),
    case(
        "mult-ip-in-header",
        Understood(&[(
            "vias",
            "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111 | SIP/2.0/UDP 192.0.2.41;branch=z9hG4bKjhja8781hjuaij65144 | \
            SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
        )]),
        "4.7 both families on one way",
    ),
    case(
        "mult-ip-in-sdp",
        Understood(&[("sdp address", "IN IP4 192.0.2.41 | IN IP6 2001:db8::41")]),
        "4.8 both families in one body",
    ),
    case(
        "ipv4-mapped-ipv6",
        Understood(&[
            (
                "vias",
                "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19 | SIP/2.0/UDP [::ffff:192.0.2.12];branch=z9hG4bKas3-111",
            ),
            ("contacts", "\"T. desk\" <sip:kenji@[::ffff:192.0.2.12]>"),
        ]),
        "4.9 IPv4 inside IPv6",
    ),
    case(
        "ipv6-bug-abnf-3-colons",
        Understood(&[("uri", "sip:desk@[2001:db8::c000:207]"), ("to", "<sip:desk@[2001:db8::c000:207]>")]),
        "4.10 the bug of RFC 3261's grammar is tolerated, and not passed on",
    ),
    case(
        "ipv6-correct-abnf-2-colons",
        Understood(&[("uri", "sip:desk@[2001:db8::c000:207]")]),
        "4.10 as it should be",
    ),
];
