//! Hosts that enrol. Nobody has signed in here: a host shows the code of an invitation, or waits
//! until an operator admits it.

use super::Service;
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::enrolment::{self, Attempt, Code, Decision, StoredHost};
use crate::fleet::to_its_end;
use crate::store::EnrolOutcome;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use wire::HostId;
use wire::enrol::{EnrolAnswer, EnrolRequest};

/// Decides about an attempt to enrol from this address, and carries the decision out.
///
/// # Errors
/// [`Error::Invalid`] when the request names two ids, [`Error::Throttled`] after too many failures
/// from this address, [`Error::Busy`] when too many hosts wait for admission.
pub(crate) async fn enrol(
    service: &Service,
    request: EnrolRequest,
    address: IpAddr,
) -> Result<EnrolAnswer, Error> {
    if request.facts.machine_id != request.host {
        return Err(Error::Invalid(
            "host and facts.machine_id are different ids".into(),
        ));
    }
    let attempt = Arc::new(Attempt {
        request,
        now: unix_now(),
    });
    let is_counted = throttle(service, address, &attempt).await?;
    let service = service.clone();
    to_its_end(async move { carry_out(&service, attempt, address, is_counted).await }).await
}

async fn carry_out(
    service: &Service,
    attempt: Arc<Attempt>,
    address: IpAddr,
    is_counted: bool,
) -> Result<EnrolAnswer, Error> {
    let outcome = service
        .store()
        .enrol(Arc::clone(&attempt), decide(&attempt));
    let outcome = outcome.await;
    let is_burden = outcome.as_ref().is_ok_and(EnrolOutcome::is_burden);
    if is_counted && !is_burden {
        service.throttles.enrolments.give_back(address);
    }
    let outcome = outcome?;
    log_outcome(&outcome, attempt.host(), address);
    answer(service, outcome, attempt.request.key.fingerprint())
}

/// Decides about an attempt by what is stored.
fn decide(
    attempt: &Arc<Attempt>,
) -> impl FnOnce(Option<&StoredHost>, Code) -> Decision + Send + use<> {
    let attempt = Arc::clone(attempt);
    move |known, code| enrolment::decide(known, &attempt.request.key, code, attempt.now)
}

/// Logs the outcome. A host that waits for admission keeps asking; only its first request is
/// logged at the default level.
fn log_outcome(outcome: &EnrolOutcome, host: HostId, source: IpAddr) {
    match outcome {
        EnrolOutcome::Enrolled => tracing::info!(%host, %source, "a host is enrolled"),
        EnrolOutcome::NewlyPending => {
            tracing::info!(%host, %source, "a host waits for admission");
        }
        EnrolOutcome::Pending => {
            tracing::debug!(%host, %source, "a host still waits for admission")
        }
        EnrolOutcome::Clone => {
            tracing::warn!(%host, %source, "refused to enrol a host: another key owns its id");
        }
        EnrolOutcome::Refused(reason) => {
            tracing::info!(%host, %source, reason, "refused to enrol a host");
        }
        EnrolOutcome::Full => {
            tracing::warn!(%host, %source, "refused to enrol a host: too many wait for admission");
        }
    }
}

/// Counts the attempt and refuses it if the source failed too often, unless it has the code
/// of an invitation. Returns whether the attempt was counted.
async fn throttle(service: &Service, source: IpAddr, attempt: &Attempt) -> Result<bool, Error> {
    let throttle = &service.throttles.enrolments;
    let Err(wait) = throttle.begin(source, Instant::now()) else {
        return Ok(true);
    };
    match attempt.code_hash() {
        Some(hash) if service.store().is_invitation(hash).await? => Ok(false),
        _ => Err(Error::Throttled(wait)),
    }
}

fn answer(
    service: &Service,
    outcome: EnrolOutcome,
    fingerprint: String,
) -> Result<EnrolAnswer, Error> {
    Ok(match outcome {
        EnrolOutcome::Enrolled => enrolled(service),
        EnrolOutcome::NewlyPending | EnrolOutcome::Pending => EnrolAnswer::Pending { fingerprint },
        EnrolOutcome::Clone => EnrolAnswer::Clone,
        EnrolOutcome::Refused(why) => EnrolAnswer::Refused { error: why.into() },
        EnrolOutcome::Full => {
            return Err(Error::Busy(
                "too many hosts wait for admission already".into(),
            ));
        }
    })
}

fn enrolled(service: &Service) -> EnrolAnswer {
    EnrolAnswer::Enrolled {
        interval: service.delivery.interval.nanoseconds(),
        root: service.root().map(|root| root.armor.clone()),
        keys: service.root().map(|root| root.listed().signed.clone()),
    }
}
