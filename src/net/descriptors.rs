//! How many sockets the process may open.

use std::path::Path;

/// What everything but calls and connections needs.
const RESERVED: usize = 128;
/// Assumed where the system does not say.
const USUAL: usize = 1_024;

/// Descriptors that calls and connections may use.
pub(super) fn available() -> usize {
    let text = std::fs::read_to_string(Path::new("/proc/self/limits")).unwrap_or_default();
    soft_limit(&text).unwrap_or(USUAL).saturating_sub(RESERVED).max(2)
}

fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_number_of_its_line() {
        let text = "Limit   Soft Limit  Hard Limit  Units\nMax open files   1024   524288   files\n";
        assert_eq!(soft_limit(text), Some(1024));
        assert_eq!(soft_limit("Max open files  unlimited unlimited files"), Some(usize::MAX));
        assert_eq!(soft_limit(""), None);
    }
}
