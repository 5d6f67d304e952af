//! Customers: what their PINs are hashed with, and whether callers are asked for them.

use super::reader::Reader;
use crate::base::Secret;
use crate::diag::Table;

/// How customers are verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// Whether the verb `pin` asks callers.
    pub pins: bool,
    /// What PINs are hashed with; none: a key that is made once and lies beside the store.
    pub key: Option<Secret<String>>,
}

impl Customers {
    /// Reads `[customers]` over what is there.
    pub(super) fn lay(&mut self, reader: &mut Reader<'_>, mut table: Table<'_>) {
        reader.set(&mut table, "pins", &mut self.pins);
        if let Some(written) = reader.text(&mut table, "key") {
            self.key = Some(written.value).filter(|key| !key.is_empty()).map(Secret::new);
        }
        table.finish(reader.found);
    }
}
