//! One request of a host, and the answer, checked.

use super::connection::{Answer, Connection, Fault};
use super::control::Target;
use super::host::{Host, Said, Sent};
use std::time::Duration;
use wire::envelope::Envelope;

/// How long an agent waits for an answer, beyond the hold, unless `PILOT_TIMEOUT` sets another
/// time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Sends what a host has to say, on the connection that was kept or on a new one, which is
/// kept unless something is wrong with it.
///
/// # Errors
/// Why there is no good answer.
pub(super) async fn say(
    target: &Target,
    host: &mut Host,
    path: &str,
    said: Said<'_>,
    kept: &mut Option<Connection>,
) -> Result<Answer, Fault> {
    let sent = host.post(path, &target.authority, said);
    let patience = PATIENCE + Duration::from_secs(said.wait);
    exchange(target, host, sent, patience, kept).await
}

/// As [`say`], of a ping; returns what control has to say, if anything.
///
/// # Errors
/// Why there is no good answer.
pub(super) async fn ping(
    target: &Target,
    host: &mut Host,
    said: Said<'_>,
    kept: &mut Option<Connection>,
) -> Result<Option<Envelope>, Fault> {
    let sent = host.post("/ping", &target.authority, said);
    let patience = PATIENCE + Duration::from_secs(said.wait);
    send_ping(target, host, sent, patience, kept).await
}

/// As [`ping`], for one that was made.
///
/// # Errors
/// Why there is no good answer.
pub(crate) async fn send_ping(
    target: &Target,
    host: &mut Host,
    sent: Sent,
    patience: Duration,
    kept: &mut Option<Connection>,
) -> Result<Option<Envelope>, Fault> {
    let n = sent.n;
    let answer = exchange(target, host, sent, patience, kept).await?;
    target.verifier.open(host.id(), n, &answer.body)
}

async fn exchange(
    target: &Target,
    host: &mut Host,
    sent: Sent,
    patience: Duration,
    kept: &mut Option<Connection>,
) -> Result<Answer, Fault> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => target.dialer.connect(host.source).await?,
    };
    let answer = connection.send(sent.request, patience).await?;
    *kept = Some(connection);
    let asked = answer.headers.get("retry-after");
    let asked = asked.and_then(|value| value.to_str().ok()?.parse().ok());
    host.asked_to_wait = asked.map(Duration::from_secs);
    host.accept(sent.n, &answer)?;
    Ok(answer)
}
