//! One job for many connected hosts: it is posted, offered, received, reported.

use super::Fixture;
use crate::load::figures::Round;
use crate::load::fleet::{Event, Fleet};
use crate::load::host::Host;
use crate::load::jobs::{self, MOST_HOSTS};
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, forget_peak, peak, rest};
use release::failure::Result;
use std::time::{Duration, Instant};

pub(super) fn title(sizes: &Sizes) -> String {
    format!("a job for {} connected hosts", sizes.job_hosts)
}

pub(super) async fn round(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    let hosts = std::mem::take(&mut fixture.hosts);
    let ids: Vec<_> = hosts.iter().map(Host::id).collect();
    let mut fleet = Fleet::connect(&fixture.control.target(), hosts, sizes.wait).await?;
    rest(&fixture.control).await?;
    forget_peak(&fixture.control)?;
    let mut operator = fixture.control.operator();
    // The first request of an operator costs the check of a password.
    operator.get("/job/batch?limit=1").await?;

    let (before, began) = (Look::at(&fixture.control)?, Instant::now());
    for some in ids.chunks(MOST_HOSTS) {
        jobs::post(&mut operator, some).await?;
    }
    let posted = began.elapsed();
    let seen = until_recorded(&mut fleet, ids.len(), began).await?;
    let used = before.used(&fixture.control)?;
    let peak = peak(&fixture.control)?;
    let (hosts, samples) = fleet.leave().await;
    fixture.hosts = hosts;

    let mut round = Round::default();
    round.add_seconds("posted after", posted);
    round.add_seconds("first offered after", seen.first_offered);
    round.add_seconds("last offered after", seen.last_offered);
    round.add_seconds("all recorded after", seen.last_recorded);
    round.add_costs("job", ids.len(), &used);
    round.add("peak memory of control, MiB", peak);
    round.faults = samples.faults().clone();
    Ok(round)
}

/// When things happened.
struct Seen {
    first_offered: Duration,
    last_offered: Duration,
    last_recorded: Duration,
}

async fn until_recorded(fleet: &mut Fleet, jobs: usize, began: Instant) -> Result<Seen> {
    let mut seen = Seen {
        first_offered: Duration::MAX,
        last_offered: Duration::ZERO,
        last_recorded: Duration::ZERO,
    };
    let mut recorded = 0;
    while recorded < jobs {
        match fleet.next().await? {
            Event::Offered(at) => {
                seen.first_offered = seen.first_offered.min(at - began);
                seen.last_offered = seen.last_offered.max(at - began);
            }
            Event::Recorded(at) => {
                seen.last_recorded = seen.last_recorded.max(at - began);
                recorded += 1;
            }
            Event::Connected | Event::Failed(_) => {}
        }
    }
    Ok(seen)
}
