//! A SIP message as a bystander sees it: enough for ladders and checks, and nothing of our own reader.

/// The parts of a message that a bystander can name.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    start: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Sight<'a> {
    /// Looks at a message; `None` where it is no SIP.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let (head, rest) = bytes.split_at(end);
        let body = std::str::from_utf8(rest.get(4..)?).unwrap_or_default();
        // Lines that are no text are not seen; the others are.
        let lines = head.split(|b| *b == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let mut lines = lines.map(|line| line.trim_end_matches('\r')).skip_while(|line| line.is_empty());
        let start = lines.next().filter(|s| s.starts_with("SIP/2.0 ") || s.ends_with(" SIP/2.0"))?;
        let headers = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.trim(), v.trim())).collect();
        Some(Sight { start, headers, body })
    }

    /// A request's method and URI.
    pub fn request(&self) -> Option<(&'a str, &'a str)> {
        let (method, rest) = self.start.split_once(' ')?;
        (method != "SIP/2.0").then_some((method, rest.strip_suffix(" SIP/2.0")?))
    }

    /// A response's status.
    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The first header field of this name or its compact form.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let short = compact(name);
        let same = |n: &str| n.eq_ignore_ascii_case(name) || short.is_some_and(|s| n.eq_ignore_ascii_case(s));
        self.headers.iter().find(|(n, _)| same(n)).map(|(_, value)| *value)
    }

    /// The body, where it is text.
    pub fn body(&self) -> &'a str {
        self.body
    }

    /// CSeq's number and method.
    pub fn cseq(&self) -> Option<(u32, &'a str)> {
        let (number, method) = self.header("CSeq")?.split_once(' ')?;
        Some((number.parse().ok()?, method.trim()))
    }

    /// Call-ID.
    pub fn call_id(&self) -> Option<&'a str> {
        self.header("Call-ID")
    }

    /// The branch of the topmost Via.
    pub fn branch(&self) -> Option<&'a str> {
        self.header("Via")?.split(',').next()?.split(';').find_map(|p| p.trim().strip_prefix("branch="))
    }

    /// The tag of From or To.
    pub fn tag(&self, name: &str) -> Option<&'a str> {
        let value = self.header(name)?;
        let after = value.rfind('>').map_or(value, |at| &value[at..]);
        after.split(';').find_map(|p| p.trim().strip_prefix("tag="))
    }

    /// Whether this is an INVITE that begins a call.
    pub fn begins_call(&self) -> bool {
        self.request().is_some_and(|(method, _)| method == "INVITE") && self.tag("To").is_none()
    }

    /// The user part of the request's URI.
    pub fn called(&self) -> Option<&'a str> {
        user(self.request()?.1)
    }

    /// The user part of From.
    pub fn caller(&self) -> Option<&'a str> {
        let from = self.header("From")?;
        user(from.split_once('<').map_or(from, |(_, rest)| rest))
    }

    /// Encodings of the audio section in its order, and its direction where it is not both ways.
    pub fn audio(&self) -> String {
        let Some(media) = self.body.lines().find_map(|l| l.strip_prefix("m=audio ")) else {
            return String::new();
        };
        let port = media.split(' ').next().unwrap_or_default();
        let mut words: Vec<&str> = media.split_whitespace().skip(2).map(|p| self.encoding(p)).collect();
        if port == "0" {
            words = vec!["refused"];
        }
        words.extend(["sendonly", "recvonly", "inactive"].into_iter().filter(|d| self.has_attribute(d)));
        words.join(" ")
    }

    fn has_attribute(&self, name: &str) -> bool {
        self.body.lines().any(|l| l.trim().strip_prefix("a=") == Some(name))
    }

    fn encoding(&self, payload: &'a str) -> &'a str {
        let mapped = self.body.lines().filter_map(|l| l.strip_prefix("a=rtpmap:")).find_map(|l| {
            let (number, name) = l.split_once(' ')?;
            (number == payload).then(|| name.split('/').next()).flatten()
        });
        match payload {
            _ if mapped.is_some() => mapped.unwrap_or(payload),
            "0" => "PCMU",
            "8" => "PCMA",
            other => other,
        }
    }
}

fn user(uri: &str) -> Option<&str> {
    let rest = uri.split_once(':').map(|(_, rest)| rest)?;
    let end = rest.find(['@', ';', '>']).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn compact(name: &str) -> Option<&'static str> {
    let pairs = [("Call-ID", "i"), ("From", "f"), ("To", "t"), ("Via", "v"), ("Contact", "m")];
    pairs.iter().find(|(long, _)| long.eq_ignore_ascii_case(name)).map(|(_, short)| *short)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:0120339836@10.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK1;rport\r\n\
        From: \"A; B\" <sip:0312345678@10.0.1.1;user=phone>;tag=a\r\nTo: <sip:0120339836@10.0.0.1>\r\n\
        i: x@y\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";

    #[test]
    fn a_bystander_names_the_parts_of_an_invite() {
        let seen = Sight::read(INVITE).expect("an INVITE");
        assert_eq!((seen.called(), seen.caller()), (Some("0120339836"), Some("0312345678")));
        assert_eq!((seen.branch(), seen.tag("From"), seen.tag("To")), (Some("z9hG4bK1"), Some("a"), None));
        assert_eq!((seen.call_id(), seen.cseq()), (Some("x@y"), Some((7, "INVITE"))));
        assert_eq!(seen.audio(), "PCMA PCMU telephone-event sendonly");
        assert!(seen.begins_call());
    }

    #[test]
    fn what_is_no_sip_is_nothing() {
        for bytes in [&b""[..], b"\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", &INVITE[..40]] {
            assert!(Sight::read(bytes).is_none());
        }
    }
}
