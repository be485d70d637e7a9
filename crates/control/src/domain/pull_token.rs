//! Pull tokens: with the one of a job, its host pulls the job's package, and nothing else, from
//! control's registry until the job has ended ([decision 66]).
//!
//! [decision 66]: ../../../../docs/decisions/0066-a-job-pulls-with-a-token-of-its-own.md

use super::host::HostState;
use super::mac::hmac;
use super::own_names::OwnNames;
use api::JobId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wire::command::{Command, JOB_USER, Secret};
use wire::encoding::{array_from_base64url, base64url};
use wire::labelled::Labelled;
use wire::{HostId, PackageName};
use zeroize::ZeroizeOnDrop;

/// Whether a user name is that of a job, or of none at all.
pub(crate) fn is_of_job(user: &str) -> bool {
    user.starts_with(JOB_USER)
}

/// The job with this user name.
pub(crate) fn job_of(user: &str) -> Option<JobId> {
    let job = user.strip_prefix(JOB_USER)?.parse().ok()?;
    (user == user_of(job)).then_some(job)
}

fn user_of(job: JobId) -> String {
    format!("{JOB_USER}{job}")
}

/// What control knows of a job whose package somebody wants to pull.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PullState {
    /// The job's host.
    pub(crate) host: HostId,
    /// The state of that host.
    pub(crate) host_state: HostState,
    /// Whether the host was offered the job.
    pub(crate) was_offered: bool,
    /// Whether the job has ended.
    pub(crate) has_ended: bool,
}

impl PullState {
    fn allows_pulls(&self) -> bool {
        self.was_offered && !self.has_ended && self.host_state == HostState::Enrolled
    }
}

/// What makes and verifies pull tokens; wiped from memory when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct PullKey(Box<[u8; 32]>);

impl PullKey {
    /// The key that belongs to a store key.
    pub(crate) fn derive(store_key: &[u8; 32]) -> Self {
        let mac = hmac(store_key, &Labelled::new("pilotctl/pull-key/v1").finish());
        Self(Box::new(mac.finalize().into_bytes().into()))
    }

    /// Gives a job request credentials for its package, if the package is in control's own
    /// registry and the command has no others.
    pub(crate) fn complete(
        &self,
        request: &mut Command,
        job: JobId,
        host: HostId,
        names: &OwnNames,
    ) {
        let is_own = |name: &PackageName| names.include(&name.domain);
        if request.user.is_empty() && request.package.parse().is_ok_and(|name| is_own(&name)) {
            request.user = user_of(job);
            request.pwd = self.token(job, host);
        }
    }

    /// Whether a token is that of a job, which may pull now. An unknown job costs the same work.
    pub(crate) fn accepts(&self, job: JobId, state: Option<PullState>, token: &Secret) -> bool {
        let host = state.map(|state| state.host.to_string());
        let mac = self.mac(job, &host.unwrap_or_default());
        let given = array_from_base64url::<32>(token.expose());
        let is_good = given.is_some_and(|given| mac.verify_slice(&given).is_ok());
        is_good && state.is_some_and(|state| state.allows_pulls())
    }

    fn token(&self, job: JobId, host: HostId) -> Secret {
        let mac = self.mac(job, &host.to_string());
        Secret::new(base64url(&mac.finalize().into_bytes()))
    }

    fn mac(&self, job: JobId, host: &str) -> Hmac<Sha256> {
        let message = Labelled::new("pilotctl/pull-token/v1")
            .text(&job.to_string())
            .text(host)
            .finish();
        hmac(&self.0, &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::own_names::tests::own_names;

    const JOB: JobId = JobId::new(7);

    fn host(name: &str) -> HostId {
        HostId::derive(name, "", b"")
    }

    fn key() -> PullKey {
        PullKey::derive(&[1; 32])
    }

    /// A job that its host has and that runs.
    fn running() -> PullState {
        PullState {
            host: host("web"),
            host_state: HostState::Enrolled,
            was_offered: true,
            has_ended: false,
        }
    }

    #[test]
    fn a_token_is_accepted_while_its_job_runs() {
        let token = key().token(JOB, host("web"));
        let accepts = |state| key().accepts(JOB, state, &token);
        assert!(accepts(Some(running())));
        let in_state = |host_state| PullState {
            host_state,
            ..running()
        };
        for refused in [
            in_state(HostState::Disabled),
            in_state(HostState::Removed),
            in_state(HostState::Pending),
            PullState {
                has_ended: true,
                ..running()
            },
            PullState {
                was_offered: false,
                ..running()
            },
        ] {
            assert!(!accepts(Some(refused)), "{refused:?}");
        }
        assert!(!accepts(None));
    }

    #[test]
    fn abuse_a_token_of_another_job_or_host_or_database() {
        let accepts = |token: &Secret| key().accepts(JOB, Some(running()), token);
        let other_key = PullKey::derive(&[2; 32]);
        for token in [
            key().token(JobId::new(8), host("web")),
            key().token(JOB, host("db")),
            other_key.token(JOB, host("web")),
            Secret::new(""),
            Secret::new("x".repeat(10_000)),
        ] {
            assert!(!accepts(&token), "{}", token.expose());
        }
        let good = key().token(JOB, host("web"));
        for at in 0..good.expose().len() {
            let mut bytes = good.expose().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'E' } else { b'A' };
            assert!(!accepts(&Secret::new(String::from_utf8(bytes).unwrap())));
        }
    }

    #[test]
    fn the_name_of_a_job_is_written_in_one_way() {
        assert_eq!(job_of("job/7"), Some(JOB));
        for other in [
            "job/", "job/07", "job/+7", "job/7 ", "job/x", "Job/7", "7", "",
        ] {
            assert_eq!(job_of(other), None, "{other:?}");
        }
        assert!(is_of_job("job/x") && !is_of_job("job"));
    }

    /// A job request, completed by a control called `r.example`.
    fn completed(package: &str, user: &str) -> Command {
        let mut request = Command {
            job_id: JOB.number(),
            package: package.into(),
            user: user.into(),
            pwd: Secret::new(if user.is_empty() { "" } else { "hunter2" }),
            ..Command::default()
        };
        let names = own_names(None, &["r.example"]);
        key().complete(&mut request, JOB, host("web"), &names);
        request
    }

    #[test]
    fn a_job_gets_a_token_for_controls_own_registry_only() {
        let request = completed("r.example:8443/ops/hello:1", "");
        assert_eq!(job_of(&request.user), Some(JOB));
        assert!(key().accepts(JOB, Some(running()), &request.pwd));
        for elsewhere in ["other.example:8443/ops/hello:1", "r.example", ""] {
            let request = completed(elsewhere, "");
            assert!(request.user.is_empty() && request.pwd.is_empty());
        }
    }

    #[test]
    fn the_credentials_of_a_command_stay() {
        let request = completed("r.example:8443/ops/hello:1", "ada");
        assert_eq!((&*request.user, request.pwd.expose()), ("ada", "hunter2"));
    }
}
