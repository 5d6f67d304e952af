//! What somebody probably meant to type.

/// Longest word that is taken for a slip, in characters.
const LONGEST: usize = 64;

/// Most candidates that are listed where none is near.
const MOST_LISTED: usize = 24;

/// The candidate nearest to `word`, where one is near enough to be meant: at most one edit per three
/// letters (two in short words) and never as many as it has letters, where a swap of neighbours is one
/// edit. Ties go to the first.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().map(fold).take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return None;
    }
    let reach = (letters.len() / 3).clamp(1, 4) + usize::from(letters.len() == 4 || letters.len() == 5);
    let scored = candidates.into_iter().map(|c| (edits(&letters, c), c));
    let near = |edits: usize| edits <= reach && edits < letters.len();
    let best = scored.filter(|(edits, _)| near(*edits)).min_by_key(|(edits, _)| *edits);
    best.map(|(_, candidate)| candidate)
}

/// The help line for a mistyped word: a suggestion, else all candidates where they are few.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = did_you_mean(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match candidates.as_slice() {
        [] => None,
        [only] => Some(format!("there is only `{only}`")),
        some if some.len() <= MOST_LISTED => Some(format!("one of: {}", some.join(", "))),
        _ => None,
    }
}

/// Upper case, `_` and `-` are common slips that should cost nothing.
fn fold(c: char) -> char {
    if c == '_' { '-' } else { c.to_ascii_lowercase() }
}

/// Edits from one word to another: insert, delete, replace, swap neighbours (Damerau's optimal
/// string alignment).
fn edits(word: &[char], candidate: &str) -> usize {
    let other: Vec<char> = candidate.chars().map(fold).collect();
    let mut two_back: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, &a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in other.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && word[i - 1] == b {
                best = best.min(two_back[j - 1] + 1);
            }
            row.push(best);
        }
        two_back = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let keys = ["prompt", "attempts", "no_input", "keys", "otherwise"];
        for (typed, meant) in [
            ("promt", "prompt"),
            ("promtp", "prompt"),
            ("attempt", "attempts"),
            ("no-input", "no_input"),
            ("Keys", "keys"),
            ("ohterwise", "otherwise"),
        ] {
            assert_eq!(did_you_mean(typed, keys), Some(meant), "{typed}");
        }
        assert_eq!(did_you_mean("music", keys), None);
        assert_eq!(did_you_mean("", keys), None);
        assert_eq!(suggestion("x", ["a", "b"]).as_deref(), Some("one of: a, b"));
        assert_eq!(suggestion("music", ["desk", "ring"]).as_deref(), Some("one of: desk, ring"));
    }
}
