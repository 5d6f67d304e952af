//! Tests of plans: what `check` reports, and what callers of the shipped plan hear and reach.

mod announcements;
mod bad_plans;
mod behaviour;
mod callback;
mod caller;
mod coverage;
mod drawn;
mod examples;
mod library;
mod mutants;
mod pin;
mod proofs;
mod random_walks;
mod schemas;
mod shipped;
mod slips;
mod survey;
mod trail;
mod transfer;
mod voicemail;
mod webhook;
