//! `madoguchi print-config`: the settings in force, as a settings file. Secrets print as `***`.

use super::customers::{Customers, FALLBACKS};
use super::desk::{Desk, FormNames, Queue, Seat};
use super::escalation::Told;
use super::people::Agent;
use super::phones::MEDIA_SECURITY;
use super::tls::SRTP;
use super::trunk::{Profile, TRANSPORTS, Trunk, codec_name};
use super::{Phone, Settings, Target, Transfer};
use crate::calendar::{HoursSpec, ScheduleSpec};
use crate::diag::write_duration;
use crate::office::{Subscription, event_type};
use crate::store::without_password;
use crate::webhook::Webhook;
use std::fmt::{Display, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Value;

/// The settings as TOML that reads as the same settings, passwords apart.
pub fn print(settings: &Settings) -> String {
    let mut out = Out::default();
    out.section("sip");
    out.line("listen", list(settings.listen.iter().map(text)));
    out.line("advertise", settings.advertise.map_or_else(|| text("auto"), text));
    out.line("session_expires", settings.session_timer.expires.map_or_else(|| text("off"), duration));
    out.line("min_se", duration(settings.session_timer.min));
    let file = |path: &Option<PathBuf>| text(path.as_deref().unwrap_or(Path::new("")).display());
    out.line("certificate", file(&settings.tls.certificate));
    out.line("key", file(&settings.tls.key));
    out.line("client_ca", file(&settings.tls.client_ca));
    out.line("ca", file(&settings.tls.ca));
    out.line("alpn", list(settings.tls.alpn.iter().map(text)));
    out.line("origins", list(settings.origins.iter().map(text)));
    out.line("min_registration", duration(settings.registrations.min));
    out.line("max_registration", duration(settings.registrations.max));
    out.line("phone_digests", list(settings.registrations.digest_names().map(text)));
    out.line("nameserver", settings.nameserver.map_or_else(|| text("auto"), text));
    out.section("sip.strangers");
    out.line("messages_per_second", settings.strangers.messages_per_second);
    out.line("calls_per_second", settings.strangers.calls_per_second);
    out.line("calls", settings.stranger_calls);
    out.line("connections", settings.strangers.connections);
    out.section("media");
    out.line("ports", text(format!("{}-{}", settings.ports.start(), settings.ports.end())));
    out.line("inband_tones", settings.inband_tones);
    out.line("timeout", settings.media_timeout.map_or_else(|| text("off"), duration));
    out.line("port_rest", duration(settings.port_rest));
    let srtp = SRTP.iter().find(|(_, encryption)| *encryption == settings.srtp);
    out.optional("srtp", srtp.map(|(name, _)| text(name)));
    out.line("codecs", list(settings.codecs.iter().map(|codec| text(codec_name(*codec)))));
    out.section("http");
    out.line("listen", text(settings.http));
    out.line("secure_cookies", settings.secure_cookies);
    out.line("proxies", list(settings.proxies.iter().map(text)));
    out.section("admin");
    out.line("listen", text(settings.admin));
    out.section("store");
    out.line("url", text(without_password(&settings.store_url)));
    out.line("spool", text(settings.spool.display()));
    out.line("recordings", text(settings.recordings.display()));
    out.line("attachments", text(settings.attachments.display()));
    out.section("dialplan");
    out.line("path", text(settings.dialplans.display()));
    out.line("prompts", text(settings.prompts.display()));
    out.line("voice", text(settings.voice.iter().map(|path| path.display().to_string()).collect::<String>()));
    out.line("watch", settings.watch);
    out.customers(&settings.customers);
    settings.desks.iter().for_each(|(name, desk)| out.desk(name, desk));
    settings.transfers.iter().for_each(|(name, transfer)| out.transfer(name, transfer));
    settings.trunks.iter().for_each(|(name, trunk)| out.trunk(name, trunk));
    settings.agents.iter().for_each(|(name, agent)| out.agent(name, agent));
    settings.phones.iter().for_each(|(name, phone)| out.phone(name, phone));
    settings.webhooks.iter().for_each(|(name, webhook)| out.webhook(name, webhook));
    settings.events.iter().for_each(|(name, subscription)| out.subscription(name, subscription));
    settings.escalation.iter().for_each(|(name, told)| out.told(name, told));
    out.0
}

#[derive(Default)]
struct Out(String);

impl Out {
    fn section(&mut self, name: impl Display) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        let _infallible = writeln!(self.0, "{gap}[{name}]");
    }

    fn line(&mut self, key: &str, value: impl Display) {
        let _infallible = writeln!(self.0, "{key} = {value}");
    }

    fn customers(&mut self, customers: &Customers) {
        self.section("customers");
        self.line("pins", customers.pins);
        self.line("key", customers.key.as_ref().map_or_else(|| text(""), text));
        self.line("url", customers.url.as_ref().map_or_else(|| text(""), text));
        self.line("secret", customers.secret.as_ref().map_or_else(|| text(""), text));
        self.line("deadline", duration(customers.deadline));
        self.line("cache", duration(customers.cache));
        let fallback = FALLBACKS.iter().find(|(_, fallback)| *fallback == customers.fallback);
        self.optional("fallback", fallback.map(|(name, _)| text(name)));
    }

    fn desk(&mut self, name: &str, desk: &Desk) {
        self.section(format_args!("desks.{}", key(name)));
        self.line("hours", hours(&desk.hours));
        self.line("language", text(desk.language));
        self.line("dial", list(desk.dial.iter().map(uri)));
        self.line("ring", duration(desk.ring));
        self.line("trusted", desk.trusted);
        self.line("transfers", list(desk.transfers.iter().map(|named| text(&named.name))));
        let names = desk.case_form.as_ref();
        let named = |FormNames { ja, en }: &FormNames| format!("{{ ja = {}, en = {} }}", text(ja), text(en));
        self.line("case_form", names.map_or_else(|| text(""), named));
        desk.queues.iter().for_each(|(queue, of)| self.queue(name, queue, of));
    }

    fn queue(&mut self, desk: &str, name: &str, queue: &Queue) {
        self.section(format_args!("desks.{}.queues.{}", key(desk), key(name)));
        self.line("tier", queue.tier);
        self.line("max_waiting", queue.max_waiting);
        self.optional("ring", queue.ring.map(duration));
        self.line("seats", list(queue.seats.iter().map(seat)));
    }

    fn transfer(&mut self, name: &str, transfer: &Transfer) {
        self.section(format_args!("transfers.{}", key(name)));
        self.line("uri", uri(&transfer.target));
        self.line("trusted", transfer.trusted);
    }

    fn trunk(&mut self, name: &str, trunk: &Trunk) {
        self.section(format_args!("trunks.{}", key(name)));
        self.line("host", text(&trunk.host));
        self.optional("port", trunk.port);
        let transport = TRANSPORTS.iter().find(|(_, transport)| *transport == trunk.transport);
        self.optional("transport", transport.map(|(name, _)| text(name)));
        self.optional("domain", trunk.domain.as_ref().map(text));
        self.line("register", trunk.register);
        self.line("expires", duration(trunk.expires));
        self.optional("user", trunk.user.as_ref().map(text));
        self.optional("auth_user", trunk.auth_user.as_ref().map(text));
        self.optional("password", trunk.password.as_ref().map(text));
        self.line("keep_alive", duration(trunk.keep_alive));
        let profile = Profile::NAMED.iter().find(|(_, profile)| *profile == trunk.profile);
        self.optional("profile", profile.map(|(name, _)| text(name)));
        self.line("codecs", list(trunk.codecs.iter().map(|codec| text(codec_name(*codec)))));
        self.optional("max_calls", trunk.max_calls);
        self.optional("calls_per_second", trunk.calls_per_second);
        self.line("prefixes", list(trunk.prefixes.iter().map(text)));
        self.line("number_from", list(trunk.number_from.iter().map(|source| text(source.name()))));
        self.optional("dscp", trunk.dscp);
    }

    fn phone(&mut self, name: &str, phone: &Phone) {
        self.section(format_args!("phones.{}", key(name)));
        self.line("password", text(&phone.password));
        let security = MEDIA_SECURITY.iter().find(|(_, security)| *security == phone.media_security);
        self.optional("media_security", security.map(|(name, _)| text(name)));
    }

    fn agent(&mut self, name: &str, agent: &Agent) {
        self.section(format_args!("agents.{}", key(name)));
        self.line("name", text(&agent.name));
        self.optional("password", agent.password.as_ref().map(text));
        self.line("role", text(agent.role));
        self.optional("seat", agent.seat.as_ref().map(|seat| text(&seat.to)));
        self.line("skills", list(agent.skills.iter().map(text)));
        self.line("languages", list(agent.languages.iter().map(text)));
        self.line("tier", agent.tier);
        self.line("desks", list(agent.desks.iter().map(text)));
        self.line("sessions", text(if agent.multi_session { "multi" } else { "single" }));
    }

    fn webhook(&mut self, name: &str, webhook: &Webhook) {
        self.section(format_args!("webhooks.{}", key(name)));
        self.line("url", text(&webhook.address));
        self.optional("secret", webhook.secret.as_ref().map(text));
    }

    fn subscription(&mut self, name: &str, subscription: &Subscription) {
        self.section(format_args!("events.{}", key(name)));
        self.line("url", text(&subscription.receiver.address));
        self.line("secret", text(&subscription.receiver.secret));
        self.line("source", text(&subscription.source));
        self.line("types", list(subscription.kinds.iter().map(|kind| text(event_type(kind)))));
    }

    fn told(&mut self, name: &str, told: &Told) {
        self.section(format_args!("escalation.{}", key(name)));
        self.line("after", told.after.map_or_else(|| text("off"), duration));
        self.line("again", told.again.map_or_else(|| text("off"), duration));
    }

    fn optional(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.line(key, value);
        }
    }
}

