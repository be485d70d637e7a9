//! What operators look at, with a database as it is after years.

use super::Site;
use crate::load::beside::{self, Beside};
use crate::load::figures::Round;
use crate::load::fill;
use crate::load::operator::Operator;
use crate::load::samples::Samples;
use crate::load::sizes::Sizes;
use crate::load::usage::{float, forget_peak, mebibytes, peak};
use release::failure::{Result, failed};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Each list is asked for so often, and for so long, at least.
const LEAST_TIMES: usize = 5;
const LEAST_TIME: Duration = Duration::from_millis(500);

/// How long is looked at what pings take while nobody reads a list.
const ALONE: Duration = Duration::from_secs(3);

pub(super) fn title(sizes: &Sizes) -> String {
    let jobs = sizes.listed_hosts * jobs_each(sizes);
    format!(
        "{} hosts and {jobs} jobs in the database, half of which have ended",
        sizes.listed_hosts
    )
}

fn jobs_each(sizes: &Sizes) -> u32 {
    (sizes.listed_jobs / sizes.listed_hosts).max(1)
}

pub(super) async fn prepare(site: &mut Site, sizes: &Sizes) -> Result<()> {
    let began = Instant::now();
    let hosts = fill::hosts(&site.control, sizes.listed_hosts).await?;
    eprintln!("  {} hosts after {:.0?}", hosts.len(), began.elapsed());
    let each = jobs_each(sizes);
    let batches = fill::jobs(&site.control, hosts, each, each / 2).await?;
    eprintln!(
        "  {each} jobs each after {:.0?}, {} MiB",
        began.elapsed(),
        site.control.database_size()? >> 20
    );
    let Some(batch) = batches.into_iter().next() else {
        return failed("there is no job to list");
    };
    site.batch = batch;
    site.hosts = fill::hosts(&site.control, beside::HOSTS).await?;
    Ok(())
}

pub(super) async fn round(site: &mut Site, _: &Sizes) -> Result<Round> {
    let mut round = Round::default();
    let mut operator = site.control.operator();
    // The first request of an operator costs the check of a password.
    operator.get("/job/batch?limit=1").await?;
    forget_peak(&site.control)?;

    let beside = begin_pings(site);
    sleep(ALONE).await;
    let alone = end_pings(site, beside).await;
    for path in lists(&site.batch) {
        let Asked {
            samples,
            status,
            length,
        } = ask(&mut operator, &path).await?;
        let name = shown(&path, &site.batch, status);
        round.add_times(&name, &samples);
        // One revision may answer with less than the other.
        round.add(format!("{name}, KiB"), float(length as u64) / 1024.0);
    }
    round.add_times("ping, while nobody reads a list", &alone);

    let beside = begin_pings(site);
    for path in lists(&site.batch) {
        ask(&mut operator, &path).await?;
    }
    let meanwhile = end_pings(site, beside).await;
    round.add_times("ping, while an operator reads all these lists", &meanwhile);
    round.add("peak memory of control, MiB", peak(&site.control)?);
    let size = site.control.database_size()?;
    round.add("database, MiB", mebibytes(size >> 10));
    Ok(round)
}

fn begin_pings(site: &mut Site) -> Beside {
    let hosts = std::mem::take(&mut site.hosts);
    Beside::begin(site.control.target(), hosts)
}

async fn end_pings(site: &mut Site, beside: Beside) -> Samples {
    let (hosts, samples) = beside.end().await;
    site.hosts = hosts;
    samples
}

fn shown(path: &str, batch: &str, status: u16) -> String {
    let path = path.replace(batch, "…");
    match status {
        200 => format!("`GET {path}`"),
        status => format!("`GET {path}` ({status})"),
    }
}

/// What is asked for.
fn lists(batch: &str) -> Vec<String> {
    [
        "/host?limit=100",
        "/host?og=group-3&limit=100",
        "/host",
        "/job?limit=100",
        "/job?og=group-3&limit=100",
        "/job?og=group-3",
        &format!("/job?bid={batch}&limit=100"),
        &format!("/job?bid={batch}"),
        "/job/batch?limit=100",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// How a list was answered, again and again.
struct Asked {
    samples: Samples,
    /// Of the last answer.
    status: u16,
    length: usize,
}

async fn ask(operator: &mut Operator, path: &str) -> Result<Asked> {
    let mut asked = Asked {
        samples: Samples::default(),
        status: 0,
        length: 0,
    };
    let began = Instant::now();
    while asked.samples.count() < LEAST_TIMES || began.elapsed() < LEAST_TIME {
        match operator.time(path).await {
            Ok(listed) => {
                asked.samples.good(listed.took);
                (asked.status, asked.length) = (listed.status, listed.length);
            }
            Err(fault) => return failed(format!("GET {path}: {fault}")),
        }
    }
    Ok(asked)
}
