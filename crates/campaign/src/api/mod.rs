//! Lets schemathesis, a tester of HTTP APIs, try everything that the document of `/v1` allows, and
//! much that it does not, with a real control that has hosts, commands and jobs.
//!
//! All checks of schemathesis are on. It signs in as an admin, and then with a token that may read and
//! run one command. It never names the user that it signs in as: that would saw off the branch on which
//! it sits (`hooks.py`). Everything else may be removed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

mod fixture;
mod tool;

use fixture::Fixture;
use release::failure::{Result, failed};
use std::time::{Duration, Instant};
use tool::Tool;

/// The extent of the campaign.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The short form, as CI runs it: a minute for each user
    #[arg(long)]
    short: bool,
    /// Repeats the run that printed this number
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// How long each user tries things.
const SHORT: Duration = Duration::from_secs(60);
const LONG: Duration = Duration::from_secs(1_200);

/// Runs the campaign.
///
/// # Errors
/// When schemathesis finds something, or cannot be installed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let tool = Tool::install()?;
    let fixture = Fixture::new();
    let time = match options.short {
        true => SHORT,
        false => LONG,
    };
    let begin = Instant::now();
    let mut found = Vec::new();
    for user in [fixture.reader(), fixture.admin()] {
        println!("as {}", user.name);
        if !tool.test(&fixture, &user, time, options.seed)? {
            found.push(user.name);
        }
    }
    if !found.is_empty() {
        fixture.print_log();
        return failed(format!(
            "schemathesis found something as {}",
            found.join(" and ")
        ));
    }
    fixture.expect_no_internal_error();
    println!("no finding in {} s", begin.elapsed().as_secs());
    Ok(())
}
