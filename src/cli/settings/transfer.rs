//! Places outside the desks to which a plan may hand callers: nothing else can be dialled by its address.

use super::desk::{Target, target};
use super::reader::Reader;
use crate::diag::Table;
use std::collections::BTreeMap;

/// A place outside the desks.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Where it is.
    pub target: Target,
    /// Whether callers' numbers may be asserted to it.
    pub trusted: bool,
}

/// Reads `[transfers]` over those that are there.
pub(super) fn read_transfers(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    transfers: &mut BTreeMap<String, Transfer>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let known = transfers.get(&name.value).cloned();
        if let Some(transfer) = read_transfer(reader, table.value, known) {
            transfers.insert(name.value, transfer);
        }
    }
}

fn read_transfer(reader: &mut Reader<'_>, mut table: Table<'_>, known: Option<Transfer>) -> Option<Transfer> {
    let written = table.value("uri").map(|uri| target(reader, &uri));
    if written.is_none() && known.is_none() {
        reader.found.push(table.missing("uri").help("write uri = \"sip:…\""));
    }
    let mut trusted = known.as_ref().is_some_and(|known| known.trusted);
    reader.set(&mut table, "trusted", &mut trusted);
    table.finish(reader.found);
    let target = written.unwrap_or_else(|| known.map(|known| known.target))?;
    Some(Transfer { target, trusted })
}
