//! A control service to measure: the real program with keys, certificates and users of its
//! own.

use super::connection::Dialer;
use super::host::Verifier;
use super::operator::Operator;
use super::syncs::Syncs;
use lab::service::Service;
use lab::setup::{add_user, make_certificates, take_key};
use lab::{clean, run};
use release::failure::{Context, Result, failed};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// The only operator.
pub(super) const ADMIN: &str = "admin";
pub(super) const PASSWORD: &str = lab::control::PASSWORD;

/// Which fixture signs job requests: the kind of key that `art pgp gen` makes.
const JOB_KEY: &str = "ed25519";

/// How hosts reach control, and how they verify its answers.
pub(crate) struct Target {
    pub(super) dialer: Dialer,
    pub(crate) authority: String,
    pub(super) verifier: Verifier,
}

/// A control and everything that belongs to it.
pub(super) struct Control {
    program: PathBuf,
    one_in: u64,
    pub(super) syncs: Syncs,
    service: Option<Service>,
    target: Arc<Target>,
    // Last, so that the service ends before its folder goes.
    folder: TempDir,
}

impl Control {
    /// Sets up and starts this `pilotctl`. Of so many signatures of it one is verified.
    ///
    /// # Errors
    /// When the disk refuses, or it does not start.
    pub(super) fn start(program: &Path, one_in: u64) -> Result<Self> {
        let folder = TempDir::with_prefix("load-").context("a temporary folder")?;
        prepare(program, folder.path());
        let syncs = Syncs::new(folder.path())?;
        let service = serve(program, folder.path(), &syncs, "127.0.0.1:0");
        let target = target(folder.path(), &service, one_in)?;
        Ok(Self {
            program: program.to_path_buf(),
            one_in,
            syncs,
            service: Some(service),
            target: Arc::new(target),
            folder,
        })
    }

    /// Kills it, as a power cut would, and starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn restart(&mut self) -> Result<()> {
        if let Some(service) = self.service.take() {
            service.kill();
        }
        let (folder, listen) = (self.folder.path(), &self.target.authority);
        let service = serve(&self.program, folder, &self.syncs, listen);
        self.target = Arc::new(target(folder, &service, self.one_in)?);
        self.service = Some(service);
        Ok(())
    }

    /// Where it is.
    pub(super) fn target(&self) -> Arc<Target> {
        Arc::clone(&self.target)
    }

    /// Its process.
    ///
    /// # Errors
    /// When it was not started again.
    pub(super) fn pid(&self) -> Result<u32> {
        match &self.service {
            Some(service) => Ok(service.pid()),
            None => failed("control does not run"),
        }
    }

    /// Who may do everything.
    pub(super) fn operator(&self) -> Operator {
        operator(&self.target)
    }

    /// The folder of everything that belongs to it.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Bytes of its database, with the journal.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub(super) fn database_size(&self) -> Result<u64> {
        crate::measure::below(&self.folder.path().join("data")).map(|(_, bytes)| bytes)
    }
}

/// Who may do everything at a control.
pub(crate) fn operator(target: &Arc<Target>) -> Operator {
    Operator::new(Arc::clone(target), ADMIN, PASSWORD)
}

/// Makes certificates, the job key and a user.
pub(crate) fn prepare(program: &Path, folder: &Path) {
    make_certificates(clean(program), folder, &["127.0.0.1"]);
    take_key(folder, "job", JOB_KEY);
    run(&mut add_user(
        clean(program),
        folder,
        ADMIN,
        "admin",
        PASSWORD,
    ));
}

fn serve(program: &Path, folder: &Path, syncs: &Syncs, listen: &str) -> Service {
    let mut serve = serve_command(program, folder, listen);
    syncs.stand_before(&mut serve);
    Service::start(&mut serve)
}

/// How to start the service whose folder [`prepare`] has filled.
pub(crate) fn serve_command(program: &Path, folder: &Path, listen: &str) -> Command {
    let mut serve = clean(program);
    serve.args(["serve", "--accept-unsigned", "--listen", listen]);
    for (option, file) in [
        ("--data", "data"),
        ("--tls-cert", "tls/server.pem"),
        ("--tls-key", "tls/server.key"),
        ("--job-key", "job_key.pgp"),
    ] {
        serve.arg(option).arg(folder.join(file));
    }
    serve
}

/// Where a service is, once it listens.
///
/// # Errors
/// When its address or its key cannot be read.
pub(crate) fn target(folder: &Path, service: &Service, one_in: u64) -> Result<Target> {
    let line = service.wait_for("pilotctl: listening on ");
    let authority = line.rsplit('/').next().unwrap_or_default();
    let address = authority.parse().context(&line)?;
    Ok(Target {
        dialer: Dialer::new(&folder.join("tls"), address),
        authority: authority.to_owned(),
        verifier: Verifier::new(&folder.join("job_pub.pgp"), one_in)?,
    })
}
