//! Datagrams that the system threw away because a socket's buffer was full: nobody here ever sees them.
//!
//! The kernel tells each socket's own count beside a packet (`SO_RXQ_OVFL`), which cannot be read without unsafe
//! code or another crate; the count of all sockets of this network namespace stands in a file.

use std::path::Path;

/// UDP datagrams, of any program of this machine or container, that found the buffer of their socket full.
pub fn receive_buffer_errors() -> u64 {
    let read = |file: &str| std::fs::read_to_string(Path::new("/proc/net").join(file)).unwrap_or_default();
    v4_errors(&read("snmp")) + v6_errors(&read("snmp6"))
}

/// Of the two lines `Udp:`, the first names what the second counts.
fn v4_errors(text: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Udp:"));
    let (Some(names), Some(counts)) = (lines.next(), lines.next()) else { return 0 };
    let column = names.split_whitespace().position(|name| name == "RcvbufErrors");
    column.and_then(|at| counts.split_whitespace().nth(at)?.parse().ok()).unwrap_or(0)
}

fn v6_errors(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("Udp6RcvbufErrors"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_stands_under_its_name_wherever_that_is() {
        let v4 = "Tcp: RtoMin\nTcp: 200\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\n\
            Udp: 900 3 41 800 41 0\nUdpLite: RcvbufErrors\nUdpLite: 7\n";
        assert_eq!(v4_errors(v4), 41);
        assert_eq!(v6_errors("Udp6InErrors 2\nUdp6RcvbufErrors                \t17\n"), 17);
        assert_eq!((v4_errors(""), v6_errors(""), v4_errors("Udp: a b\nUdp: 1\n")), (0, 0, 0));
    }
}
