//! A cursor over one header value: tokens, quoted strings and linear white space (RFC 3261 25.1).

use super::error::WireError;

/// A set of bytes, looked up in one step.
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    /// Letters, digits and `extra`.
    pub(super) const fn alphanumeric_and(extra: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < extra.len() {
            set[extra[at] as usize] = true;
            at += 1;
        }
        Self(set)
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

static TOKEN: ByteSet = ByteSet::alphanumeric_and(b"-.!%*_+`'~");

/// Whether a byte may stand in a `token`.
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN.has(byte)
}

/// Whether a text is a non-empty `token`.
pub(super) fn is_token_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// Whether a byte is a space or a tab, all that is left of white space once lines are unfolded.
pub(super) fn is_lws(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Whether a byte may stand in an unquoted parameter value: wider than `token`, because addresses
/// (`received=2001:db8::1`) and base64 tags travel there.
pub(super) fn is_value(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !b";,\"<>".contains(&byte)
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Steps over `byte` (ASCII) if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_lws(&mut self) {
        while self.peek().is_some_and(is_lws) {
            self.at += 1;
        }
    }

    /// Steps over a separator with the white space the grammar allows around it.
    pub(super) fn eat_spaced(&mut self, byte: u8) -> bool {
        let before = self.at;
        self.skip_lws();
        if self.eat(byte) {
            self.skip_lws();
            return true;
        }
        self.at = before;
        false
    }

    /// The longest run of bytes that `wanted` accepts; it must treat all non-ASCII bytes alike.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.take(len)
    }

    /// Everything up to `byte` (ASCII), which is stepped over; `None` leaves the cursor in place.
    pub(super) fn take_until(&mut self, byte: u8) -> Option<&'a str> {
        let len = self.rest().bytes().position(|candidate| candidate == byte)?;
        let taken = self.take(len);
        self.at += 1;
        Some(taken)
    }

    fn take(&mut self, len: usize) -> &'a str {
        let taken = self.rest().get(..len).unwrap_or("");
        self.at += taken.len();
        taken
    }

    pub(super) fn token(&mut self, what: &'static str) -> Result<&'a str, WireError> {
        match self.take_while(is_token) {
            "" => Err(self.fail(what)),
            token => Ok(token),
        }
    }

    /// A quoted string, its escapes resolved; the cursor must stand on the opening quote.
    pub(super) fn quoted(&mut self) -> Result<String, WireError> {
        let opened = self.at;
        let mut text = String::new();
        let mut escaped = false;
        for (index, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += index + 1;
                    return Ok(text);
                }
                _ => text.push(c),
            }
        }
        Err(WireError::at(opened, "a quoted string is not closed"))
    }

    pub(super) fn fail(&self, what: &'static str) -> WireError {
        WireError::at(self.at, what)
    }

    /// Succeeds when nothing but white space is left.
    pub(super) fn finish(mut self, what: &'static str) -> Result<(), WireError> {
        self.skip_lws();
        if self.is_done() { Ok(()) } else { Err(self.fail(what)) }
    }
}

/// Writes `text` as a quoted string; quotes, backslashes and control characters are escaped.
pub(super) fn write_quoted(out: &mut impl std::fmt::Write, text: &str) -> std::fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        if c == '"' || c == '\\' || (c.is_ascii_control() && c != '\t') {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    out.write_char('"')
}

/// A list as SIP writes it, cut at its commas: those outside quotes and angle brackets. Each element
/// comes trimmed, with its offset in `text`.
pub(super) fn split_list(text: &str) -> Vec<(usize, &str)> {
    let mut elements = Vec::new();
    let (mut start, mut in_quotes, mut in_angle, mut escaped) = (0, false, false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' if !in_angle => in_quotes = !in_quotes,
            b'<' if !in_quotes => in_angle = true,
            b'>' if !in_quotes => in_angle = false,
            b',' if !in_quotes && !in_angle => {
                elements.push(element(text, start, index));
                start = index + 1;
            }
            _ => {}
        }
    }
    elements.push(element(text, start, text.len()));
    elements
}

fn element(text: &str, start: usize, end: usize) -> (usize, &str) {
    let raw = text.get(start..end).unwrap_or("");
    let trimmed = raw.trim_start_matches([' ', '\t']);
    (start + raw.len() - trimmed.len(), trimmed.trim_end_matches([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::{Scanner, split_list, write_quoted};

    #[test]
    fn a_comma_in_quotes_or_angle_brackets_does_not_end_an_element() {
        let cut: Vec<_> = split_list("\"a, \\\"b\" <sip:x,y@h> , c").into_iter().map(|(_, e)| e).collect();
        assert_eq!(cut, ["\"a, \\\"b\" <sip:x,y@h>", "c"]);
        assert_eq!(split_list("a,,b"), [(0, "a"), (2, ""), (3, "b")]);
    }

    #[test]
    fn quoted_strings_survive_escaping() {
        for text in ["", "plain", "q\"uo\\te", "窓口", "bell \u{7} nul \0"] {
            let mut written = String::new();
            write_quoted(&mut written, text).unwrap();
            assert_eq!(Scanner::new(&written).quoted().unwrap(), text);
        }
        assert!(Scanner::new("\"open").quoted().is_err());
        assert!(Scanner::new("\"open\\\"").quoted().is_err());
    }

    #[test]
    fn multibyte_characters_never_split_the_cursor() {
        let mut scanner = Scanner::new("窓;口");
        assert_eq!(scanner.take_while(|b| b != b';'), "窓");
        assert!(scanner.eat(b';'));
        assert_eq!(scanner.rest(), "口");
    }
}
