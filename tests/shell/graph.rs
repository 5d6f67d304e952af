//! `graph`: the plan on standard output in each form, mistakes on standard error.

use super::workplace::Workplace;

#[test]
fn the_settings_plan_is_drawn_in_each_form() {
    let workplace = Workplace::new("");
    assert!(workplace.good(&["graph"]).starts_with("<svg "));
    assert!(workplace.good(&["graph", "--format", "mermaid"]).starts_with("flowchart LR\n"));
    assert!(workplace.good(&["graph", "--format", "dot"]).starts_with("digraph "));
}

#[test]
fn a_plan_with_a_mistake_is_not_drawn() {
    let workplace = Workplace::new("");
    workplace.write("bad.toml", "start = \"bye\"\n[step.bye]\nverb = \"hangup\"\n");
    let found = workplace.bad(&["graph", "bad.toml"]);
    assert!(found.contains("bad.toml:2:"), "{found}");
}
