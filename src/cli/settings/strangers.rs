//! `[sip.strangers]`: what one source of SIP that is neither trunk nor desk may take.

use super::Settings;
use super::reader::Reader;
use crate::diag::Table;

/// The most that may be asked for: an engine does not get there.
pub(super) const MOST: u32 = 1_000_000;

/// Reads `[sip.strangers]` over what is there.
pub(super) fn read_strangers(reader: &mut Reader<'_>, mut table: Table<'_>, settings: &mut Settings) {
    let limits = &mut settings.strangers;
    set(reader, &mut table, "messages_per_second", |count| limits.messages_per_second = count);
    set(reader, &mut table, "calls_per_second", |count| limits.calls_per_second = count);
    set(reader, &mut table, "connections", |count| limits.connections = count as usize);
    set(reader, &mut table, "calls", |count| settings.stranger_calls = count as usize);
    table.finish(reader.found);
}

/// Hands on a count that is within bounds. Nothing at all for strangers is a firewall's business.
fn set(reader: &mut Reader<'_>, table: &mut Table<'_>, key: &str, mut into: impl FnMut(u32)) {
    match reader.take::<u32>(table, key) {
        Some(count) if (1..=MOST).contains(&count.value) => into(count.value),
        Some(count) => {
            let message = format!("a number between 1 and {MOST}");
            reader.found.push(table.error_at("out-of-range", count.span, message));
        }
        None => {}
    }
}
