//! A package's archive, pulled by many hosts at once after a job was posted.

use super::Fixture;
use crate::load::beside::{self, Beside};
use crate::load::figures::Round;
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, forget_peak, peak};
use crate::load::{fill, package};
use release::failure::{Context, Result, failed};
use std::time::Instant;

/// The name of the package.
const NAME: &str = "large";

pub(super) fn title(sizes: &Sizes) -> String {
    format!("pull of an archive of {} MiB", sizes.archive)
}

pub(super) async fn prepare(fixture: &mut Fixture, sizes: &Sizes) -> Result<()> {
    fixture.hosts = fill::hosts(&fixture.control, beside::HOSTS).await?;
    let mut operator = fixture.control.operator();
    package::push(&mut operator, NAME, archive(sizes.archive << 20)).await
}

/// Bytes that repeat nowhere near each other.
fn archive(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = (0..size / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.collect()
}

pub(super) async fn round(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    let mut round = Round::default();
    let (before, began) = (Look::at(&fixture.control)?, Instant::now());
    pull(fixture, sizes, 1).await?;
    round.add_seconds("one alone", began.elapsed());
    let used = before.used(&fixture.control)?;
    round.add_seconds("CPU of control for it", used.control);

    forget_peak(&fixture.control)?;
    let (before, began) = (Look::at(&fixture.control)?, Instant::now());
    let hosts = std::mem::take(&mut fixture.hosts);
    let beside = Beside::begin(fixture.control.target(), hosts);
    pull(fixture, sizes, sizes.pulls).await?;
    let took = began.elapsed();
    let used = before.used(&fixture.control)?;
    let (hosts, samples) = beside.end().await;
    fixture.hosts = hosts;
    round.add_seconds(&format!("{} at once", sizes.pulls), took);
    round.add_seconds("CPU of control for them", used.control);
    round.add("peak memory of control, MiB", peak(&fixture.control)?);
    round.add_times("ping beside them", &samples);
    Ok(round)
}

async fn pull(fixture: &Fixture, sizes: &Sizes, at_once: usize) -> Result<()> {
    let length = (sizes.archive << 20) as u64;
    let path = package::archive_path(NAME);
    let pulls = (0..at_once).map(|_| {
        let (mut operator, path) = (fixture.control.operator(), path.clone());
        tokio::spawn(async move { operator.drain(&path).await })
    });
    for pull in pulls.collect::<Vec<_>>() {
        match pull.await.context("a pull")?? {
            whole if whole == length => {}
            cut => return failed(format!("GET {path}: {cut} of {length} bytes")),
        }
    }
    Ok(())
}
