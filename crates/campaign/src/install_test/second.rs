//! Control from its package, set up as docs/operations/control.md says.

use super::machine::{Machine, until};
use super::manager::Manager;
use super::packager::OfControl;
use release::cargo::repository;
use release::failure::{Context, Failure, Result, failed};
use std::fs;
use std::net::TcpListener;

const PASSWORD: &str = "another horse battery";

/// Prints the service's process id.
const PROCESS: &str = "pgrep -xf '/usr/bin/pilotctl serve'";

/// The page that the test follows.
const PAGE: &str = "docs/operations/control.md";

/// A control service in a machine.
pub(super) struct Control<'m> {
    machine: &'m Machine,
    packager: &'static OfControl,
    authority: String,
}

impl<'m> Control<'m> {
    /// Installs control, and runs the commands of the page.
    ///
    /// # Errors
    /// When it does not serve afterwards.
    pub(super) fn install(machine: &'m Machine, packager: &'static OfControl) -> Result<Self> {
        println!("Installing control, and setting it up as its page says");
        machine.run(packager.install)?;
        machine.run(&machine.manager.is_enabled("pilotctl"))?;
        machine.run(absent(machine.manager))?;
        let control = Self {
            machine,
            packager,
            authority: format!("127.0.0.1:{}", free_port()?),
        };
        machine.run(
            "sed -i 's/^#PILOTCTL_INTERVAL=.*/PILOTCTL_INTERVAL=1s/' /etc/pilotctl/pilotctl.conf",
        )?;
        machine.write("/root/password", "root", &format!("{PASSWORD}\n"))?;
        let script = commands()?
            .replace(
                "control.example.com",
                &format!("127.0.0.1 --listen {}", control.authority),
            )
            .replace(
                "systemctl start pilotctl",
                &machine.manager.command("pilotctl", "start"),
            );
        machine.write("/root/set-up", "root", &script)?;
        machine.run("sh -eu /root/set-up < /root/password")?;
        control.wait_until_it_serves()?;
        for (path, expected) in [
            ("/var/lib/pilotctl", "pilotctl:pilotctl 700"),
            ("/var/lib/pilotctl.key", "pilotctl:pilotctl 600"),
            ("/etc/pilotctl/pilotctl.conf", "root:pilotctl 640"),
            ("/etc/pilotctl/job_key.pgp", "root:pilotctl 640"),
            ("/etc/pilotctl/tls", "root:pilotctl 750"),
        ] {
            machine.run(&format!(
                "stat -c '%U:%G %a' {path} | grep -x '{expected}' || {{ stat {path}; exit 1; }}"
            ))?;
        }
        control.publish()?;
        Ok(control)
    }

    fn wait_until_it_serves(&self) -> Result<()> {
        let look = || self.operate("pilotctl host ls");
        until("", || look().ok()).or_else(|_| look()).map(drop)
    }

    /// Enrols this machine's own agent with it.
    ///
    /// # Errors
    /// When it does not get there.
    pub(super) fn enrol(&self, host: &str) -> Result<()> {
        println!("Enrolling the machine's own agent with that control");
        let manager = self.machine.manager;
        let code = self.operate("pilotctl host invite --expires 1h")?;
        self.machine.write("/root/code", "piloth", &code)?;
        self.machine.run(&manager.command("piloth", "stop"))?;
        self.machine.run(&format!(
            "runuser -u piloth -- pilot enrol {} < /root/code",
            self.url()
        ))?;
        self.machine.run(&manager.command("piloth", "start"))?;
        self.wait_for_host(host)
    }

    fn publish(&self) -> Result<()> {
        self.machine
            .copy(&repository().join("crates/lab/package"))?;
        let package = format!("{}/tests/package:1.0", self.authority);
        self.operate(&format!(
            "export ARTISAN_HOME=/root/artisan ART_CA_FILE=$PILOTCTL_CA_FILE ART_REG_USER=ada ART_REG_PWD='{PASSWORD}'; \
             art build -t {package} /root/package && art sign -k /etc/pilotctl/offline/registry_key.pgp {package} && art push {package} && \
             put() {{ pilotctl cmd put --key $1 --package {package} --function $1 $2; }} && put greet --var=GREETING=Hello && put endless"
        ))
        .map(drop)
    }

    /// Runs a command line as an operator.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn operate(&self, line: &str) -> Result<String> {
        self.machine.run(&format!(
            "export PILOTCTL_URL={} PILOTCTL_USER=ada PILOTCTL_PASSWORD_FILE=/root/password \
             PILOTCTL_CA_FILE=/etc/pilotctl/tls/ca.pem; {line}",
            self.url()
        ))
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}", self.authority)
    }

    /// Runs a job to its end.
    ///
    /// # Errors
    /// When it does not come to that.
    pub(super) fn run(&self, key: &str, host: &str) -> Result<()> {
        println!("Running a job of that control");
        self.operate(&format!("pilotctl job run {host} --cmd {key} --wait"))
            .map(drop)
    }

    /// Posts a job.
    ///
    /// # Errors
    /// When that is refused.
    pub(super) fn post(&self, key: &str, host: &str) -> Result<()> {
        self.operate(&format!("pilotctl job run {host} --cmd {key}"))
            .map(drop)
    }

    /// Waits until a host is connected.
    ///
    /// # Errors
    /// When it is not in time.
    pub(super) fn wait_for_host(&self, host: &str) -> Result<()> {
        let look = || self.operate(&format!("pilotctl host ls | grep {host} | grep connected"));
        until("", || look().ok()).or_else(|_| look()).map(drop)
    }

    /// Upgrades control, which restarts it, and removes it; its data stay.
    ///
    /// # Errors
    /// When it does not come back, or something is lost.
    pub(super) fn remove(&self) -> Result<()> {
        println!("Upgrading and removing control");
        let before = self.machine.run(PROCESS)?;
        self.machine.run(self.packager.upgrade)?;
        self.wait_until_it_serves()?;
        if self.machine.run(PROCESS)? == before {
            return failed("the upgrade did not restart control");
        }
        self.machine.run(self.packager.remove)?;
        self.machine.wait_for_end_of("pilotctl")?;
        self.machine
            .run(&format!(
                "test -e /var/lib/pilotctl.key -a -e {} && ls /var/lib/pilotctl/*",
                self.packager.kept
            ))
            .map(drop)
    }
}

/// Succeeds when the service does not run before it is set up, and has not failed
/// repeatedly.
fn absent(manager: Manager) -> &'static str {
    match manager {
        Manager::Systemd => "systemctl is-active pilotctl | grep -x inactive",
        _ => {
            "rc-service pilotctl start 2>&1 | grep 'docs/operations/control.md says how' && ! pgrep -u pilotctl"
        }
    }
}

/// The commands of the page.
fn commands() -> Result<String> {
    let text = fs::read_to_string(repository().join(PAGE)).context(PAGE)?;
    let block = text
        .split_once("\n## As a service\n")
        .and_then(|(_, rest)| rest.split_once("```sh\n"))
        .and_then(|(_, rest)| rest.split_once("```"));
    block
        .map(|(commands, _)| commands.to_owned())
        .ok_or_else(|| Failure::Failed(format!("{PAGE} has no commands for the service")))
}

fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .context("no free port")
}
