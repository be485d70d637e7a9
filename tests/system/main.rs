//! The whole system: the real programs, real TLS, real keys, real processes.
//!
//! The programs are built once by their own `-p` builds, or taken from the
//! folder that `PILOT_TEST_BIN` names.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub
)]

mod abuse;
mod busy;
mod ca_files;
mod cancels;
mod complaints;
mod completion;
mod confinement;
mod control_disk;
mod disk;
mod doctor;
mod double;
mod enrolment;
mod examples;
mod exposure;
mod facts;
mod first_boot;
mod functions;
mod future_serials;
mod home;
mod idle;
mod job_user;
mod jobs;
mod keys;
mod link;
mod loads;
mod lost_answers;
mod machines;
mod makers;
mod middleboxes;
mod moved_tags;
mod networks;
mod networks_runner;
mod older_kernels;
mod orphans;
mod output;
mod packages;
mod pages;
mod private_inputs;
mod proxies;
mod pulls;
mod recovery;
mod refusals;
mod reset;
mod restored;
mod rotation;
mod secrets;
mod seed_page;
mod service;
mod signals;
mod sizes;
mod stalls;
mod ten_steps;
mod time;
mod tokens;
mod transfers;
mod users;
