//! A package's archive, pulled by many hosts at once after a job was posted.

use super::Fixture;
use crate::load::beside::{self, Beside};
use crate::load::connection::{Dialer, Fault};
use crate::load::figures::Round;
use crate::load::file_server::FileServer;
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, forget_peak, peak};
use crate::load::{fill, package};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use release::failure::{Context, Result, failed};
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The name of the package.
const NAME: &str = "large";

pub(super) fn title(sizes: &Sizes) -> String {
    format!("pull of an archive of {} MiB", sizes.archive)
}

pub(super) async fn prepare(fixture: &mut Fixture, sizes: &Sizes) -> Result<()> {
    fixture.hosts = fill::hosts(&fixture.control, beside::HOSTS).await?;
    let mut operator = fixture.control.operator();
    let archive = archive(sizes.archive << 20);
    let file = plain_file(fixture);
    fs::write(&file, &archive).context(file.display())?;
    package::push(&mut operator, NAME, archive).await
}

/// The archive as a file server has it.
fn plain_file(fixture: &Fixture) -> PathBuf {
    fixture.control.folder().join("archive")
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
    // Before it first serves an archive, control reads it; and it checks the password once.
    pull(fixture, sizes, 1).await?;
    let (before, began) = (Look::at(&fixture.control)?, Instant::now());
    pull(fixture, sizes, 1).await?;
    round.add_seconds("one alone", began.elapsed());
    let used = before.used(&fixture.control)?.control;
    round.add_seconds("CPU of control for it", used);
    let plain = pull_plain(fixture, sizes, 1).await?;
    add_plain(&mut round, "it", used, plain);

    forget_peak(&fixture.control)?;
    let (before, began) = (Look::at(&fixture.control)?, Instant::now());
    let hosts = std::mem::take(&mut fixture.hosts);
    let beside = Beside::begin(fixture.control.target(), hosts);
    pull(fixture, sizes, sizes.pulls).await?;
    let took = began.elapsed();
    let used = before.used(&fixture.control)?.control;
    let (hosts, samples) = beside.end().await;
    fixture.hosts = hosts;
    round.add_seconds(&format!("{} at once", sizes.pulls), took);
    round.add_seconds("CPU of control for them", used);
    let plain = pull_plain(fixture, sizes, sizes.pulls).await?;
    add_plain(&mut round, "them", used, plain);
    round.add("peak memory of control, MiB", peak(&fixture.control)?);
    round.add_times("ping beside them", &samples);
    Ok(round)
}

fn add_plain(round: &mut Round, what: &str, control: Duration, plain: Duration) {
    round.add_seconds(&format!("CPU of a plain file server for {what}"), plain);
    let times = control.as_secs_f64() / plain.as_secs_f64();
    round.add(format!("CPU of control for {what}, by that"), times);
}

async fn pull(fixture: &Fixture, sizes: &Sizes, at_once: usize) -> Result<()> {
    let path = package::archive_path(NAME);
    let pulls = (0..at_once).map(|_| {
        let (mut operator, path) = (fixture.control.operator(), path.clone());
        tokio::spawn(async move { operator.drain(&path).await })
    });
    for pull in pulls.collect::<Vec<_>>() {
        check(pull.await.context("a pull")??, sizes)?;
    }
    Ok(())
}

/// Pulls the same bytes from a file server, and returns its processor time.
async fn pull_plain(fixture: &Fixture, sizes: &Sizes, at_once: usize) -> Result<Duration> {
    let tls = fixture.control.folder().join("tls");
    let server = FileServer::begin(&tls, plain_file(fixture), at_once)?;
    let pulls = (0..at_once).map(|_| tokio::spawn(drain(server.dialer(&tls))));
    for pull in pulls.collect::<Vec<_>>() {
        check(
            pull.await.context("a pull")?.context("a file server")?,
            sizes,
        )?;
    }
    server.end()
}

async fn drain(dialer: Dialer) -> std::result::Result<u64, Fault> {
    let mut connection = dialer.connect(Ipv4Addr::LOCALHOST).await?;
    let request = Request::new(Full::new(Bytes::new()));
    connection.drain(request).await.map(|(_, length)| length)
}

fn check(length: u64, sizes: &Sizes) -> Result<()> {
    match length == (sizes.archive << 20) as u64 {
        true => Ok(()),
        false => failed(format!("a pull ended after {length} bytes")),
    }
}
