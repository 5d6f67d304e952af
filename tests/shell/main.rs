//! The `madoguchi` command as its users meet it: arguments in, text, status and files out.

mod access;
mod cases;
mod checking;
mod customers;
mod described;
mod dissecting;
mod doctor;
mod events;
mod files;
mod following;
mod graph;
mod hours;
mod lookup;
mod prompts;
mod registering;
mod reloading;
mod replaying;
mod serving;
mod settings;
mod simulate;
mod sla;
mod speaking;
#[cfg(feature = "speech")]
mod voice;
mod voicemail;
mod webhooks;
mod workplace;
