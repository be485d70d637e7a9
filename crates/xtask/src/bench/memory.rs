//! How much memory the agent's processes take, and what that is compared with
//! a static program that only sleeps.

use crate::failure::{Result, failed};
use crate::measure;
use lab::Lab;
use lab::host::Host;
use std::time::{Duration, Instant};

/// Kibibytes, of all processes of the agent together.
pub(super) struct Memory {
    /// Between two exchanges.
    pub(super) idle: u64,
    /// While control holds an answer back.
    pub(super) in_flight: u64,
    /// The most while a job prints, and while its result is sent.
    pub(super) printing: u64,
}

/// What is waited for comes long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures it with hosts of their own.
///
/// # Errors
/// When the kernel does not tell.
pub(super) fn measure(lab: &Lab) -> Result<Memory> {
    Ok(Memory {
        idle: idle(lab)?,
        in_flight: in_flight(lab)?,
        printing: printing(lab)?,
    })
}

fn idle(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=0\nPILOT_MIN_INTERVAL=3600");
    let agent = host.agent().pid();
    until(|| Ok(measure::children(agent).is_empty()))?;
    measure::memory(agent)
}

fn in_flight(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=600");
    lab.control.service().wait_for("a host is connected");
    of_all(&host)
}

/// A job may print as much as it likes; what is kept of it takes most memory
/// while it is on its way to control.
fn printing(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=600");
    lab.command("chatty", &[], serde_json::json!({}));
    let [id] = lab.job("chatty", &[&host])[..] else {
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

fn running(lab: &Lab, configuration: &str) -> Host {
    let mut host = lab.enrolled_host();
    host.configure(configuration);
    host.log_level = "info";
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// The agent, and those of its descendants that run its program.
fn of_all(host: &Host) -> Result<u64> {
    let agent = host.agent().pid();
    let mut sum = measure::memory(agent)?;
    for pid in descendants(agent) {
        let program = std::fs::read_link(format!("/proc/{pid}/exe"));
        if program.is_ok_and(|program| program.ends_with("pilot")) {
            // It may have ended a moment ago.
            sum += measure::memory(pid).unwrap_or(0);
        }
    }
    Ok(sum)
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = measure::children(pid);
    let below = children.iter().flat_map(|child| descendants(*child));
    below.chain(children.iter().copied()).collect()
}

fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds()? {
        if Instant::now() > deadline {
            return failed("what was to be measured did not happen");
        }
    }
    Ok(())
}
