//! How much memory the agent's processes take, in KiB of all of them together.

use crate::failure::{Result, failed};
use crate::measure;
use lab::Lab;
use lab::host::Host;
use std::time::{Duration, Instant};

/// What is waited for comes long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many exchanges are watched.
const EXCHANGES: usize = 5;

/// Between two exchanges.
pub(super) fn idle(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=0\nPILOT_MIN_INTERVAL=3600");
    let agent = host.agent().pid();
    until(|| Ok(measure::children(agent).is_empty()))?;
    measure::settled(agent)
}

/// While control holds an answer back, as it does most of the time.
pub(super) fn held(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=600");
    let agent = host.agent().pid();
    // The first exchanges are short: their couriers do not come to rest.
    until(|| {
        let children = measure::children(agent);
        Ok(children
            .iter()
            .any(|child| measure::settled(*child).is_ok()))
    })?;
    of_all(&host)
}

/// The most in exchanges that are answered at once.
pub(super) fn exchanging(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=0");
    let agent = host.agent().pid();
    let mut most = 0;
    for _ in 0..EXCHANGES {
        until(|| Ok(measure::children(agent).is_empty()))?;
        until(|| Ok(!measure::children(agent).is_empty()))?;
        until(|| {
            most = most.max(of_all(&host)?);
            Ok(measure::children(agent).is_empty())
        })?;
    }
    Ok(most)
}

/// The most while a job prints more than is kept, and until it is reported:
/// what is kept takes most memory on its way to control.
pub(super) fn printing(lab: &Lab, function: &str) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=600");
    lab.command(function, &[], serde_json::json!({}));
    let [id] = lab.job(function, &[&host])[..] else {
        return failed("one host has one job");
    };
    let reported = format!("job {id} is reported");
    let mut most = 0;
    until(|| {
        most = most.max(of_all(&host)?);
        Ok(host.agent().log().contains(&reported))
    })?;
    Ok(most)
}

/// A host that is connected, and is configured so.
pub(super) fn running(lab: &Lab, configuration: &str) -> Host {
    let mut host = lab.enrolled_host();
    host.configure(configuration);
    host.log_level = "info";
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// The agent, and those of its descendants that run its program. While one
/// comes or goes there is no sum: its memory would be in it twice, or not at all.
fn of_all(host: &Host) -> Result<u64> {
    let agent = host.agent().pid();
    let before = descendants(agent);
    let mut sum = measure::memory(agent)?;
    let found = descendants(agent);
    for pid in &found {
        let program = std::fs::read_link(format!("/proc/{pid}/exe"));
        if program.is_ok_and(|program| program.ends_with("pilot")) {
            // It may have ended a moment ago.
            sum += measure::memory(*pid).unwrap_or(0);
        }
    }
    let is_whole = before == found && found == descendants(agent);
    Ok(if is_whole { sum } else { 0 })
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = measure::children(pid);
    let below = children.iter().flat_map(|child| descendants(*child));
    below.chain(children.iter().copied()).collect()
}

/// Looks again and again until something holds.
pub(super) fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds()? {
        if Instant::now() > deadline {
            return failed("what was to be measured did not happen");
        }
    }
    Ok(())
}
