//! Jobs: posted by an operator, taken and reported by hosts.

use super::connection::{Connection, Fault};
use super::control::Target;
use super::exchange::ping;
use super::host::{Host, Said};
use super::operator::Operator;
use super::package;
use api::jobs::BatchRequest;
use release::failure::Result;
use serde_json::json;
use wire::HostId;
use wire::envelope::Envelope;
use wire::ping::{JobResult, Ping, Status};

/// The name of the command that jobs are made from.
const COMMAND: &str = "load-greet";

/// So many hosts one batch may be for (`docs/protocol.md`).
pub(super) const MOST_HOSTS: usize = 10_000;

/// Pushes a package to the control of this address, and defines a command that runs it.
///
/// # Errors
/// When control refuses one of them.
pub(crate) async fn define(operator: &mut Operator, authority: &str) -> Result<()> {
    package::push(operator, "greeting", b"no host opens it".to_vec()).await?;
    let command = json!({
        "key": COMMAND, "description": "", "package": format!("{authority}/load/greeting:latest"),
        "function": package::FUNCTION, "input": {
            "var": [{ "name": "GREETING", "description": "", "required": true, "type": "string", "value": "hello" }],
        },
        "verbose": false, "containerised": false,
    });
    operator.put("PUT", "/cmd", &command).await.map(drop)
}

/// Posts a job for some hosts and returns the batch's id.
///
/// # Errors
/// When control refuses it.
pub(crate) async fn post(operator: &mut Operator, hosts: &[HostId]) -> Result<String> {
    let request = BatchRequest {
        name: "load".into(),
        host_uuid: hosts.iter().copied().collect(),
        fx_key: COMMAND.into(),
        ..BatchRequest::default()
    };
    let batch = operator.put("POST", "/job", &json!(request)).await?;
    Ok(String::from_utf8_lossy(&batch).trim().to_owned())
}

/// The job that an answer offers.
pub(crate) fn offered(envelope: Option<&Envelope>) -> Option<i64> {
    let job = envelope?.value.job_id;
    Some(job).filter(|job| *job > 0)
}

/// Tells control that a host has a job.
///
/// # Errors
/// Why there is no good answer.
pub(super) async fn receive(
    target: &Target,
    host: &mut Host,
    job: i64,
    kept: &mut Option<Connection>,
) -> std::result::Result<(), Fault> {
    let ping = Ping {
        received: vec![job],
        ..Ping::default()
    };
    send(target, host, &ping, kept).await.map(drop)
}

/// Tells control how a job ended, and returns the next one, if there is any.
///
/// # Errors
/// Why there is no good answer.
pub(super) async fn report(
    target: &Target,
    host: &mut Host,
    job: i64,
    kept: &mut Option<Connection>,
) -> std::result::Result<Option<i64>, Fault> {
    let ping = Ping {
        result: Some(result(job)),
        ..Ping::default()
    };
    send(target, host, &ping, kept).await
}

async fn send(
    target: &Target,
    host: &mut Host,
    said: &Ping,
    kept: &mut Option<Connection>,
) -> std::result::Result<Option<i64>, Fault> {
    let body = serde_json::to_vec(said).unwrap_or_default();
    let said = Said {
        body: &body,
        wait: 0,
    };
    let envelope = ping(target, host, said, kept).await?;
    Ok(offered(envelope.as_ref()))
}

/// Has a host end jobs that wait for it, but for as many as are to be left.
///
/// # Errors
/// Why there is no good answer.
pub(super) async fn work(
    target: &Target,
    host: &mut Host,
    most: u32,
    kept: &mut Option<Connection>,
) -> std::result::Result<(), Fault> {
    let mut next = send(target, host, &Ping::default(), kept).await?;
    for _ in 0..most {
        let Some(job) = next else {
            break;
        };
        next = report(target, host, job, kept).await?;
    }
    Ok(())
}

/// What an agent reports of a job that printed a line.
pub(crate) fn result(job: i64) -> JobResult {
    JobResult {
        job_id: job,
        success: true,
        log: "hello, world\n".into(),
        err: String::new(),
        time: "2026-11-29T21:13:00Z".into(),
        status: Some(Status::Succeeded),
        phase: None,
        exit_code: Some(0),
        signal: None,
        start: Some("2026-11-29T21:12:59Z".into()),
        end: Some("2026-11-29T21:13:00Z".into()),
        milliseconds: Some(12),
        preparation: Some(340),
        cut: 0,
        containment: None,
        survivors: Vec::new(),
    }
}