fn text(value: impl Display) -> String {
    Value::String(value.to_string()).to_string()
}

fn key(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if bare { name.to_string() } else { text(name) }
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn uri(target: &Target) -> String {
    text(&target.to)
}

fn seat(seat: &Seat) -> String {
    match seat.calls_at_once {
        1 => uri(&seat.target),
        calls => format!("{{ uri = {}, calls_at_once = {calls} }}", uri(&seat.target)),
    }
}

fn duration(length: Duration) -> String {
    text(write_duration(length))
}

fn hours(spec: &ScheduleSpec) -> String {
    let HoursSpec::Weekly(rows) = &spec.hours else { return text("always") };
    let row =
        |(days, ranges): &(String, Vec<String>)| format!("{} = {}", key(days), list(ranges.iter().map(text)));
    let weekly = rows.iter().map(row).collect::<Vec<_>>().join(", ");
    let day = |day: &crate::calendar::CompanyDaySpec| {
        format!("{{ days = {}, name = {} }}", text(&day.days), text(&day.name))
    };
    let emergency = match &spec.emergency {
        None => text(""),
        Some(closure) => match &closure.until {
            None => text(&closure.message),
            Some(until) => format!("{{ message = {}, until = {} }}", text(&closure.message), text(until)),
        },
    };
    format!(
        "{{ zone = {}, weekly = {{ {weekly} }}, holidays = {}, company_days = {}, emergency = {emergency} }}",
        text(&spec.time_zone),
        text(if spec.holidays { "japan" } else { "none" }),
        list(spec.company_days.iter().map(day)),
    )
}
