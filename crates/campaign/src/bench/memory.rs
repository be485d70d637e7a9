//! The memory of all of the agent's processes together.

use crate::measure;
use lab::Lab;
use lab::host::Host;
use release::failure::{Result, failed};
use std::fs;
use std::time::{Duration, Instant};

/// The longest wait for an event, which normally comes much earlier.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many exchanges are watched.
const EXCHANGES: usize = 5;

/// The memory of an agent's processes at one moment, in KiB (Pss).
#[derive(Clone, Copy, Default)]
pub(super) struct Memory {
    agent: u64,
    /// Its courier or checker; at most one runs at a time.
    child: u64,
    shim: u64,
}

impl Memory {
    pub(super) fn sum(self) -> u64 {
        self.agent + self.child + self.shim
    }

    /// The memory of each process.
    pub(super) fn shares(self) -> String {
        let Self { agent, child, shim } = self;
        format!("agent {agent}, courier or checker {child}, shim {shim}")
    }

    fn max(self, other: Self) -> Self {
        if other.sum() > self.sum() {
            other
        } else {
            self
        }
    }
}

/// Between two exchanges.
pub(super) fn idle(lab: &Lab) -> Result<u64> {
    let host = running(lab, "PILOT_WAIT=0\nPILOT_MIN_INTERVAL=3600");
    let agent = host.agent().pid();
    until(|| Ok(measure::children(agent).is_empty()))?;
    measure::settled(agent)
}

/// While control holds a ping, as it does most of the time.
pub(super) fn held(lab: &Lab) -> Result<Memory> {
    let host = running(lab, "PILOT_WAIT=600");
    let agent = host.agent().pid();
    // The first exchanges are too short: their couriers do not settle.
    until(|| {
        let children = measure::children(agent);
        Ok(children
            .iter()
            .any(|child| measure::settled(*child).is_ok()))
    })?;
    loop {
        if let Some(memory) = of_all(&host)? {
            return Ok(memory);
        }
    }
}

/// The most during exchanges that control answers at once.
pub(super) fn exchanging(lab: &Lab) -> Result<Memory> {
    let host = running(lab, "PILOT_WAIT=0");
    let agent = host.agent().pid();
    let mut most = Memory::default();
    for _ in 0..EXCHANGES {
        until(|| Ok(measure::children(agent).is_empty()))?;
        until(|| Ok(!measure::children(agent).is_empty()))?;
        until(|| {
            most = most.max(of_all(&host)?.unwrap_or_default());
            Ok(measure::children(agent).is_empty())
        })?;
    }
    Ok(most)
}

/// The most while a job prints more than the agent keeps, and until it is reported: sending
/// the output takes most memory.
pub(super) fn printing(lab: &Lab, function: &str) -> Result<Memory> {
    let host = running(lab, "PILOT_WAIT=600");
    lab.command(function, &[], serde_json::json!({}));
    let [id] = lab.job(function, &[&host])[..] else {
        return failed("one host has one job");
    };
    let reported = format!("job {id} is reported");
    let mut most = Memory::default();
    until(|| {
        most = most.max(of_all(&host)?.unwrap_or_default());
        Ok(host.agent().log().contains(&reported))
    })?;
    Ok(most)
}

/// A connected host with this configuration.
pub(super) fn running(lab: &Lab, configuration: &str) -> Host {
    let mut host = lab.enrolled_host();
    host.configure(configuration);
    host.log_level = "info";
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// The agent, and those of its descendants that run its program. `None` while one starts or
/// ends: its memory would count twice, or not at all.
fn of_all(host: &Host) -> Result<Option<Memory>> {
    let agent = host.agent().pid();
    let before = descendants(agent);
    let mut memory = Memory {
        agent: measure::memory(agent)?,
        ..Memory::default()
    };
    let found = descendants(agent);
    for pid in &found {
        // It may have ended a moment ago.
        let share = measure::memory(*pid).unwrap_or(0);
        match role(*pid) {
            Role::Child => memory.child += share,
            Role::Shim => memory.shim += share,
            Role::Another => {}
        }
    }
    let is_whole = before == found && found == descendants(agent);
    Ok(is_whole.then_some(memory))
}

/// The first argument of a shim.
const SHIM: &[u8] = b"shim";

/// The role of an agent's descendant.
enum Role {
    /// A copy of the agent.
    Child,
    Shim,
    /// Another program, of a job.
    Another,
}

fn role(pid: u32) -> Role {
    let program = fs::read_link(format!("/proc/{pid}/exe"));
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = line.split(|byte| *byte == 0);
    if !program.is_ok_and(|program| program.ends_with("pilot")) {
        Role::Another
    } else if words.nth(1) == Some(SHIM) {
        Role::Shim
    } else {
        Role::Child
    }
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = measure::children(pid);
    let below = children.iter().flat_map(|child| descendants(*child));
    below.chain(children.iter().copied()).collect()
}

/// Waits until a condition holds.
pub(super) fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds()? {
        if Instant::now() > deadline {
            return failed("what was to be measured did not happen");
        }
    }
    Ok(())
}
