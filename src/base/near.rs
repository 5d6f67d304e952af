//! "Did you mean": the known name closest to what somebody typed.

/// The candidate nearest to `typed`, ignoring case, where it is near enough to be a slip of the
/// keyboard: at most a third of its letters inserted, dropped, replaced or swapped.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = letters(typed);
    let ranked = candidates.into_iter().map(|c| (distance(&typed, &letters(c)), c));
    let (steps, best) = ranked.min_by_key(|(steps, _)| *steps)?;
    let longest = typed.len().max(best.chars().count());
    (steps <= longest.div_ceil(3) && steps < longest).then_some(best)
}

fn letters(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).take(64).collect()
}

/// Optimal string alignment: Levenshtein's distance where a swap of neighbours is one step.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_another_word_finds_none() {
        let names = ["severity", "language", "has_pin"];
        assert_eq!(nearest("severty", names), Some("severity"));
        assert_eq!(nearest("Langauge", names), Some("language"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("3", ["1", "2"]), None, "nothing is left of it");
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn a_swap_is_one_step() {
        let steps = |a, b| distance(&letters(a), &letters(b));
        assert_eq!(steps("ab", "ba"), 1);
        assert_eq!(steps("abc", ""), 3);
        assert_eq!(steps("kitten", "sitting"), 3);
    }
}
