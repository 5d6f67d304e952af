//! What URIs mean, by example.

use super::Uri;
use crate::sip::Host;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_part_of_a_sip_uri_is_read() {
    let read = uri("sips:alice.smith:p%40ss@[2001:db8::1]:5070;transport=tls;lr?Subject=a%20b&x=");
    let sip = read.as_sip().unwrap();
    assert_eq!(
        (sip.scheme(), sip.user().as_deref(), sip.password().as_deref()),
        ("sips", Some("alice.smith"), Some("p@ss"))
    );
    assert_eq!((&sip.host, sip.port), (&Host::parse("[2001:db8::1]").unwrap(), Some(5070)));
    assert_eq!((read.param("TRANSPORT").as_deref(), read.param("lr").as_deref()), (Some("tls"), Some("")));
    assert_eq!(sip.headers(), [("Subject".to_owned(), "a%20b".to_owned()), ("x".to_owned(), String::new())]);
}

#[test]
fn what_is_read_is_written_back() {
    for text in [
        "sip:h",
        "sip:%23123@h",
        "sip:sips%3Auser%40example.com@example.net",
        "sip:user;par=u%40example.net@example.com",
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        "sip:%00@h;%6C%72;n%61me=v%61lue%25%34%31",
        "tel:+81-3-1234-5678;phone-context=+81",
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "soap.beep://192.0.2.103:3002",
        "urn:service:sos",
    ] {
        assert_eq!(uri(text).to_string(), text);
    }
}

#[test]
fn a_raw_hash_is_escaped_once() {
    assert_eq!(uri("sip:#31#0312345678@h").to_string(), "sip:%2331%230312345678@h");
    assert_eq!(Uri::sip(Some("#a b"), Host::Name("h".into()), None).to_string(), "sip:%23a%20b@h");
    assert_eq!(uri("sip:%23123@h").user().as_deref(), Some("#123"));
}

#[test]
fn escaped_parameter_names_are_found() {
    let read = uri("sip:h;%6C%72;n%61me=v%61lue");
    assert_eq!((read.param("lr").as_deref(), read.param("name").as_deref()), (Some(""), Some("value")));
}

#[test]
fn broken_uris_are_refused() {
    for bad in [
        "",
        "sip",
        "sip:",
        ":h",
        "<sip:h>",
        "sip:@h",
        "sip:a b@h",
        "sip:h;",
        "sip:h;;lr",
        "sip:h;a=",
        "sip:h:",
        "sip:h:x",
        "sip:h:70000",
        "sip:2001:db8::10",
        "sip:[::1",
        "sip:a@b@c",
        "sip:a%4@h",
        "sip:h?",
        "sip:h?a",
        "sip:h; lr",
        "tel:",
        "tel:abcxyz",
        "tel:+",
        "x:",
        "x:a b",
        "1x:a",
        "sip:\u{7a93}@h",
        "sip:h\r\n",
    ] {
        assert!(Uri::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn errors_point_at_the_trouble() {
    assert_eq!(Uri::parse("sip:alice@h:x").unwrap_err().offset, 12);
    assert_eq!(Uri::parse("sip:alice@h;a=1;;b").unwrap_err().offset, 16);
}

/// The examples of RFC 3261 19.1.4, in our own words.
#[test]
fn equivalence_follows_the_rfc() {
    let same = [
        ("sip:%61lice@Here.example;transport=TCP", "sip:alice@here.EXAMPLE;Transport=tcp"),
        ("sip:carol@c.example", "sip:carol@c.example;newparam=5;security=on"),
        ("sip:h;transport=tcp?to=sip:x%40y&subject=a", "sip:h;transport=tcp?Subject=a&to=sip:x%40y"),
        ("tel:+81-3-1234-5678", "tel:+81(3)12345678"),
    ];
    let different = [
        ("sip:ALICE@h", "sip:alice@h"),
        ("sip:bob@h", "sip:bob@h:5060"),
        ("sip:bob@h", "sip:bob@h;transport=udp"),
        ("sip:bob@h", "sip:bob@h;maddr=192.0.2.1"),
        ("sip:bob@h", "sips:bob@h"),
        ("sip:carol@h", "sip:carol@h?Subject=next%20meeting"),
        ("sip:carol@h;security=on", "sip:carol@h;security=off"),
        ("sip:a;b@h", "sip:a%3Bb@h"),
        ("tel:110;phone-context=+81", "tel:110"),
    ];
    for (a, b) in same {
        assert!(uri(a).equivalent(&uri(b)) && uri(b).equivalent(&uri(a)), "{a} {b}");
    }
    for (a, b) in different {
        assert!(!uri(a).equivalent(&uri(b)) && !uri(b).equivalent(&uri(a)), "{a} {b}");
    }
}
