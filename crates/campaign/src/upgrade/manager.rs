//! A simple service manager, which keeps the agent running.

use lab::host::Host;
use lab::service::Service;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Starts another agent when one has ended, and writes its process id to a file. Its own
/// output goes to the log of its agents, so that the lines are in order.
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

    /// The file with the agent's process id.
    pub(super) fn file(host: &Host) -> PathBuf {
        host.path("agent.pid")
    }

    /// Its log, and that of its agents.
    pub(super) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    /// The running agent, if there is one.
    pub(super) fn agent(&self) -> Option<u32> {
        let text = fs::read_to_string(&self.file).ok()?;
        text.trim()
            .parse()
            .ok()
            .filter(|pid| Some(*pid) != self.ended)
    }

    /// Waits until this agent has ended, and returns its exit status.
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
