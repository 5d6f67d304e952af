//! What came of an act: the case, what was heard, the recordings, and whether it is as it should be.

use super::act::{Cast, Played};
use crate::case::CaseNumber;
use crate::cli::case::show;
use crate::cli::handset::{Ear, write_wav};
use crate::cli::output::{Format, print};
use crate::phone::Visit;
use crate::store::Store;
use std::path::Path;

/// Prints it all. Whether the caller came where they should.
pub(super) async fn tell(
    cast: &Cast,
    played: &Played,
    answered: Option<&Visit>,
    store: &Store,
    ear: &Ear,
    folder: &Path,
) -> Result<bool, String> {
    print(&format!("\n--- {} ---\n", cast.name));
    let case = played.case.as_deref().unwrap_or_default();
    let text = show(store, case, Format::Text).await;
    print(&text.unwrap_or_else(|error| format!("{error}\n")));
    if let Some(visit) = &played.visit {
        let from = visit.talked_from.map(|from| from.since_start()).unwrap_or_default();
        print(&format!("\nthe caller {}", ear.told(&visit.heard, from)));
        record(folder, &format!("{}-caller.wav", cast.name), visit)?;
    }
    if let Some(visit) = answered {
        print(&interpreter_words(visit));
        record(folder, &format!("{}-{}.wav", cast.name, cast.desk), visit)?;
    }
    let wrong = flaws(cast, played, answered, store).await;
    wrong.iter().for_each(|flaw| print(&format!("WRONG: {flaw}\n")));
    print("\n");
    Ok(wrong.is_empty())
}

fn record(folder: &Path, name: &str, visit: &Visit) -> Result<(), String> {
    let path = folder.join(name);
    write_wav(&path, &visit.heard)?;
    print(&format!("recorded to {}\n", path.display()));
    Ok(())
}

fn interpreter_words(visit: &Visit) -> String {
    match header(visit, "X-Madoguchi-Interpreter") {
        Some(language) => format!("the desk was told: interpreter {language}\n"),
        None => String::new(),
    }
}

fn header<'v>(visit: &'v Visit, wanted: &str) -> Option<&'v str> {
    visit.invite.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
}

/// What is not as it should be.
async fn flaws(cast: &Cast, played: &Played, answered: Option<&Visit>, store: &Store) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut need = |good: bool, flaw: &str| {
        if !good {
            wrong.push(flaw.to_string());
        }
    };
    need(played.visit.as_ref().is_some_and(|visit| visit.sounded > 0), "the caller heard nothing");
    let desk_talked = answered.is_some_and(|visit| visit.talked_from.is_some() && visit.sounded > 0);
    need(desk_talked, &format!("the phone of desk {} did not hear the caller", cast.desk));
    let told = |name| answered.and_then(|visit| header(visit, name));
    need(told("X-Madoguchi-Interpreter") == cast.interpreter, "the interpreter flag is wrong");
    need(told("X-Madoguchi-Case") == played.case.as_deref(), "the desk was told another case");
    let number = played.case.as_deref().and_then(|case| CaseNumber::parse(case).ok());
    let case = match number {
        Some(number) => store.case(number).await.ok().flatten(),
        None => None,
    };
    let in_case = |read: fn(&crate::case::Case) -> Option<&str>| case.as_ref().and_then(read);
    need(case.is_some(), "there is no case");
    need(in_case(|case| case.desk.as_deref()) == Some(cast.desk), "the case names another desk");
    need(in_case(|case| case.queue.as_deref()) == cast.queue, "the case names another queue");
    wrong
}
