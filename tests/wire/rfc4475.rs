//! The 49 cases of RFC 4475.

use super::Verdict::{Dropped, Refused, Understood};
use super::{Case, case, hold};

#[test]
fn the_wire_says_of_every_case_what_the_rfc_says() {
    hold("rfc4475", CASES);
}

const CASES: &[Case] = &[
    // 3.1.1 valid messages
    case(
        "wsinv",
        Understood(&[
            ("method", "INVITE"),
            ("to", "<sip:desk@madoguchi.example>;tag=70021x"),
            ("from display", "Kenji \\\""),
            ("max forwards", "Some(42)"),
            ("cseq", "31 INVITE"),
            ("via count", "3"),
            (
                "vias",
                "SIP/2.0/UDP 192.0.2.40;branch=390abc | SIP/2.0/TCP edge.branch.example;branch=z9hG4bKa1 | SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKb2",
            ),
            ("subject", ""),
            ("X-Odd-Header", "odd folded value"),
            ("x-strange", ";;,,;;,;"),
            ("routes", "<sip:edge.madoguchi.example;lr;key=val;bare>"),
            ("contacts", "\"Quoted \\\"\\\"\" <sip:kenji@192.0.2.40>;extra=more;second;q=0.42"),
        ]),
        "3.1.1.1 white space, folds and compact names everywhere",
    ),
    case(
        "intmeth",
        Understood(&[
            ("method", "~*unusual-Method0123456789_*+`.%works'!"),
            ("user", "2_odd.USER~(may-be!so)&isn't+it$/nice?,/;;*"),
            ("to display", "BEL:\u{7} NUL:\0 DEL:\u{7f}"),
            ("from display", "word1~` word2'+_ word3*%!.-"),
            ("Call-ID", "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"),
            ("extra-header-!.%*+_`'~", "\u{feff}大停電"),
        ]),
        "3.1.1.2 every character that may stand; a method nobody knows is for the user agent to answer",
    ),
    case(
        "esc01",
        Understood(&[
            ("user", "sips:desk@madoguchi.example"),
            ("uri", "sip:sips%3Adesk%40madoguchi.example@branch.example"),
            ("contact lr", "Some(\"\")"),
            ("contact user", "caller"),
        ]),
        "3.1.1.3 escapes are understood and kept",
    ),
    case(
        "escnull",
        Understood(&[
            ("contacts", "<sip:%00@h5.branch.example> | <sip:%00%00@h5.branch.example>"),
            ("contact user", "\0"),
        ]),
        "3.1.1.4 an escaped null ends nothing",
    ),
    case(
        "esc02",
        Understood(&[("method", "RE%47IST%45R"), ("to display", "%Z%45")]),
        "3.1.1.5 a percent sign in a method or display name is no escape; not REGISTER",
    ),
    case(
        "lwsdisp",
        Understood(&[("from display", "kenji"), ("from", "\"kenji\" <sip:kenji@branch.example>;tag=3235")]),
        "3.1.1.6 no space between display name and bracket",
    ),
    case("longreq", Understood(&[("via count", "34"), ("cseq", "3882340 INVITE")]), "3.1.1.7 long values"),
    case(
        "dblreq",
        Understood(&[("method", "REGISTER"), ("body bytes", "0")]),
        "3.1.1.8 what follows Content-Length is discarded",
    ),
    case(
        "semiuri",
        Understood(&[
            ("user", "desk;line=3@east.example"),
            ("uri", "sip:desk;line=3%40east.example@madoguchi.example"),
        ]),
        "3.1.1.9 a semicolon in the user part",
    ),
    case(
        "transports",
        Understood(&[(
            "vias",
            "SIP/2.0/UDP t1.branch.example;branch=z9hG4bK1 | SIP/2.0/SCTP t2.branch.example;branch=z9hG4bK2 | \
            SIP/2.0/TLS t3.branch.example;branch=z9hG4bK3 | SIP/2.0/CARRIER-PIGEON t4.branch.example;branch=z9hG4bK4 | \
            SIP/2.0/TCP t5.branch.example;branch=z9hG4bK5",
        )]),
        "3.1.1.10 transports nobody knows",
    ),
    case(
        "mpart01",
        Understood(&[("method", "MESSAGE"), ("has every byte", "true"), ("body bytes", "404")]),
        "3.1.1.11 a binary body",
    ),
    case(
        "unreason",
        Understood(&[("status", "200"), ("reason", "= 2**3 * 5**2 二百は百九十九の次")]),
        "3.1.1.12 an odd phrase",
    ),
    case("noreason", Understood(&[("status", "100"), ("reason", "")]), "3.1.1.13 no phrase"),
    // 3.1.2 invalid messages
    case("badinv01", Refused(400), "3.1.2.1 separators without anything between"),
    case("clerr", Refused(400), "3.1.2.2 Content-Length beyond the datagram"),
    case("ncl", Refused(400), "3.1.2.3 Content-Length below zero"),
    case(
        "scalar02",
        Refused(400),
        "3.1.2.4 CSeq too large; Max-Forwards and Expires alone would count as absent",
    ),
    case("scalarlg", Dropped, "3.1.2.5 the same in a response"),
    case("quotbal", Refused(400), "3.1.2.6 a quote that does not end"),
    case("ltgtruri", Refused(400), "3.1.2.7 brackets around the Request-URI"),
    case("lwsruri", Refused(400), "3.1.2.8 a space in the Request-URI"),
    case("lwsstart", Refused(400), "3.1.2.9 two spaces in the request line"),
    case("trws", Refused(400), "3.1.2.10 spaces behind the version"),
    case("escruri", Refused(400), "3.1.2.11 headers in the Request-URI"),
    case(
        "baddate",
        Understood(&[("Date", "Tue, 10 Feb 2026 10:00:00 JST")]),
        "3.1.2.12 the RFC would not have it refused where Date is not used; nothing here uses it",
    ),
    case("regbadct", Refused(400), "3.1.2.13 a Contact with headers and no brackets"),
    case("badaspec", Refused(400), "3.1.2.14 spaces inside the brackets"),
    case("baddn", Refused(400), "3.1.2.15 a comma in an unquoted display name"),
    case("badvers", Refused(505), "3.1.2.16 a version nobody speaks"),
    case("mismatch01", Refused(400), "3.1.2.17 the CSeq's method is another"),
    case("mismatch02", Refused(400), "3.1.2.18 the same with an unknown method; 501 would do too"),
    case("bigcode", Dropped, "3.1.2.19 a status that fits no number"),
    // 3.2 transaction layer
    case(
        "badbranch",
        Understood(&[("branch is own", "false")]),
        "3.2.1 the transaction layer matches it by RFC 2543's rules",
    ),
    // 3.3 application layer
    case("insuf", Refused(400), "3.3.1 From, To and Call-ID missing"),
    case(
        "unkscm",
        Understood(&[("uri", "nobodyHeardOfThis:entirelyopaque")]),
        "3.3.2 the user agent answers 416",
    ),
    case(
        "novelsc",
        Understood(&[("uri", "soap.beep://192.0.2.140:3002")]),
        "3.3.3 the user agent answers 416",
    ),
    case(
        "unksm2",
        Understood(&[("to", "<isbn:4003101014>"), ("contacts", "<name:Kenji_Sato>")]),
        "3.3.4 the registrar answers 400 or 404: nobody registers a book",
    ),
    case(
        "bext01",
        Understood(&[("require", "nobodyKnowsThis | norThis"), ("Proxy-Require", "noProxyKnowsThis")]),
        "3.3.5 the user agent answers 420 with Unsupported",
    ),
    case(
        "invut",
        Understood(&[("content-type", "application/unheardof")]),
        "3.3.6 the invite usage answers 415",
    ),
    case(
        "regaut01",
        Understood(&[("Authorization", "SchemeOfNobody opaque-data=here")]),
        "3.3.7 the registrar challenges as if nothing had been there",
    ),
    case("multi01", Refused(400), "3.3.8 headers twice that must stand once"),
    case("mcl01", Refused(400), "3.3.9 Content-Length twice"),
    case(
        "bcast",
        Understood(&[("status", "200"), ("via count", "2")]),
        "3.3.10 the transport drops what is not its own: the top Via is another's",
    ),
    case(
        "zeromf",
        Understood(&[("max forwards", "Some(0)")]),
        "3.3.11 a proxy answers 483, a user agent answers",
    ),
    case(
        "cparam01",
        Understood(&[("contacts", "<sip:+81312345678@gw1.branch.example>;strangeparam")]),
        "3.3.12 a bare URI's parameters are the header's",
    ),
    case(
        "cparam02",
        Understood(&[("contacts", "<sip:+81312345678@gw1.branch.example;strangeparam>")]),
        "3.3.13 in brackets they are the URI's",
    ),
    case(
        "regescrt",
        Understood(&[("contacts", "<sip:kenji@branch.example?Route=%3Csip:edge.branch.example%3E>")]),
        "3.3.14 headers in a Contact are kept with it",
    ),
    case("sdp01", Understood(&[("Accept", "text/unheardof")]), "3.3.15 the invite usage answers 406"),
    // 3.4 backward compatibility
    case(
        "inv2543",
        Understood(&[
            ("branch is own", "false"),
            ("from", "<sip:+81312345678@gw.branch.example;user=phone>"),
            ("to", "<sip:+81364346780@madoguchi.example>;user=phone"),
            ("max forwards", "None"),
            ("record routes", "<sip:desk@madoguchi.example;maddr=ss1.branch.example>"),
            ("sdp address", "IN IP4 192.0.2.40"),
        ]),
        "3.4.1 no branch, no tag, no Max-Forwards, no Content-Length",
    ),
];

#[test]
fn all_49_cases_are_here() {
    assert_eq!(CASES.len(), 49);
}
