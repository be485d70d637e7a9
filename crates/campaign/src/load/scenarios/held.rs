//! Hosts whose pings control holds until it has something to say: the usual state of a fleet.

use super::Fixture;
use crate::load::figures::Round;
use crate::load::fleet::Fleet;
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, float, mebibytes, rest};
use crate::measure;
use release::failure::Result;
use tokio::time::sleep;

pub(super) fn title(sizes: &Sizes) -> String {
    let seconds = sizes.time.as_secs();
    format!(
        "{} hosts whose pings are held for up to {} s, looked at for {seconds} s",
        sizes.held, sizes.wait
    )
}

pub(super) async fn round(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    // What was allocated for the hosts of the round before is not given back.
    fixture.control.restart()?;
    rest(&fixture.control).await?;
    let empty = measure::memory(fixture.control.pid()?)?;
    let hosts = std::mem::take(&mut fixture.hosts);
    let count = hosts.len() as u64;
    let fleet = Fleet::connect(&fixture.control.target(), hosts, sizes.wait).await?;
    rest(&fixture.control).await?;
    let full = measure::memory(fixture.control.pid()?)?;
    let before = Look::at(&fixture.control)?;
    sleep(sizes.time).await;
    let used = before.used(&fixture.control)?;
    let (hosts, samples) = fleet.leave().await;
    fixture.hosts = hosts;

    let mut round = Round::default();
    let each = float(full.saturating_sub(empty)) / float(count);
    round.add("memory of control a host (Pss), KiB", each);
    round.add("memory of control without hosts, MiB", mebibytes(empty));
    let share = used.control.as_secs_f64() / used.time.as_secs_f64();
    round.add("CPU of control, % of a core", 100.0 * share);
    round.faults = samples.faults().clone();
    Ok(round)
}
