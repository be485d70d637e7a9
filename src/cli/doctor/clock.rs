//! This host's clock, by what it has shown before.

use super::report::Finding;
use crate::config::Config;
use crate::identity::clock::Floor;
use crate::sys::clock;
use std::time::Duration;
use wire::time::rfc3339;

const CHECK: &str = "clock";
const REMEDY: &str = "set the clock (`timedatectl set-ntp true`, or chrony): small errors are corrected by what control says, but not before TLS";

/// No program of this version ran before 2026.
const EARLIEST: u64 = 1_767_225_600;

/// A smaller difference may come from the duration of the exchange.
const TOLERANCE: Duration = Duration::from_secs(30);

pub(super) fn check(config: &Config) -> Finding {
    match Floor::noted(&config.home) {
        Ok(floor) => judge(clock::wall(), floor.unwrap_or(0).max(EARLIEST)),
        Err(error) => Finding::warn(
            CHECK,
            format_args!("what was noted of it is damaged: {error}"),
            "look at the disk's health; the agent sets the record aside",
        ),
    }
}

fn judge(now: u64, floor: u64) -> Finding {
    let shown = rfc3339(now);
    if now < floor {
        let text = format_args!(
            "it shows {shown}, and cannot be earlier than {}",
            rfc3339(floor)
        );
        return Finding::warn(CHECK, text, REMEDY);
    }
    Finding::ok(CHECK, shown)
}

/// Compares this host's clock with the time of control's answer.
pub(super) fn compare(now: u64, control: u64) -> Finding {
    const CHECK: &str = "clock";
    let off = now.abs_diff(control);
    if off <= TOLERANCE.as_secs() {
        return Finding::ok(CHECK, format_args!("{off} s off control's"));
    }
    let text = format_args!("{off} s off control's, which shows {}", rfc3339(control));
    Finding::warn(CHECK, text, REMEDY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    #[test]
    fn a_clock_that_went_back_or_is_wrong_is_reported() {
        assert_eq!(judge(EARLIEST + 5, EARLIEST).level, Level::Ok);
        assert_eq!(judge(EARLIEST - 1, EARLIEST).level, Level::Warn);
        assert_eq!(compare(1_000, 1_030).level, Level::Ok);
        assert_eq!(compare(1_000, 5_000).level, Level::Warn);
    }
}
