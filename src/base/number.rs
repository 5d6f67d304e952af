//! Telephone numbers: national, international and hyphenated forms of one number are equal.

use std::fmt;

/// A number in one normal form: `+81…` for every Japanese or international number, otherwise
/// (short codes, extensions) the bare digits. Toll-free `0120…` has no international form in
/// practice, yet normalises the same way, so that all spellings meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

/// The country a bare national number belongs to.
const COUNTRY: &str = "81";

impl Number {
    /// Reads `0312345678`, `03-1234-5678`, `+81312345678`, `+81-3-1234-5678`, `tel:` user parts
    /// and the like. Separators of RFC 3966 (`-`, `.`, `(`, `)`), spaces and full-width digits are
    /// accepted. `None` where anything else remains, or there are no digits or more than 20.
    pub fn parse(text: &str) -> Option<Number> {
        let mut digits = String::new();
        let mut plus = false;
        for c in text.trim().chars() {
            match half_width(c) {
                '+' if digits.is_empty() && !plus => plus = true,
                d if d.is_ascii_digit() => digits.push(d),
                '-' | '.' | '(' | ')' | ' ' | '\u{2010}'..='\u{2015}' => {}
                _ => return None,
            }
        }
        (1..=20).contains(&digits.len()).then(|| Number(normal_form(plus, &digits)))
    }

    /// The normal form: `+81312345678`, or bare digits of a short code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As dialled inside Japan: `0312345678`; international numbers of other countries keep `+`.
    pub fn national(&self) -> String {
        match self.0.strip_prefix('+').and_then(|n| n.strip_prefix(COUNTRY)) {
            Some(rest) => format!("0{rest}"),
            None => self.0.clone(),
        }
    }

    /// Whether a subscriber in Japan answers it and calling costs no more than to anybody: 0 and nine digits
    /// (an area), 0 and ten (mobile, 050). Not abroad, not a service (110, 0120, 0570, 0990, …): whoever may
    /// name a number to be called must not choose what that costs.
    pub fn is_subscriber(&self) -> bool {
        match self.national().as_bytes() {
            [b'0', b'5'..=b'9', b'0', b'1'..=b'9', rest @ ..] => rest.len() == 7,
            [b'0', b'1'..=b'9', b'1'..=b'9', rest @ ..] => rest.len() == 7 && !self.is_service(),
            _ => false,
        }
    }

    /// Ten digits that are no area's: toll-free, paid information, calls answered by the network.
    fn is_service(&self) -> bool {
        const SERVICES: [&str; 7] = ["0120", "0170", "0180", "0190", "0570", "0910", "0990"];
        let national = self.national();
        SERVICES.iter().any(|service| national.starts_with(service))
    }

    /// For logs: all but the last two digits hidden, so that lines of one caller can be matched.
    pub fn redacted(&self) -> String {
        let keep = self.0.len().saturating_sub(2);
        let hidden = self.0.chars().take(keep).map(|c| if c.is_ascii_digit() { 'x' } else { c });
        hidden.chain(self.0.chars().skip(keep)).collect()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normal_form(plus: bool, digits: &str) -> String {
    match digits.strip_prefix('0') {
        _ if plus => international(digits),
        Some(rest) if digits.len() >= 10 && !rest.starts_with('0') => abroad_or_home(rest),
        _ => digits.to_string(),
    }
}

/// "+81 (0)3 …" is a common way to write it: the trunk zero is not part of the number.
fn international(digits: &str) -> String {
    match digits.strip_prefix(COUNTRY) {
        Some(rest) => format!("+{COUNTRY}{}", rest.trim_start_matches('0')),
        None => format!("+{digits}"),
    }
}

/// `010` is Japan's prefix for calls abroad; no area code begins so.
fn abroad_or_home(without_zero: &str) -> String {
    match without_zero.strip_prefix("10") {
        Some(abroad) if abroad.len() > 8 => international(abroad),
        _ => international(&format!("{COUNTRY}{without_zero}")),
    }
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        'ー' | '−' => '-',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> String {
        Number::parse(text).expect(text).to_string()
    }

    #[test]
    fn all_spellings_of_a_number_are_one_number() {
        for text in [
            "0364346780",
            "03-6434-6780",
            "+81364346780",
            "+81-3-6434-6780",
            "+81 (0)3 6434 6780",
            "０３−６４３４−６７８０",
        ] {
            assert_eq!(n(text), "+81364346780", "{text}");
        }
        assert_eq!(n("0120-339-836"), n("+81120339836"));
        assert_eq!(n("+14085551234"), "+14085551234");
        assert_eq!(n("01014085551234"), "+14085551234");
        assert_eq!(n("117"), "117");
        assert_eq!(Number::parse("0364346780").map(|n| n.national()), Some("0364346780".into()));
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form() {
        for text in ["+8100312345678", "01081031234567", "0100312345678", "+0", "00", "00123456789", "+81"] {
            assert_eq!(n(&n(text)), n(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "alice", "+", "12a", "1+2", "123456789012345678901"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_subscribers_in_japan_may_be_called_back() {
        let called = |text: &str| Number::parse(text).is_some_and(|n| n.is_subscriber());
        for text in ["03-1234-5678", "+81312345678", "0112345678", "0988612345", "09012345678", "08012345678"]
        {
            assert!(called(text), "{text}");
        }
        for text in ["05012345678", "06012345678", "07012345678", "01267-2-3456", "0422-12-3456"] {
            assert!(called(text), "{text}");
        }
        for text in ["0990123456", "0570123456", "0180123456", "0120339836", "0170123456", "08001234567"] {
            assert!(!called(text), "{text}");
        }
        for text in ["110", "119", "117", "104", "1234", "0", "00", "0312345", "031234567890", "0901234567"] {
            assert!(!called(text), "{text}");
        }
        for text in ["01014085551234", "+14085551234", "0010123456789", "0312345678901", "02012345678"] {
            assert!(!called(text), "{text}");
        }
        for text in ["0101234567", "0201234567", "0501234567", "1312345678", "1840312345678"] {
            assert!(!called(text), "{text}");
        }
    }

    #[test]
    fn a_log_shows_two_digits() {
        assert_eq!(Number::parse("0312345678").map(|n| n.redacted()), Some("+xxxxxxxxx78".into()));
    }
}
