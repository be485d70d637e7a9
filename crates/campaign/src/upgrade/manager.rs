//! What keeps the agent running, as a service manager does.

use lab::host::Host;
use lab::service::Service;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Starts another agent whenever one has ended. Its process id is in a file for whoever
/// wants to end it. What it says goes where its agents' logs go, so that it is in order.
const LOOP: &str = r#"
while :; do
    "$1" & echo $! > agent.new
    mv agent.new agent.pid
    wait $!
    echo "the agent ended: $?" >&2
done
"#;

/// A running manager. Dropping it ends its agent too.
pub(super) struct Manager {
    service: Option<Service>,
    file: PathBuf,
    /// The agent that was seen to end last.
    ended: Option<u32>,
}

impl Manager {
    pub(super) fn of(host: &Host) -> Self {
        let agent = host.pilot();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", LOOP, "sh"])
            .arg(agent.get_program())
            .env_clear()
            .env("PILOT_LOG_LEVEL", "debug")
            .current_dir(host.path(""));
        let variables = agent
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        shell.envs(variables);
        Self {
            service: Some(Service::start(&mut shell)),
            file: Self::file(host),
            ended: None,
        }
    }

    /// Where the agent's process id is.
    pub(super) fn file(host: &Host) -> PathBuf {
        host.path("agent.pid")
    }

    /// What it and its agents say.
    pub(super) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    /// The agent that runs, if one does already.
    pub(super) fn agent(&self) -> Option<u32> {
        let text = fs::read_to_string(&self.file).ok()?;
        text.trim()
            .parse()
            .ok()
            .filter(|pid| Some(*pid) != self.ended)
    }

    /// Waits until this agent has ended, and returns how, as its exit status.
    pub(super) fn see_end_of(&mut self, agent: u32) -> String {
        let line = self.service().wait_for("the agent ended: ");
        self.ended = Some(agent);
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        drop(self.service.take());
        if let Some(agent) = self.agent() {
            let _ = Command::new("kill")
                .args(["-KILL", &agent.to_string()])
                .status();
        }
    }
}
