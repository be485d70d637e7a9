//! The host: how it is enrolled, and how its agent is started.

use super::commands::{COMMAND_LIMIT, OPERATOR, command, quiet};
use super::folder::Folder;
use super::programs::Programs;
use super::stage::Stage;
use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes an enrolment code, uses it, and returns the host's id.
///
/// # Errors
/// When a command fails or is not done in time.
pub(super) fn enrol(
    stage: &mut Stage,
    folder: &Folder,
    programs: &Programs,
    url: &str,
) -> Result<String> {
    let code = folder.path("enrol.code");
    let mut invite = command(folder, &programs.pilotctl);
    invite
        .env("PILOTCTL_URL", url)
        .env("PILOTCTL_USER", OPERATOR)
        .env("PILOTCTL_PASSWORD_FILE", folder.path("operator.password"))
        .env("PILOTCTL_CA_FILE", folder.path("tls/ca.pem"));
    quiet(stage, invite.args(["host", "invite", "-o"]).arg(&code))?;
    let mut enrol = agent(folder, programs, url)?;
    quiet(stage, enrol.args(["enrol", url, "--code-file"]).arg(&code))?;
    let mut config = agent(folder, programs, url)?;
    let id = stage.run(COMMAND_LIMIT, config.args(["config", "host-uuid"]))?;
    Ok(id.trim().to_owned())
}

/// Starts the agent and leaves its process id in `agent.pid`.
///
/// # Errors
/// When it cannot be started.
pub(super) fn start(
    stage: &mut Stage,
    folder: &Folder,
    programs: &Programs,
    url: &str,
) -> Result<()> {
    let pid = stage.start("agent", &mut agent(folder, programs, url)?)?;
    folder.write("agent.pid", &format!("{}\n", pid.as_raw_nonzero()))?;
    Ok(())
}

fn agent(folder: &Folder, programs: &Programs, url: &str) -> Result<Command> {
    let mut agent = command(folder, &programs.pilot);
    agent
        .env("PILOT_HOME", folder.make("pilot")?)
        .env("PILOT_CTL_URI", url)
        .env("PILOT_ART", &programs.art)
        .env("PILOT_LOG_LEVEL", "debug")
        .env("PILOT_MACHINE_ID_FILE", machine_id(folder)?);
    // An agent that is installed on this machine may have a file of settings.
    for unset in [
        "PILOT_CA_FILE",
        "PILOT_HTTP_PROXY",
        "PILOT_INSTANCE",
        "PILOT_WAIT",
        "PILOT_MIN_INTERVAL",
        "PILOT_MAX_BACKOFF",
    ] {
        agent.env(unset, "");
    }
    Ok(agent)
}

/// The machine's own id, or one that is made up where the machine has none.
fn machine_id(folder: &Folder) -> Result<PathBuf> {
    let own = PathBuf::from("/etc/machine-id");
    if fs::read_to_string(&own).is_ok_and(|text| text.trim().len() == 32) {
        return Ok(own);
    }
    let made_up = folder.path("machine-id");
    if !made_up.exists() {
        let uuid = Path::new("/proc/sys/kernel/random/uuid");
        let uuid = fs::read_to_string(uuid).context(uuid.display())?;
        folder.write("machine-id", &uuid.replace('-', ""))?;
    }
    Ok(made_up)
}
