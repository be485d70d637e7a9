//! What the demo takes place in: a control service, an example package, and a host.

use super::folder::{self, random_text};
use super::operator::Operator;
use lab::control::{Setup, users};
use lab::host::Host;
use lab::{Lab, run};
use release::cargo::repository;
use release::failure::Result;
use std::path::{Path, PathBuf};

/// The example in control's registry.
const EXAMPLE: &str = "demo/hello:latest";

/// Everything that was set up.
pub(super) struct World {
    // Dropped before the laboratory that it belongs to.
    pub(super) host: Host,
    pub(super) lab: Lab,
    /// `domain/group/name:tag` of the example.
    pub(super) package: String,
    pub(super) operator: Operator,
}

impl World {
    /// Sets everything up and leaves control and the agent running.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    ///
    /// # Panics
    /// When a program fails.
    pub(super) fn set_up(folder: &Path) -> Result<Self> {
        say("a CA and a server certificate");
        say("root, job and registry keys, and the list that the root key signs");
        say("users, and the control service with its registry");
        let setup = Setup {
            users: users([random_text()?, random_text()?]),
            // At this level control tells of each token that it accepts.
            environment: vec![("PILOTCTL_LOG".into(), "info,pilotctl=debug".into())],
            ..Setup::default()
        };
        let lab = Lab::in_folder(folder, setup);
        let control = lab.control.service();
        control.copy_log_to(&lab.path("logs/control.log"));

        say("the package: built, signed, pushed");
        folder::copy(&repository().join("examples/hello"), &lab.path("hello"))?;
        lab.publish(&lab.path("hello"), EXAMPLE);

        say("an enrolment code, and a host that uses it");
        let host = lab.enrolled_host();
        let mut world = Self {
            operator: Operator::new(&lab)?,
            package: lab.package(EXAMPLE),
            host,
            lab,
        };
        world.start_agent()?;
        Ok(world)
    }

    /// A path in the demo's folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.lab.path(name)
    }

    /// Starts the agent and leaves its process id in `agent.pid`.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(super) fn start_agent(&mut self) -> Result<()> {
        self.host.start();
        let agent = self.host.agent();
        agent.copy_log_to(&self.path("logs/agent.log"));
        folder::write(&self.path("agent.pid"), &format!("{}\n", agent.pid()))
    }

    /// Builds, signs and pushes what is in the folder `hello`.
    pub(super) fn publish(&self) {
        self.lab.publish(&self.path("hello"), EXAMPLE);
    }

    /// Pushes the package that was built and signed last.
    pub(super) fn push(&self) {
        run(self.lab.art().args(["push", &self.package]));
    }
}

fn say(text: &str) {
    println!("  - {text}");
}
