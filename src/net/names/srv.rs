//! The order in which the servers of SRV records are tried (RFC 2782).

use crate::base::Rng;

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) port: u16,
    pub(super) target: String,
}

/// By priority; among equals each next one drawn by weight.
pub(super) fn in_order(mut servers: Vec<Server>, rng: &mut Rng) -> Vec<Server> {
    servers.sort_by(|a, b| (a.priority, &a.target, a.port).cmp(&(b.priority, &b.target, b.port)));
    let mut ordered = Vec::with_capacity(servers.len());
    while let Some(first) = servers.first() {
        let equals = servers.iter().take_while(|server| server.priority == first.priority).count();
        let drawn = draw(servers.get(..equals).unwrap_or_default(), rng);
        ordered.push(servers.remove(drawn));
    }
    ordered
}

/// One of these, each as likely as its weight says; those without weight come last but are not left out.
fn draw(servers: &[Server], rng: &mut Rng) -> usize {
    let total: u64 = servers.iter().map(|server| u64::from(server.weight)).sum();
    let mut left = rng.below(total + 1);
    for (index, server) in servers.iter().enumerate() {
        let weight = u64::from(server.weight);
        if weight >= left && (weight > 0 || total == 0) {
            return index;
        }
        left = left.saturating_sub(weight);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(priority: u16, weight: u16, target: &str) -> Server {
        Server { priority, weight, port: 5060, target: target.to_string() }
    }

    #[test]
    fn priorities_come_first_and_weights_share_out() {
        let mut rng = Rng::from_seed(1);
        let all = [server(20, 0, "last"), server(10, 75, "often"), server(10, 25, "seldom")];
        let mut often = 0;
        for _ in 0..1_000 {
            let order = in_order(all.to_vec(), &mut rng);
            assert_eq!(order[2].target, "last");
            often += usize::from(order[0].target == "often");
        }
        assert!((690..810).contains(&often), "{often} of 1000 for three quarters");
    }

    #[test]
    fn every_server_is_tried_even_without_weight() {
        let mut rng = Rng::from_seed(2);
        let order = in_order(vec![server(1, 0, "a"), server(1, 0, "b"), server(1, 9, "c")], &mut rng);
        assert_eq!(order.len(), 3);
        assert_eq!(order[0].target, "c");
    }
}
