//! What is no call: questions, unknown methods and extensions, offers without a codec we speak.

use crate::engine::{Desks, Engine};
use crate::sipp::{Run, Sipp};

/// The scenario goes as written, and leaves no case.
fn makes_no_case(scenario: &'static str) -> Engine {
    let engine = Engine::start(&Desks::default());
    Sipp::call(engine.sip, &engine.folder(), scenario, &Run::default()).succeed();
    assert_eq!(engine.cases().len(), 0);
    engine
}

#[test]
fn options_tells_what_the_engine_takes() {
    makes_no_case("options").assert_empty(0);
}

#[test]
fn a_method_nobody_knows_is_501() {
    makes_no_case("unknown_method").assert_empty(0);
}

#[test]
fn a_method_that_is_not_for_us_is_405() {
    makes_no_case("foreign_method").assert_empty(0);
}

#[test]
fn an_unknown_extension_is_420() {
    makes_no_case("unknown_extension").assert_empty(0);
}

#[test]
fn an_offer_without_a_common_codec_is_488() {
    let engine = makes_no_case("no_common_codec");
    engine.assert_empty(1);
    engine.process.wait_for("cause=no-common-codec");
}
