//! Whose certificate opens the encrypted audio, and who begins: `a=fingerprint`, `a=setup` (RFC 8122, RFC 5763).

/// The SHA-256 of a certificate. Peers that name theirs by another hash alone are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// Which side sends the first message of the handshake (RFC 4145, RFC 5763 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We do.
    Active,
    /// The peer does.
    Passive,
}

/// What the peer's `a=setup` says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// It begins.
    Active,
    /// It waits.
    Passive,
    /// It leaves that to the answer.
    ActPass,
}

/// Keys that are agreed on where the audio flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtls {
    /// What the peer's certificate must be.
    pub theirs: Fingerprint,
    /// Who begins.
    pub role: Role,
}

impl Fingerprint {
    /// Reads the value of the attribute: `sha-256 4A:AD:…`.
    pub(super) fn read(value: &str) -> Option<Fingerprint> {
        let (hash, hex) = value.trim().split_once(char::is_whitespace)?;
        let mut bytes = [0; 32];
        let mut pairs = hex.trim().split(':');
        for byte in &mut bytes {
            let pair = pairs.next().filter(|pair| pair.len() == 2)?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        (hash.eq_ignore_ascii_case("sha-256") && pairs.next().is_none()).then_some(Fingerprint(bytes))
    }

    /// The value of the attribute.
    pub(super) fn value(&self) -> String {
        let hex: Vec<String> = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("sha-256 {}", hex.join(":"))
    }
}

impl Role {
    /// Ours, where the peer says this of itself. Whoever says nothing begins (RFC 4145 4), and whoever leaves it
    /// to us does too: its packets come through its own NAT first.
    pub(super) fn towards(theirs: Option<Setup>) -> Role {
        match theirs {
            Some(Setup::Passive) => Role::Active,
            Some(Setup::Active | Setup::ActPass) | None => Role::Passive,
        }
    }

    /// The value of `a=setup` in our answer.
    pub(super) fn setup(self) -> &'static str {
        match self {
            Role::Active => "active",
            Role::Passive => "passive",
        }
    }
}

impl Setup {
    pub(super) fn read(value: &str) -> Option<Setup> {
        match value.trim().to_ascii_lowercase().as_str() {
            "active" => Some(Setup::Active),
            "passive" => Some(Setup::Passive),
            "actpass" => Some(Setup::ActPass),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_as_it_is_written_and_other_hashes_are_none() {
        let fingerprint = Fingerprint(std::array::from_fn(|n| n as u8 * 8));
        let value = fingerprint.value();
        assert!(value.starts_with("sha-256 00:08:10:18:"), "{value}");
        assert_eq!(Fingerprint::read(&value), Some(fingerprint));
        assert_eq!(Fingerprint::read(&value.to_lowercase()), Some(fingerprint));
        for bad in ["sha-1 4A:AD", "sha-256", "sha-256 00:08", "sha-256 +1:08", &format!("{value}:00")] {
            assert_eq!(Fingerprint::read(bad), None, "{bad}");
        }
    }
}
