//! `graph`'s drawings: nothing of a plan is missing in any form, and nothing written in it is markup.

use crate::library::{plan, shipped};
use madoguchi::dialplan::draw::{Form, draw};
use madoguchi::dialplan::{Exit, Plan};
use std::collections::BTreeMap;

fn words(exit: &Exit) -> String {
    let label = exit.label.replace('_', " ");
    label.strip_prefix("keys.").map_or(label.clone(), |key| format!("key {key}"))
}

/// Every way out as the name of its step, what takes it, and the name of the step it leads to.
fn exits(plan: &Plan) -> Vec<(String, String, String)> {
    let of = |exit: Exit, from: &str| (from.to_owned(), words(&exit), plan.step(exit.to).name.to_string());
    let steps = plan.steps();
    steps.flat_map(|(_, step)| step.verb.exits().into_iter().map(|e| of(e, &step.name))).collect()
}

fn has(labels: &str, wanted: &str) -> bool {
    labels.split(", ").any(|label| label == wanted)
}

/// The text between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// The ways of an SVG as (from, labels, to), read from the rows' titles.
fn ways_of_svg(svg: &str) -> Vec<(String, String, String)> {
    let titles = svg.split("<title>").skip(1).filter_map(|rest| rest.split("</title>").next());
    let ways = titles.filter_map(|title| {
        let (from, rest) = title.split_once(": ")?;
        let (labels, to) = rest.split_once(" → ")?;
        Some((from.to_owned(), labels.to_owned(), to.to_owned()))
    });
    ways.collect()
}

/// The ways of a text form: `names` finds a node and its name, `labels` what a line says of a way.
fn ways_of_text(
    text: &str,
    name: fn(&str) -> Option<&str>,
    label: fn(&str) -> Option<&str>,
) -> Vec<(String, String, String)> {
    let node = |line: &str| Some((line.split_whitespace().next()?.to_owned(), line.to_owned()));
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with('s')).collect();
    let key = |line: &str| line.split(['[', '(', '{', ' ']).next().unwrap_or_default().to_owned();
    let named = lines.iter().filter(|line| label(line).is_none());
    let names: BTreeMap<String, String> =
        named.filter_map(|line| Some((key(line), name(line)?.to_owned()))).collect();
    let ways = lines.iter().filter_map(|line| {
        let (from, line) = node(line)?;
        let to = line.split_whitespace().find(|word| *word != from && names.contains_key(*word))?.to_owned();
        Some((names.get(&from)?.clone(), label(&line)?.to_owned(), names.get(&to)?.clone()))
    });
    ways.collect()
}

fn ways(plan: &Plan, form: Form) -> Vec<(String, String, String)> {
    let drawn = draw(plan, form);
    match form {
        Form::Svg => ways_of_svg(&drawn),
        Form::Mermaid => {
            ways_of_text(&drawn, |line| between(line, "\"", "<br/>"), |line| between(line, ">|\"", "\"|"))
        }
        Form::Dot => ways_of_text(
            &drawn,
            |line| between(line, "[label=\"", "\\n"),
            |line| line.contains(" -> ").then(|| between(line, "[label=\"", "\"")).flatten(),
        ),
    }
}

#[test]
fn every_step_and_every_way_out_of_the_shipped_plan_is_in_every_form() {
    let plan = shipped();
    for form in [Form::Svg, Form::Mermaid, Form::Dot] {
        let (drawn, ways) = (draw(&plan, form), ways(&plan, form));
        for (_, step) in plan.steps() {
            assert!(drawn.contains(&*step.name), "{form:?} lacks {}", step.name);
            assert!(drawn.contains(step.definition().name), "{form:?} lacks the verb of {}", step.name);
        }
        let exits = exits(&plan);
        assert!(exits.len() > 100, "{} ways out", exits.len());
        for (from, label, to) in exits {
            let is = |way: &&(String, String, String)| way.0 == from && way.2 == to && has(&way.1, &label);
            assert_eq!(ways.iter().filter(is).count(), 1, "{form:?}: {from} -> {to} by {label}: {ways:#?}");
        }
    }
}

