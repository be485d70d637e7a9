//! Filling a database, by what control's own clients may ask of it.
//!
//! Rows cannot be copied: a host's key and a job's command are sealed for their row, with
//! its id, so that a copy does not open (`crates/control/src/store/vault`); and one revision
//! has other tables than the other. So hosts enrol, operators post jobs, and hosts end them,
//! over HTTP; only the disk is not waited for meanwhile.

use super::connection::Connection;
use super::control::{Control, Target, operator};
use super::exchange::{PATIENCE, say};
use super::host::{Host, Said};
use super::jobs::{self, MOST_HOSTS};
use super::operator::Operator;
use super::pings::shares;
use api::Place;
use api::invitations::{Invitation, InvitationRequest};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use release::failure::{Context, Result, failed};
use serde_json::json;
use std::sync::Arc;
use std::time::SystemTime;
use wire::code::EnrolCode;
use wire::command::Secret;
use wire::labelled::sha256;

/// So many enrol, or work, at once.
const AT_ONCE: usize = 16;

/// So many organisation groups the hosts belong to.
pub(super) const GROUPS: u32 = 10;

/// Enrols and registers so many hosts, a tenth of them in each organisation group.
///
/// # Errors
/// When control refuses one.
pub(super) async fn hosts(control: &Control, number: u32) -> Result<Vec<Host>> {
    control.syncs.leave_out(true)?;
    let hosts = enrol_hosts(&control.target(), number).await?;
    control.syncs.leave_out(false)?;
    Ok(hosts)
}

/// As [`hosts`], with all syncs.
///
/// # Errors
/// When control refuses one.
pub(crate) async fn enrol_hosts(target: &Arc<Target>, number: u32) -> Result<Vec<Host>> {
    let codes = Arc::new(codes(&mut operator(target)).await?);
    let seed = seed();
    let hosts = (0..number).map(|number| Host::new(&seed, number)).collect();
    let tasks = shares(hosts, AT_ONCE).into_iter().map(|share| {
        let (target, codes) = (Arc::clone(target), Arc::clone(&codes));
        tokio::spawn(async move { enrol_all(&target, share, &codes).await })
    });
    let mut hosts = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        hosts.extend(task.await.context("enrolling")??);
    }
    Ok(hosts)
}

fn seed() -> [u8; 32] {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    sha256(format!("{now:?} {}", std::process::id()).as_bytes())
}

/// A code for each group.
async fn codes(operator: &mut Operator) -> Result<Vec<Secret>> {
    let mut codes = Vec::new();
    for group in 0..GROUPS {
        let request = json!(InvitationRequest {
            uses: 1_000_000,
            expires: 86_400,
            place: Place {
                org_group: format!("group-{group}"),
                ..Place::default()
            },
        });
        let answer = operator.put("POST", "/enrolment", &request).await?;
        let invitation: Invitation = serde_json::from_slice(&answer).context("/enrolment")?;
        let code: EnrolCode = invitation.code.parse().context("/enrolment")?;
        codes.push(code.secret);
    }
    Ok(codes)
}

async fn enrol_all(target: &Target, mut hosts: Vec<Host>, codes: &[Secret]) -> Result<Vec<Host>> {
    // Enrolling, it is a stranger; so is its connection, which is not kept for long.
    let (mut door, mut kept) = (None, None);
    for (host, code) in hosts.iter_mut().zip(codes.iter().cycle()) {
        enrol(target, host, code, &mut door).await?;
        let facts = serde_json::to_vec(&host.facts()).context("facts")?;
        let said = Said {
            body: &facts,
            wait: 0,
        };
        let registered = say(target, host, "/register", said, &mut kept).await;
        registered.context("POST /register")?;
    }
    Ok(hosts)
}

async fn enrol(
    target: &Target,
    host: &Host,
    code: &Secret,
    kept: &mut Option<Connection>,
) -> Result<()> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => target.dialer.connect(host.source).await.context("/enrol")?,
    };
    let body = serde_json::to_vec(&host.enrolment(code)).context("/enrol")?;
    let request = Request::post("/enrol")
        .header("host", &target.authority)
        .body(Full::new(Bytes::from(body)))
        .context("/enrol")?;
    let answer = connection.send(request, PATIENCE).await.context("/enrol")?;
    *kept = Some(connection);
    match answer.status {
        201 => Ok(()),
        status => failed(format!(
            "POST /enrol: {status} {}",
            String::from_utf8_lossy(&answer.body)
        )),
    }
}

/// Posts `each` jobs for every host, of which it ends `ended`. Returns the batches.
///
/// # Errors
/// When control refuses something.
pub(super) async fn jobs(
    control: &Control,
    hosts: Vec<Host>,
    each: u32,
    ended: u32,
) -> Result<Vec<String>> {
    control.syncs.leave_out(true)?;
    jobs::define(&mut control.operator(), &control.target().authority).await?;
    let ids: Vec<_> = hosts.iter().map(Host::id).collect();
    let (mut operator, mut batches) = (control.operator(), Vec::new());
    for _ in 0..each {
        for some in ids.chunks(MOST_HOSTS) {
            batches.push(jobs::post(&mut operator, some).await?);
        }
    }
    let tasks = shares(hosts, AT_ONCE).into_iter().map(|share| {
        let target = control.target();
        tokio::spawn(async move { work_all(&target, share, ended).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.context("working")??;
    }
    control.syncs.leave_out(false)?;
    Ok(batches)
}

async fn work_all(target: &Target, mut hosts: Vec<Host>, jobs: u32) -> Result<()> {
    let mut kept = None;
    for host in &mut hosts {
        let worked = jobs::work(target, host, jobs, &mut kept).await;
        worked.context("a host that works")?;
    }
    Ok(())
}
