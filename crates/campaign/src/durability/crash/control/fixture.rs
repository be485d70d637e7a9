//! A control with clients, for one kill after another.

use super::Scenario;
use super::checks::{check, check_disk};
use super::clients::Clients;
use super::tracing::{self, Kill};
use crate::durability::processes::is_being_written;
use crate::load::control::{Target, operator, prepare, serve_command, target};
use crate::load::{fill, jobs};
use lab::programs::programs;
use lab::run;
use lab::service::Service;
use lab::wait::wait_for;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::panicking;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What control prints once it listens.
const LISTENS: &str = "pilotctl: listening on ";

/// A control with clients. Each case begins with the same data.
pub(super) struct ControlFixture {
    runtime: Runtime,
    /// Where it listens.
    listen: String,
    clients: Clients,
    folder: TempDir,
}

/// The outcome of a case.
pub(super) struct Outcome {
    pub(super) trace: String,
    pub(super) was_killed: bool,
}

impl ControlFixture {
    /// A control that was killed after its first host carried out its first job.
    pub(super) fn new() -> Self {
        let folder = TempDir::with_prefix("crash-").unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        prepare(&programs().pilotctl, folder.path());
        let service = start(folder.path(), "127.0.0.1:0");
        let target = target_of(folder.path(), &service);
        let clients = runtime.block_on(set_up(&target));
        service.kill();
        let fixture = Self {
            runtime,
            listen: target.authority.clone(),
            clients,
            folder,
        };
        fixture.copy("data", "data.before");
        fixture
    }

    /// The folder of control's data.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn copy(&self, from: &str, to: &str) {
        let mut copy = Command::new("cp");
        copy.args(["-a", from, to]).current_dir(self.folder.path());
        run(&mut copy);
    }

    /// Runs a scenario, kills control at a call if there is one, and checks what is left.
    ///
    /// # Panics
    /// When a check fails.
    pub(super) fn play(&self, scenario: Scenario, kill: Option<&Kill>) -> Outcome {
        fs::remove_dir_all(self.data()).unwrap();
        self.copy("data.before", "data");
        let mut clients = self.clients.clone();
        let outcome = match scenario {
            Scenario::Start => self.start_until(kill),
            _ => self.work_until(scenario, &mut clients, kill),
        };
        let last_call = LastCall(&outcome.trace);
        // Until the checks are done it has to run.
        let (_service, target) = self.serve();
        self.runtime.block_on(check(&mut clients, &target));
        check_disk(&self.data());
        drop(last_call);
        outcome
    }

    fn serve(&self) -> (Service, Arc<Target>) {
        let service = start(self.folder.path(), &self.listen);
        let target = target_of(self.folder.path(), &service);
        (service, target)
    }

    /// Starts control until it is killed or listens.
    fn start_until(&self, kill: Option<&Kill>) -> Outcome {
        let trace = self.trace();
        let serve = self.command();
        let mut service = Service::start(&mut tracing::from_its_start(&serve, &trace, kill));
        wait_for("the start of control, or its end", || {
            service.log().contains(LISTENS) || !service.is_running()
        });
        let was_killed = end(service);
        wait_for("the end of strace", || !is_being_written(&trace));
        Outcome {
            trace: fs::read_to_string(trace).unwrap(),
            was_killed,
        }
    }

    /// Has clients work until they are done or control is killed.
    fn work_until(
        &self,
        scenario: Scenario,
        clients: &mut Clients,
        kill: Option<&Kill>,
    ) -> Outcome {
        let trace = self.trace();
        let (mut service, target) = self.serve();
        let strace = tracing::from_now_on(&service, &trace, kill);
        let done = self.runtime.block_on(clients.act(&target, scenario));
        if let Err(failure) = done {
            wait_for(&format!("the end of control: {failure}"), || {
                !service.is_running()
            });
        }
        let was_killed = end(service);
        strace.end();
        Outcome {
            trace: fs::read_to_string(trace).unwrap(),
            was_killed,
        }
    }

    fn command(&self) -> Command {
        serve_command(&programs().pilotctl, self.folder.path(), &self.listen)
    }

    fn trace(&self) -> PathBuf {
        self.folder.path().join("trace")
    }
}

/// The end of a trace, which is printed if a check fails: the name of a case does not say on which
/// file the call was.
struct LastCall<'a>(&'a str);

impl Drop for LastCall<'_> {
    fn drop(&mut self) {
        let last = self.0.lines().rfind(|line| line.contains('('));
        if let Some(line) = last
            && panicking()
        {
            eprintln!("the last call of control: {line}");
        }
    }
}

async fn set_up(target: &Arc<Target>) -> Clients {
    let hosts = fill::enrol_hosts(target, 3).await.unwrap();
    let mut clients = Clients::new(hosts.try_into().ok().expect("three hosts"));
    let defined = jobs::define(&mut operator(target), &target.authority).await;
    defined.unwrap();
    clients.create_batch(target).await.unwrap();
    clients.hosts[0].work(target, 1).await.unwrap();
    clients
}

fn start(folder: &Path, listen: &str) -> Service {
    Service::start(&mut serve_command(&programs().pilotctl, folder, listen))
}

fn target_of(folder: &Path, service: &Service) -> Arc<Target> {
    Arc::new(target(folder, service, 1).unwrap())
}

/// Kills control, unless a fault has. Returns whether a fault had.
fn end(mut service: Service) -> bool {
    if service.is_running() {
        service.kill();
        return false;
    }
    let (status, log) = service.end();
    assert_eq!(status.signal(), Some(9), "control ended by itself: {log}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    type Change = fn(&mut Clients);

    #[test]
    fn what_control_does_not_have_is_found() {
        let fixture = ControlFixture::new();
        let (_service, target) = fixture.serve();
        let mut clients = fixture.clients.clone();
        fixture.runtime.block_on(check(&mut clients, &target));
        let changes: [(&str, Change); 5] = [
            ("a batch", |clients| clients.batches.push("7".to_owned())),
            ("a receipt", |clients| clients.hosts[0].received.push(7)),
            ("a package", |clients| clients.packages[0].name = "other"),
            ("an archive", |clients| clients.packages[0].archive.clear()),
            ("a number", |clients| {
                clients.hosts[0].numbers.push((1_000, true));
            }),
        ];
        for (name, change) in changes {
            let mut clients = clients.clone();
            change(&mut clients);
            let checking = || fixture.runtime.block_on(check(&mut clients, &target));
            let outcome = catch_unwind(AssertUnwindSafe(checking));
            assert!(outcome.is_err(), "{name} is not missed");
        }
    }
}
