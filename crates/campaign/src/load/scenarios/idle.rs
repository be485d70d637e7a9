//! Hosts that have nothing to say and hear nothing.

use super::Fixture;
use crate::load::figures::Round;
use crate::load::pings::{Plan, REPLAYED, ping};
use crate::load::samples::Samples;
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, Used, float, forget_peak, peak};
use release::failure::{Result, failed};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) fn title(how: &str, sizes: &Sizes) -> String {
    let rate = sizes.rate.map_or_else(
        || "as many as control answers".to_owned(),
        |rate| format!("{rate} a second"),
    );
    format!(
        "idle pings, {how}: {} hosts, {} at once, {rate}",
        sizes.hosts, sizes.at_once
    )
}

pub(super) async fn kept_alive(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    let (samples, used) = measure(fixture, &plan(sizes, true)).await?;
    figures(fixture, &samples, &used)
}

pub(super) async fn new_tls(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    let (samples, used) = measure(fixture, &plan(sizes, false)).await?;
    figures(fixture, &samples, &used)
}

pub(super) async fn slow_disk(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    fixture.control.syncs.delay(sizes.fsync_delay)?;
    let (samples, used) = measure(fixture, &plan(sizes, false)).await?;
    fixture.control.syncs.delay(Duration::ZERO)?;
    figures(fixture, &samples, &used)
}

/// Control has to refuse each number that it has taken, and says so under the host's key.
pub(super) async fn replay(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    let plan = Plan {
        replay: true,
        ..plan(sizes, true)
    };
    let (mut samples, used) = measure(fixture, &plan).await?;
    let refused = samples.take_fault(REPLAYED);
    let others: u64 = samples.faults().values().sum();
    let good = samples.count() as u64;
    if good > refused + others {
        return failed(format!(
            "control took {} of {good} numbers twice",
            good - refused - others
        ));
    }
    let mut round = figures(fixture, &samples, &used)?;
    let rate = float(refused) / used.time.as_secs_f64();
    round.add("refused replays/s", rate);
    Ok(round)
}

fn plan(sizes: &Sizes, keep_alive: bool) -> Plan {
    Plan {
        keep_alive,
        replay: false,
        at_once: sizes.at_once,
        rate: sizes.rate,
        until: Instant::now() + sizes.time,
        is_over: Arc::default(),
    }
}

async fn measure(fixture: &mut Fixture, plan: &Plan) -> Result<(Samples, Used)> {
    let hosts = std::mem::take(&mut fixture.hosts);
    forget_peak(&fixture.control)?;
    let before = Look::at(&fixture.control)?;
    let (hosts, samples) = ping(&fixture.control.target(), hosts, plan).await;
    let used = before.used(&fixture.control)?;
    fixture.hosts = hosts;
    match samples.count() {
        0 => failed(format!(
            "control answered no ping well: {:?}",
            samples.faults()
        )),
        _ => Ok((samples, used)),
    }
}

fn figures(fixture: &Fixture, samples: &Samples, used: &Used) -> Result<Round> {
    let mut round = Round::default();
    let pings = float(samples.count() as u64);
    round.add("pings/s", pings / used.time.as_secs_f64());
    round.add_costs("ping", samples.count(), used);
    round.add_times("ping", samples);
    round.add("peak memory of control, MiB", peak(&fixture.control)?);
    Ok(round)
}
