//! `cargo demo --stay`: everything keeps running, with scripts to play with.

use super::folder::{write, write_script};
use super::world::World;
use lab::programs::programs;
use release::failure::{Context, Result};
use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::Signals;
use std::path::Path;

/// The file with the id of the process that starts the agent again on SIGUSR1.
const PID: &str = "demo.pid";

const AGAIN: &str = r#"#!/bin/sh
# Builds, signs and pushes ./hello, runs it on the host, and prints what came
# back. `./again slow` runs the other function.
set -eu
cd "$(dirname "$0")"
. ./env.sh
art build -t "$PACKAGE" hello
art sign "$PACKAGE"
art push "$PACKAGE"
pilotctl job run "$HOST_ID" --cmd "${1:-hello}" --wait
"#;

const KILL: &str = r#"#!/bin/sh
# Kills the agent, without warning.
set -eu
cd "$(dirname "$0")"
[ -e agent.pid ] || { echo "the agent does not run: ./agent-start"; exit 1; }
pid=$(cat agent.pid)
rm agent.pid
kill -KILL "$pid"
echo "killed the agent (process $pid)"
"#;

const START: &str = r#"#!/bin/sh
# Asks the demo to start the agent again.
set -eu
cd "$(dirname "$0")"
[ ! -e agent.pid ] || { echo "the agent runs already (process $(cat agent.pid))"; exit 1; }
kill -USR1 "$(cat demo.pid)"
while [ ! -s agent.pid ]; do sleep 0.1; done
echo "started the agent (process $(cat agent.pid))"
"#;

/// Keeps everything running, and starts the agent when asked to.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn stay(world: &mut World) -> Result<()> {
    // From the start: the signal would end this process.
    let mut requests = Signals::new([SIGUSR1]).context("cannot catch signals")?;
    write_scripts(world)?;
    explain(&world.path(""));
    for _ in requests.forever() {
        if !world.host.agent_runs() {
            world.start_agent()?;
        }
    }
    Ok(())
}

/// Whether the demo in this folder has come so far that it stays.
pub(super) fn has_begun(folder: &Path) -> bool {
    folder.join(PID).exists()
}

fn write_scripts(world: &World) -> Result<()> {
    write(&world.path("env.sh"), &environment(world))?;
    write_script(&world.path("again"), AGAIN)?;
    write_script(&world.path("agent-kill"), KILL)?;
    write_script(&world.path("agent-start"), START)?;
    write(&world.path(PID), &format!("{}\n", std::process::id()))
}

/// What the commands need to know; passwords are read from their files.
fn environment(world: &World) -> String {
    let folder = world.path("");
    let root = folder.display();
    let programs = programs().art.parent().unwrap_or(Path::new("/")).display();
    let (url, package, host) = (world.lab.control.url(), &world.package, world.host.id());
    format!(
        r#"# Settings for pilotctl and art: ". ./env.sh"
export PATH='{programs}':"$PATH"
export PILOTCTL_URL='{url}'
export PILOTCTL_USER=admin
export PILOTCTL_PASSWORD_FILE='{root}/admin.password'
export PILOTCTL_CA_FILE='{root}/tls/ca.pem'
export ARTISAN_HOME='{root}/artisan'
export ART_CA_FILE='{root}/tls/ca.pem'
export ART_REG_USER=publisher
ART_REG_PWD=$(cat '{root}/publisher.password')
export ART_REG_PWD
export PACKAGE='{package}'
export HOST_ID='{host}'
"#
    )
}

fn explain(folder: &Path) {
    let root = folder.display();
    println!(
        r#"
Everything keeps running. In another terminal:

    cd {root}

Your own words from the host: change a line of hello/build.yaml, then

    ./again

The agent dies in the middle of a job, and the job ends and reports once:

    ./again slow &
    sleep 5
    ./agent-kill
    sleep 5
    ./agent-start
    wait

More, after ". ./env.sh":

    pilotctl host ls
    pilotctl job ls
    tail -f logs/agent.log logs/control.log

Ctrl-C here stops and removes everything."#
    );
}
