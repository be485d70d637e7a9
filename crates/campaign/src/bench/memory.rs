//! How much memory the agent's processes take, all of them together.

use crate::measure;
use lab::Lab;
use lab::host::Host;
use release::failure::{Result, failed};
use std::fs;
use std::time::{Duration, Instant};

/// What is waited for comes long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many exchanges are watched.
const EXCHANGES: usize = 5;

/// KiB (Pss) of an agent's processes at one moment.
#[derive(Clone, Copy, Default)]
pub(super) struct Memory {
    agent: u64,
    /// Its couriers and checkers, of which there is one at most at a time.
    child: u64,
    shim: u64,
}

impl Memory {
    pub(super) fn sum(self) -> u64 {
        self.agent + self.child + self.shim
    }

    /// Who has how much of it.
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

/// While control holds an answer back, as it does most of the time.
pub(super) fn held(lab: &Lab) -> Result<Memory> {
    let host = running(lab, "PILOT_WAIT=600");
    let agent = host.agent().pid();
    // The first exchanges are short: their couriers do not come to rest.
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

/// The most in exchanges that are answered at once.
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

/// The most while a job prints more than is kept, and until it is reported:
/// what is kept takes most memory on its way to control.
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

/// What a descendant of an agent is.
enum Role {
    /// A copy of the agent.
    Child,
    Shim,
    /// Another program: a job's.
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