#[test]
fn numbers_the_start_and_the_desks_are_shown() {
    let plan = shipped();
    for form in [Form::Svg, Form::Mermaid, Form::Dot] {
        let drawn = draw(&plan, form);
        for shown in ["0120339836", "0364346780", "every number that no plan names", "webex-support", "start"]
        {
            assert!(drawn.contains(shown), "{form:?} lacks {shown}");
        }
        let ways = ways(&plan, form);
        for (from, desk) in
            [("japan-line", "desk japan"), ("sales-line", "desk sales"), ("global", "desk global")]
        {
            let answered = (from.to_owned(), "answered".to_owned(), desk.to_owned());
            assert!(ways.contains(&answered), "{form:?}: {from} leads to no {desk}");
        }
    }
}

#[test]
fn a_plan_with_one_step_is_drawn() {
    let plan = plan("start = \"bye\"\n[step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n");
    for form in [Form::Svg, Form::Mermaid, Form::Dot] {
        let drawn = draw(&plan, form);
        assert!(drawn.contains("bye") && drawn.contains("hangup"), "{form:?}");
        assert!(ways(&plan, form).is_empty(), "{form:?}");
    }
}

const NAME: &str = "a<b>&\"c'`d\\\\;#|]\\u0001窓口";

#[test]
fn names_are_never_markup() {
    let name = NAME.replace('"', "\\\"");
    let text = format!(
        "start = \"{name}\"\n[step.\"{name}\"]\nverb = \"play\"\nprompt = \"goodbye\"\nnext = \"bye\"\n\
         [step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n"
    );
    let plan = plan(&text);
    let svg = draw(&plan, Form::Svg);
    assert!(svg.contains("a&lt;b&gt;&amp;&quot;c&#39;`d\\;#|] 窓口"), "{svg}");
    assert!(!svg.contains("<b>") && !svg.contains('\u{1}'));
    let mermaid = draw(&plan, Form::Mermaid);
    assert!(mermaid.contains("\"a#60;b#62;#38;#34;c'#96;d#92;#59;#35;|] 窓口<br/>"), "{mermaid}");
    let dot = draw(&plan, Form::Dot);
    assert!(dot.contains("\"a<b>&\\\"c'`d\\\\;#|] 窓口\\nplay"), "{dot}");
}

/// A number that an attribute of a tag holds.
fn number(tag: &str, name: &str) -> f64 {
    let text = between(tag, &format!(" {name}=\""), "\"").expect(name);
    text.parse().expect("a number")
}

#[test]
fn no_two_cards_of_the_picture_overlap_and_all_are_inside() {
    let svg = draw(&shipped(), Form::Svg);
    let (width, height) = (number(&svg, "width"), number(&svg, "height"));
    let cards = svg.split("<g id=\"c").skip(1).map(|card| {
        let at = between(card, "translate(", ")").expect("a place");
        let (x, y) = at.split_once(' ').expect("two numbers");
        let (x, y): (f64, f64) = (x.parse().expect("x"), y.parse().expect("y"));
        let size = card.split_once("<rect").expect("a frame").1;
        (x, y, x + number(size, "width"), y + number(size, "height"))
    });
    let cards: Vec<(f64, f64, f64, f64)> = cards.collect();
    assert!(cards.len() > 50);
    for (at, a) in cards.iter().enumerate() {
        assert!(a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= width && a.3 <= height, "{a:?} is outside");
        for b in &cards[at + 1..] {
            assert!(a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1, "{a:?} overlaps {b:?}");
        }
    }
}

#[test]
fn the_same_plan_is_drawn_the_same() {
    for form in [Form::Svg, Form::Mermaid, Form::Dot] {
        assert_eq!(draw(&shipped(), form), draw(&shipped(), form));
    }
}
