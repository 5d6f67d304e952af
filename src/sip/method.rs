//! Request methods: the known ones and any other token, told apart by case (RFC 3261 7.1).

use std::fmt;

use super::error::WireError;
use super::scan::is_token_text;

macro_rules! methods {
    ($($variant:ident $text:literal $rsip:ident,)*) => {
        /// A request method. `invite` is not `INVITE`: it is an extension nobody knows.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// Any other token, spelled as it came.
            Ext(String),
        }

        impl Method {
            /// Reads a method; fails on what is not a token.
            pub fn parse(text: &str) -> Result<Self, WireError> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ if is_token_text(text) => Ok(Self::Ext(text.to_owned())),
                    _ => Err(WireError::at(0, "a method must be a token")),
                }
            }

            /// The method as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Ext(text) => text,
                }
            }

            /// rsip's method, where its closed list has one.
            pub fn to_rsip(&self) -> Option<rsip::Method> {
                match self {
                    $(Self::$variant => Some(rsip::Method::$rsip),)*
                    Self::Ext(_) => None,
                }
            }
        }
    };
}

methods! {
    Ack "ACK" Ack,
    Bye "BYE" Bye,
    Cancel "CANCEL" Cancel,
    Info "INFO" Info,
    Invite "INVITE" Invite,
    Message "MESSAGE" Message,
    Notify "NOTIFY" Notify,
    Options "OPTIONS" Options,
    Prack "PRACK" PRack,
    Publish "PUBLISH" Publish,
    Refer "REFER" Refer,
    Register "REGISTER" Register,
    Subscribe "SUBSCRIBE" Subscribe,
    Update "UPDATE" Update,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Method;

    #[test]
    fn case_tells_methods_apart() {
        assert_eq!(Method::parse("INVITE"), Ok(Method::Invite));
        assert_eq!(Method::parse("Invite"), Ok(Method::Ext("Invite".into())));
        assert_eq!(Method::Prack.to_rsip(), Some(rsip::Method::PRack));
        assert_eq!(Method::Ext("RE%47ISTER".into()).to_rsip(), None);
    }

    #[test]
    fn only_tokens_are_methods() {
        for bad in ["", "IN VITE", "INVITE/", "招待", "A\0"] {
            assert!(Method::parse(bad).is_err(), "{bad:?}");
        }
    }
}
