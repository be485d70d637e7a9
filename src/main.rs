//! `pilot`, the host agent.
#![deny(unsafe_code)]

mod agent;
mod check;
mod cli;
mod config;
mod enrol;
mod failure;
mod home;
mod host;
mod identity;
mod job;
mod keys;
mod link;
mod log;
mod notify;
mod reaper;
mod storage;
mod sys;

fn main() -> std::process::ExitCode {
    cli::main()
}
