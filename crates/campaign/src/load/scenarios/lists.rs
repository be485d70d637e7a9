//! What operators look at, with a database as it is after years.

use super::Fixture;
use crate::load::beside::{self, Beside};
use crate::load::connection::Fault;
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

pub(super) async fn prepare(fixture: &mut Fixture, sizes: &Sizes) -> Result<()> {
    let began = Instant::now();
    let hosts = fill::hosts(&fixture.control, sizes.listed_hosts).await?;
    eprintln!("  {} hosts after {:.0?}", hosts.len(), began.elapsed());
    let each = jobs_each(sizes);
    let batches = fill::jobs(&fixture.control, hosts, each, each / 2).await?;
    eprintln!(
        "  {each} jobs each after {:.0?}, {} MiB",
        began.elapsed(),
        fixture.control.database_size()? >> 20
    );
    let Some(batch) = batches.into_iter().next() else {
        return failed("there is no job to list");
    };
    fixture.batch = batch;
    fixture.hosts = fill::hosts(&fixture.control, beside::HOSTS).await?;
    Ok(())
}

pub(super) async fn round(fixture: &mut Fixture, _: &Sizes) -> Result<Round> {
    let mut round = Round::default();
    let mut operator = fixture.control.operator();
    // The first request of an operator costs the check of a password.
    operator.get("/job/batch?limit=1").await?;
    forget_peak(&fixture.control)?;

    let beside = begin_pings(fixture);
    sleep(ALONE).await;
    let alone = end_pings(fixture, beside).await;
    for path in lists(&fixture.batch) {
        let Asked { samples, length } = ask(&mut operator, &path).await?;
        let name = format!("`GET {}`", path.replace(&fixture.batch, "…"));
        round.add_times(&name, &samples);
        // One revision may answer with less than the other.
        let kibibytes = length.map_or(f64::NAN, |length| float(length as u64) / 1024.0);
        round.add(format!("{name}, KiB"), kibibytes);
    }
    round.add_times("ping, while nobody reads a list", &alone);

    let beside = begin_pings(fixture);
    for path in lists(&fixture.batch) {
        let asked = ask(&mut operator, &path).await?;
        round.add_faults(&asked.samples);
    }
    let meanwhile = end_pings(fixture, beside).await;
    round.add_times("ping, while an operator reads all these lists", &meanwhile);
    round.add("peak memory of control, MiB", peak(&fixture.control)?);
    let size = fixture.control.database_size()?;
    round.add("database, MiB", mebibytes(size >> 10));
    Ok(round)
}

fn begin_pings(fixture: &mut Fixture) -> Beside {
    let hosts = std::mem::take(&mut fixture.hosts);
    Beside::begin(fixture.control.target(), hosts)
}

async fn end_pings(fixture: &mut Fixture, beside: Beside) -> Samples {
    let (hosts, samples) = beside.end().await;
    fixture.hosts = hosts;
    samples
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
#[derive(Default)]
struct Asked {
    samples: Samples,
    /// Bytes of the last good answer.
    length: Option<usize>,
}

/// Control may refuse a list, which is a fault; without an answer there is no run.
async fn ask(operator: &mut Operator, path: &str) -> Result<Asked> {
    let mut asked = Asked::default();
    let (mut times, began) = (0, Instant::now());
    while times < LEAST_TIMES || began.elapsed() < LEAST_TIME {
        match operator.time(path).await {
            Ok(listed) => {
                asked.samples.good(listed.took);
                asked.length = Some(listed.length);
            }
            Err(fault @ Fault::Status(_)) => asked.samples.bad(fault),
            Err(fault) => return failed(format!("GET {path}: {fault}")),
        }
        times += 1;
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::control::Control;
    use lab::programs::programs;
    use tokio::runtime::Runtime;

    #[test]
    fn only_a_list_with_status_200_is_a_good_answer() {
        let control = Control::start(&programs().pilotctl, 1).unwrap();
        let mut operator = control.operator();
        Runtime::new().unwrap().block_on(async {
            let refused = ask(&mut operator, "/host?limit=none").await.unwrap();
            assert_eq!((refused.samples.count(), refused.length), (0, None));
            let faults: Vec<_> = refused.samples.faults().iter().collect();
            assert!(
                matches!(faults[..], [(Fault::Status(400), count)] if *count >= LEAST_TIMES as u64),
                "{faults:?}"
            );
            let listed = ask(&mut operator, "/host").await.unwrap();
            assert!(listed.samples.count() >= LEAST_TIMES && listed.length.is_some());
            assert!(listed.samples.faults().is_empty());
        });
    }
}
