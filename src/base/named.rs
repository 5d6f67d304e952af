//! Enums whose values have stable names.

/// An enum whose variants have stable names: as stored, shown, and written in dialplans.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$vdoc])* $variant,)* }

        impl $type {
            /// Every value.
            pub const ALL: &'static [$type] = &[$($type::$variant,)*];

            /// Every name, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str { match self { $($type::$variant => $name,)* } }

            /// The value of a stable name.
            pub fn from_name(name: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use named;
