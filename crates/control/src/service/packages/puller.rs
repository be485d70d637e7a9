//! Who pulls packages.

use super::read;
use crate::domain::Error;
use crate::domain::pull_token::job_of;
use crate::domain::user::Permission;
use crate::service::{Actor, Service};
use api::JobId;
use std::net::IpAddr;
use std::time::Instant;
use wire::PackageName;
use wire::command::Secret;

/// Who asks for a package.
pub(crate) enum Puller {
    /// A user.
    User(Actor),
    /// The host of a job, by the job's token.
    Job(PullingJob),
}

/// A job whose token was accepted, and the only package that it may pull.
pub(crate) struct PullingJob {
    job: JobId,
    repository: String,
    digest: String,
    address: IpAddr,
}

/// Verifies the token of a job, by the user name that the job has.
///
/// # Errors
/// [`Error::Unauthenticated`] when the token is not that of the job, the job has ended, or its
/// host may not get it.
pub(crate) async fn sign_in_job(
    service: &Service,
    name: &str,
    token: &Secret,
    address: IpAddr,
) -> Result<PullingJob, Error> {
    let store = service.store();
    let Some(job) = job_of(name) else {
        return Err(Error::Unauthenticated);
    };
    let state = store.pull_state(job).await?;
    if !store.pull_key().accepts(job, state, token) {
        return Err(refused(service, job, address));
    }
    let command = store.command_of(job).await?;
    let package = command.and_then(|command| {
        let name: PackageName = command.package.parse().ok()?;
        Some((name.repository(), command.digest?))
    });
    let (repository, digest) = package.ok_or_else(|| refused(service, job, address))?;
    Ok(PullingJob {
        job,
        repository,
        digest,
        address,
    })
}

/// The same for every reason. A source that fails too often is no longer logged.
fn refused(service: &Service, job: JobId, address: IpAddr) -> Error {
    let pulls = &service.throttles.pulls;
    if pulls.begin(address, Instant::now()).is_ok() {
        let job = job.number();
        tracing::info!(job, source = %address, "refused a pull by the token of a job");
    }
    Error::Unauthenticated
}

impl Puller {
    /// Refuses users who may not pull, and jobs of packages of other repositories.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Unauthenticated`].
    pub(super) fn check_repository(
        &self,
        service: &Service,
        repository: &str,
    ) -> Result<(), Error> {
        match self {
            Self::User(actor) => actor.may(Permission::Pull),
            Self::Job(job) => job.check(service, repository == job.repository),
        }
    }

    /// Refuses jobs of packages with another digest.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub(super) fn check_digest(&self, service: &Service, digest: &str) -> Result<(), Error> {
        match self {
            Self::User(_) => Ok(()),
            Self::Job(job) => job.check(service, digest == job.digest),
        }
    }

    /// The seal that was found, unless it is not that of the job's package. A job does not learn
    /// which others there are.
    ///
    /// # Errors
    /// [`Error::NotFound`], for jobs [`Error::Unauthenticated`].
    pub(super) fn found(
        &self,
        service: &Service,
        seal: Option<String>,
        missing: impl FnOnce() -> Error,
    ) -> Result<String, Error> {
        match (self, seal) {
            (Self::User(_), seal) => seal.ok_or_else(missing),
            (Self::Job(job), None) => Err(refused(service, job.job, job.address)),
            (Self::Job(_), Some(seal)) => {
                self.check_digest(service, &read(&seal)?.digest)?;
                Ok(seal)
            }
        }
    }
}

impl PullingJob {
    fn check(&self, service: &Service, is_its_own: bool) -> Result<(), Error> {
        match is_its_own {
            true => Ok(()),
            false => Err(refused(service, self.job, self.address)),
        }
    }
}
