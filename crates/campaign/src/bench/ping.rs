//! The cost of an idle ping.

use super::memory::{running, until};
use crate::measure;
use lab::Lab;
use lab::relay::Relay;
use release::failure::Result;
use std::time::Duration;

/// How many pings the mean is of.
const PINGS: u32 = 20;

pub(super) struct Ping {
    /// Bytes of TCP's payload in both directions together.
    pub(super) bytes: u64,
    /// Microseconds of processor time, of agent and courier together.
    pub(super) time: u64,
}

/// The counters of an agent between two pings.
struct Snapshot {
    pings: u32,
    bytes: u64,
    time: Duration,
}

/// The mean of many pings, one a second.
pub(super) fn measure(lab: &Lab) -> Result<Ping> {
    let relay = Relay::to(lab.control.authority());
    let host = running(lab, &format!("PILOT_WAIT=0\nPILOT_CTL_URI={}", relay.url()));
    let agent = host.agent().pid();
    let look = || -> Result<Snapshot> {
        until(|| Ok(measure::children(agent).is_empty()))?;
        Ok(Snapshot {
            pings: relay.connections(),
            bytes: relay.bytes(),
            time: measure::processor_time(agent)?,
        })
    };
    let before = look()?;
    until(|| Ok(relay.connections() >= before.pings + PINGS))?;
    let after = look()?;
    let pings = after.pings - before.pings;
    let time = (after.time - before.time) / pings;
    Ok(Ping {
        bytes: (after.bytes - before.bytes) / u64::from(pings),
        time: u64::try_from(time.as_micros()).unwrap_or(u64::MAX),
    })
}
