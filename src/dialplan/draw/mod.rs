//! A plan drawn so that a person can read it: as a picture, or as text for the tools that draw.
//!
//! Owns: what of a plan is shown (`chart`), how many calls took each way (`traffic`), where it stands
//! (`columns`, `place`) and the three forms.
//! Does not know: files, how a plan runs, what prompts say.
//!
//! Invariants: every step and every way out of it is in each form; a line of the picture crosses no
//! card; what operations wrote is escaped, whatever it is; the same plan gives the same text.
//!
//! To add a form: a file beside `dot.rs` and one line in [`Form`] and [`draw`].

mod chart;
mod columns;
mod dot;
mod mermaid;
mod place;
mod svg;
mod traffic;

pub use traffic::Traffic;

use super::plan::Plan;
use chart::Chart;

/// What a plan is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A picture that any browser shows, without scripts.
    Svg,
    /// The text of a Mermaid flow chart, for pages written in Markdown.
    Mermaid,
    /// The text of a Graphviz graph.
    Dot,
}

/// Draws a plan.
pub fn draw(plan: &Plan, form: Form) -> String {
    drawn(&Chart::of(plan), form)
}

/// Draws a plan with how many calls took each way.
pub fn draw_traffic(plan: &Plan, traffic: &Traffic, form: Form) -> String {
    drawn(&Chart::of(plan).with(plan, traffic), form)
}

fn drawn(chart: &Chart, form: Form) -> String {
    match form {
        Form::Svg => svg::draw(chart),
        Form::Mermaid => mermaid::draw(chart),
        Form::Dot => dot::draw(chart),
    }
}
