//! The real program: over TLS, with its own certificates, in processes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "program/certificates.rs"]
mod certificates;
#[path = "program/client.rs"]
mod client;
#[path = "program/completion.rs"]
mod completion;
#[path = "program/contexts.rs"]
mod contexts;
#[path = "program/data.rs"]
mod data;
#[path = "program/earlier/mod.rs"]
mod earlier;
#[path = "program/fixture.rs"]
mod fixture;
#[path = "program/habits.rs"]
mod habits;
#[path = "program/init.rs"]
mod init;
#[path = "program/live_settings.rs"]
mod live_settings;
#[path = "program/mistakes.rs"]
mod mistakes;
#[path = "program/monitors.rs"]
mod monitors;
#[path = "program/panics.rs"]
mod panics;
#[path = "program/retention.rs"]
mod retention;
#[path = "program/service.rs"]
mod service;
#[path = "program/strangers.rs"]
mod strangers;
#[path = "program/uploads.rs"]
mod uploads;
#[path = "program/users.rs"]
mod users;
