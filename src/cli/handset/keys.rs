//! KEYS of the command line as a phone's script.

use crate::dialplan::simulate::Press;
use crate::phone::Act;
use std::time::Duration;

/// Silence that tells a prompt's end from a pause within it.
const PROMPT_END: Duration = Duration::from_secs(1);
/// Longer than any time a plan waits for a key.
const TIMEOUT: Duration = Duration::from_secs(6);

/// What a phone does for these keys; `pause` passes before each key that follows no `,` or `p`.
pub fn script(keys: &[Press], pause: Duration) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut waited = false;
    for press in keys {
        match press {
            Press::Digit(digit) => {
                if !waited {
                    acts.push(Act::Wait(pause));
                }
                acts.push(Act::Press(vec![*digit]));
            }
            Press::Listen => acts.push(Act::WaitForSilence(PROMPT_END)),
            Press::Timeout => acts.extend([Act::WaitForSilence(PROMPT_END), Act::Wait(TIMEOUT)]),
        }
        waited = !matches!(press, Press::Digit(_));
    }
    acts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digit;
    use crate::dialplan::simulate::parse_keys;

    #[test]
    fn keys_are_pressed_apart_or_after_the_prompt() {
        let pause = Duration::from_millis(700);
        let key = |c| Act::Press(vec![Digit::from_char(c).expect("a key")]);
        let acts = script(&parse_keys("21,#p*").expect("keys"), pause);
        let want = [
            Act::Wait(pause),
            key('2'),
            Act::Wait(pause),
            key('1'),
            Act::WaitForSilence(PROMPT_END),
            key('#'),
            Act::WaitForSilence(PROMPT_END),
            Act::Wait(TIMEOUT),
            key('*'),
        ];
        assert_eq!(acts, want);
    }
}
